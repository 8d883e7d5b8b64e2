"""`rapport report`: what came of mail and of people: text, JSON, CSV, a page, or the people."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import clock, config, output
from cli.errors import CommandError
from cli.store import open_stores
from rapport.domain.numbers import Numbers, Step, of
from rapport.report_groups import By

if TYPE_CHECKING:
    from cli.config import Config
    from rapport.bundle import Brand
    from rapport.reports import Report, Reports

commands = typer.Typer()
# Of a group of mails in one line of 80 columns: what is counted, and what it is called there.
_COLUMNS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("meant", (Step.INTENDED,)),
    ("sent", (Step.SENT,)),
    ("came", (Step.DELIVERED,)),
    ("click", (Step.CLICKED,)),
    ("reply", (Step.REPLIED,)),
    ("unsub", (Step.UNSUBSCRIBED,)),
    ("spam", (Step.COMPLAINED,)),
    ("hard", (Step.HARD_BOUNCED,)),
    ("soft", (Step.SOFT_BOUNCED,)),
    ("apply", (Step.APPLIED_AFTER_CLICK,)),
    ("hire", (Step.HIRED_AFTER_CLICK,)),
)
_GROUP_CHARS = 18
_NOT_SENT = (Step.HELD, Step.DROPPED)
# What nobody can know, or nobody yet.
_OPEN: tuple[tuple[Step, str], ...] = (
    (Step.UNDERWAY, "are underway"),
    (Step.NO_WORD, "were accepted, and nothing was heard of them yet"),
    (Step.UNCERTAIN, "may have left or not: nobody can tell yet"),
    (Step.LOST, "may have left or not: nobody will ever tell"),
    (Step.NOT_NOTED, "were delivered, and may not tell whether they were clicked"),
)
_LONG_AFTER = (
    (Step.APPLIED_AFTER_MAIL, "applications within 90 days after a mail"),
    (Step.HIRED_AFTER_MAIL, "hires out of these"),
)
_NOBODY_KNOWS = "not known"


@commands.command()
def report(
    *,
    by: Annotated[str, typer.Option(help=f"One of {', '.join(By)}.")] = By.PLAYBOOK.value,
    since: Annotated[str, typer.Option(help="From this UTC day on: 2026-11-23.")] = "",
    until: Annotated[str, typer.Option(help="Until this UTC day; else today.")] = "",
    program: Annotated[str, typer.Option(help="Of one program: campaign:spring.")] = "",
    mails_only: Annotated[
        bool, typer.Option("--mails-only", help="Without pool and sources: reads less.")
    ] = False,
    people: Annotated[str, typer.Option(help="The people of a step: 'clicked by a person'.")] = "",
    group: Annotated[str, typer.Option(help="With --people: of one group.")] = "",
    csv: Annotated[str, typer.Option(help="Write all numbers to this file.")] = "",
    page: Annotated[str, typer.Option(help="Write a page (HTML) to this file.")] = "",
    mail: Annotated[
        list[str] | None, typer.Option(help="Send it to an address of the employer's own domain.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell what came of it: mails by step, the pool, sources; every number leads to its people."""
    from rapport import report_lines
    from rapport import reports as core

    now, deployed = clock.now(), config.load()
    wish = core.asked(by, since, until, now=now, program=program, people=not mails_only)
    step = step_of(people)
    told = reports(deployed).of(wish)
    if csv:
        Path(csv).write_text(report_lines.to_csv(told), encoding="utf-8")
        output.line(f"Wrote {csv}.")
    if page:
        Path(page).write_text(_page(deployed, told), encoding="utf-8")
        output.line(f"Wrote {page}.")
    if mail:
        _send(deployed, told, mail)
    if step is not None:
        found = told.people_of(step, group)
        output.print_json([*found]) if as_json else _list(found)
    elif as_json:
        output.print_json(report_lines.to_json(told))
    elif not (csv or page or mail):
        show(told)


def reports(deployed: "Config") -> "Reports":
    """Reports over the tables of a deployment."""
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.reported import DynamoReported
    from rapport.reports import Reports

    stores = open_stores(deployed)
    return Reports(
        funnel=stores.fates,
        reported=DynamoReported(book=deployed.tables["book"], people=deployed.tables["people"]),
        clusters=stores.clusters,
        bundles=S3Bundles(deployed.buckets["bundle"]),
        now=clock.now,
    )


