"""The commands about segments and static lists; docs/segments.md tells what a segment may ask."""

import getpass
import sys
from typing import Annotated

import typer

from cli import clock, config, output
from cli.errors import CommandError
from cli.store import Stores, open_stores
from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.listing import USUAL_MOST, Lists
from rapport.people_files import COLUMNS
from rapport.searching import BY_ID, Page, Segments, of_list
from rapport.segments import Segment
from rapport.viewing.finding import find

commands = typer.Typer()
lists = typer.Typer(no_args_is_help=True, help="Who is on a static list; put people on it, or off.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The segment, by the name of its file.")]
List = Annotated[str, typer.Argument(metavar="LIST", help="The list, by its name.")]
Most = Annotated[int, typer.Option("--most", help="Refuse to change more people.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell how many it would be.")]


@commands.command()
def segments(*, as_json: AsJson = False) -> None:
    """Tell which segments there are."""
    _, bundle = _opened()
    if as_json:
        told: list[Json] = [
            {"key": each.key, "name": each.name, "when": each.when} for each in bundle.segments
        ]
        output.print_json(told)
    else:
        output.rows(("key", "name", "when"), [(s.key, s.name, s.when) for s in bundle.segments])


@commands.command()
def segment(
    key: Key,
    *,
    show: Annotated[int, typer.Option("--list", help="Show so many people.")] = 0,
    sort: Annotated[str, typer.Option(help="id, last-seen or score.")] = BY_ID,
    cursor: Annotated[str, typer.Option(help="Go on behind a page.")] = "",
    explain: Annotated[str, typer.Option(help="Which part holds for this person.")] = "",
    export: Annotated[str, typer.Option(help="Write these columns as CSV, or `usual`.")] = "",
    put_on: Annotated[str, typer.Option(help="Put its people on this list.")] = "",
    take_off: Annotated[str, typer.Option(help="Take its people off this list.")] = "",
    most: Most = USUAL_MOST,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Count the people of a segment, show them, explain one, or do something with all of them."""
    stores, bundle = _opened()
    of = _segment(bundle, key)
    asked = _segments(stores)
    if explain:
        _explain(asked, of, find(stores, explain).person, as_json=as_json)
    elif export:
        columns = COLUMNS if export == "usual" else tuple(export.split(","))
        _lists(stores).export(of, sys.stdout, columns, most=most)
    elif put_on or take_off:
        change = _lists(stores).put_on if put_on else _lists(stores).take_off
        done = change(
            of,
            put_on or take_off,
            by=getpass.getuser(),
            run=clock.now(),
            most=most,
            dry_run=dry_run,
        )
        output.line(f"{done.people} people; {done.written} events written to {done.list}.")
    elif show:
        _show(asked.people(of, cursor=cursor, limit=show, sort=sort), as_json=as_json)
    else:
        _count(asked, of, as_json=as_json)


@lists.command("show")
def show_list(
    key: List,
    *,
    limit: Annotated[int, typer.Option("--list", help="Show so many people.")] = 50,
    cursor: Annotated[str, typer.Option(help="Go on behind a page.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show who is on a list."""
    asked = _segments(open_stores(config.load()))
    _show(asked.people(of_list(key), cursor=cursor, limit=limit), as_json=as_json)


@lists.command("count")
def count_list(key: List, *, as_json: AsJson = False) -> None:
    """Count who is on a list."""
    _count(_segments(open_stores(config.load())), of_list(key), as_json=as_json)


@lists.command("add")
def add(key: List, asked: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Put one person on a list."""
    _change(key, asked, on=True)


@lists.command("remove")
def remove(key: List, asked: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take one person off a list."""
    _change(key, asked, on=False)


def _change(key: str, asked: str, *, on: bool) -> None:
    stores = open_stores(config.load())
    view = stores.people.view(find(stores, asked).person)
    if view is None:
        msg = "Nothing is stored of them yet; try again in a moment."
        raise CommandError(msg)
    by, run = getpass.getuser(), clock.now()
    changed = _lists(stores).change_one(view.profile, key, on=on, by=by, run=run)
    where = "on" if on else "off"
    output.line(f"Now {where} {key}." if changed else f"They are {where} {key} already.")


def _opened() -> tuple[Stores, Bundle]:
    from cli.consents import live

    deployment = config.load()
    stores = open_stores(deployment)
    bundle = live(stores, deployment)
    if bundle is None:
        msg = "No playbooks are published; `rapport publish` does that."
        raise CommandError(msg)
    return stores, bundle


def _segment(bundle: Bundle, key: str) -> Segment:
    found = next((each for each in bundle.segments if each.key == key), None)
    if found is None:
        msg = f"There is no segment {key!r}; `rapport segments` tells which there are."
        raise CommandError(msg)
    return found


def _segments(stores: Stores) -> Segments:
    from rapport.adapters.dynamo.finder import DynamoFinder
    from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault

    tables = config.load().tables
    vault = DynamoVault(tables["vault"])

    def profile(person: PersonId) -> Profile | None:
        view = stores.people.view(person)
        return None if view is None else view.profile

    return Segments(
        rows=DynamoFinder(tables["people"]),
        profile=profile,
        ring=lambda: vault.ring(TOKEN_RING),
        now=clock.now,
    )


def _lists(stores: Stores) -> Lists:
    from rapport.adapters.dynamo.lists import DynamoListNames

    return Lists(
        segments=_segments(stores),
        append=stores.log.append,
        names=DynamoListNames(config.load().tables["book"]),
        now=clock.now,
    )


def _count(asked: Segments, of: Segment, *, as_json: bool) -> None:
    count = asked.count(of)
    if as_json:
        output.print_json(count.to_json())
    else:
        output.line(
            f"{count.people} people; {count.rows_read} rows and {count.views_read} profiles read:"
            f" {count.read_units:.0f} read units, ${count.usd:.6f}."
        )


def _show(page: Page, *, as_json: bool) -> None:
    if as_json:
        output.print_json(page.to_json())
        return
    output.rows(
        ("person", "last seen, days ago", "score"),
        [(p.person, "–" if p.last_seen is None else p.last_seen, p.score) for p in page.persons],
    )
    if page.cursor:
        output.line(f"There are more: --cursor {page.cursor}")


def _explain(asked: Segments, of: Segment, person: PersonId, *, as_json: bool) -> None:
    parts = asked.explain(of, person)
    if as_json:
        output.print_json([{"text": part.text, "holds": part.holds} for part in parts])
    else:
        output.rows(("", "part"), [("yes" if p.holds else "no", p.text) for p in parts])