def step_of(name: str) -> Step | None:
    """A step by its name; None for no name. CommandError for a name of none."""
    if not name:
        return None
    if name not in {*Step}:
        msg = f"There is no step {name!r}; write one of: {', '.join(Step)}."
        raise CommandError(msg)
    return Step(name)


def show(told: "Report") -> None:
    """For people, in 80 columns."""
    asked = told.asked
    output.heading(f"{asked.first} to {asked.last} (UTC), by {asked.by}, as known now")
    if told.mails:
        _mails(told)
    else:
        output.line("No mail was intended in these days.")
    if asked.people:
        _people(told)
    if told.fewer:
        output.line(f"Of {told.fewer} people more applications are known than are kept.")
    read = ", ".join(f"{count} {name}" for name, count in told.read.items() if count)
    output.line(f"Read for it: {read}.", "dim")


def _mails(told: "Report") -> None:
    output.rows(
        ("", *(name for name, _ in _COLUMNS)),
        [
            (_short(group), *(sum(of(numbers, step) for step in steps) for _, steps in _COLUMNS))
            for group, numbers in told.mails.items()
        ],
    )
    output.line("apply, hire: after the last click, within 30 days. Opens are not counted.", "dim")
    for group, numbers in told.mails.items():
        notes = [*_reasons(numbers), *_notes(numbers, _LONG_AFTER), *_notes(numbers, _OPEN)]
        if notes:
            output.heading(_short(group))
        for note in notes:
            output.line(f"  {note}")


def _reasons(numbers: Numbers) -> list[str]:
    return [
        f"{number.count:>6} {part.name}: {part.reason}"
        for part, number in numbers.items()
        if part.name in _NOT_SENT
    ]


def _notes(numbers: Numbers, steps: Sequence[tuple[Step, str]]) -> list[str]:
    return [f"{count:>6} {words}" for step, words in steps if (count := of(numbers, step))]


def _people(told: "Report") -> None:
    opted, touched = of(told.pool, Step.OPTED_IN), of(told.pool, Step.TOUCHED)
    share = f" ({100 * touched / opted:.1f} %)" if opted else ""
    output.heading(f"Pool: of {opted} who opted in, {touched}{share} had a mail within 90 days")
    hires = {source: of(numbers, Step.HIRED) for source, numbers in told.hires.items()}
    columns = (Step.VISITORS, Step.BROUGHT_IN, Step.KNOWN, Step.APPLIED, Step.HIRED)
    output.heading("People first seen in these days, and hires of these days, by source")
    output.rows(
        ("", "visitors", "brought", "known", "applied", "hired", "hires now"),
        [
            (
                _short(source),
                *(of(told.sources.get(source, {}), step) for step in columns),
                hires.get(source, 0),
            )
            for source in sorted({*told.sources, *hires})
        ],
    )


def _short(group: str) -> str:
    name = group or _NOBODY_KNOWS
    return name if len(name) <= _GROUP_CHARS else f"{name[: _GROUP_CHARS - 1]}…"


def _list(people: Sequence[str]) -> None:
    for person in people:
        output.line(person)
    if not people:
        output.line("Nobody.")


def _page(deployed: "Config", told: "Report") -> str:
    from rapport.report_page import page

    brand = _brand(deployed)
    return page(told, brand=brand.name, language=brand.language)


def _send(deployed: "Config", told: "Report", to: Sequence[str]) -> None:
    """Submit it to each address, once, and tell what SES said."""
    from cli.previewing import sending
    from rapport.adapters.mailer import SesMailer
    from rapport.ports import Accepted
    from rapport.report_mail import mails

    way = sending(deployed)
    mailer = SesMailer(way.configuration_set, endpoint=way.endpoint)
    for each in mails(told, _brand(deployed), to):
        done = isinstance(mailer.submit(each), Accepted)
        output.line("Mailed." if done else "SES did not say that it took a mail; ask there.")


def _brand(deployed: "Config") -> "Brand":
    from cli.consents import live

    bundle = live(open_stores(deployed), deployed)
    if bundle is None:
        msg = "No playbooks are published, so no brand is known; run `rapport publish`."
        raise CommandError(msg)
    return bundle.brand
