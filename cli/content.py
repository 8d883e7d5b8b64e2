"""`rapport content …`: check, look at, publish and take back what site and mails say."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import clock, config, output
from cli.access_lint import weight
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.config import Config
    from cli.previewing import Given, Preview
    from rapport.bundle import Bundle

PLAYBOOKS = Path(__file__).resolve().parents[1] / "playbooks"
content = typer.Typer(
    no_args_is_help=True, help="What the site shows and the mails say: check, preview, take back."
)
Folder = Annotated[Path, typer.Argument(help="What people edit; by default of this checkout.")]


@content.command()
def check(folder: Folder = PLAYBOOKS) -> None:
    """Tell every mistake in the files, and what should be looked at. Needs no deployment."""
    from cli.compiling import compile_folder

    compiled = compile_folder(folder)
    for line in compiled.warnings:
        output.line(f"Look at this: {line}")
    bundle = compiled.bundle
    output.line(
        f"{len(bundle.blocks)} blocks, {len(bundle.templates)} templates,"
        f" {len(bundle.playbooks)} playbooks: nothing in the way of publishing."
    )


@content.command()
def preview(
    template: Annotated[str, typer.Argument(help="A template's name, as in keep-in-touch.")],
    *,
    folder: Annotated[Path, typer.Option(help="The folder of the files.")] = PLAYBOOKS,
    who: Annotated[str, typer.Option("--as", help="For a person, by any of their ids.")] = "",
    worst: Annotated[bool, typer.Option("--worst", help="For those nobody thinks of.")] = False,
    language: Annotated[str, typer.Option("--lang", help="In a language, as in nb.")] = "",
    block: Annotated[str, typer.Option(help="With this block.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the HTML to this file.")] = None,
    send: Annotated[str, typer.Option(help="To this address, if allow_list names it.")] = "",
) -> None:
    """Show a mail as somebody would get it: subject, text, links, weight."""
    from cli import previewing as room
    from cli.compiling import compile_folder

    deployed = config.load() if who or send else None
    site = "" if deployed is None else deployed.site_url
    bundle = compile_folder(folder, site_url=site).bundle
    given = room.Given(block=block, languages=(language,) if language else ())
    if deployed is not None and who:
        given = _of_person(deployed, bundle, template, who, block=block, language=language)
    if deployed is not None and send:
        output.line(_sent(deployed, bundle, template, given, send))
        return
    shown = [room.preview(bundle, template, who or "an ordinary person", given)]
    _show(shown[0])
    for each in room.worst(bundle, template, given) if worst else ():
        shown.append(each)
        _judge(each)
    if out is not None and shown[0].content is not None:
        out.write_text(shown[0].content.html, encoding="utf-8")
        output.line(f"The HTML stands in {out}.")
    if any(each.content is None or each.complaints for each in shown):
        raise SystemExit(1)


@content.command("list")
def list_published() -> None:
    """List what was published, the newest first; the live one is marked."""
    from cli import rollback as room

    deployed = config.load()
    live = room.live(deployed)
    rows = [
        (bundle_hash[: room.SHORT], output.clock(at), "live" if bundle_hash == live else "")
        for bundle_hash, at in room.published(deployed)
    ]
    output.rows(("bundle", "published (UTC)", ""), rows)


@content.command()
def rollback(
    bundle: Annotated[str, typer.Argument(help="The first characters of a bundle's hash.")],
) -> None:
    """Make an earlier bundle the live one, within 10 s; the files on this disk stay as they are."""
    from cli import rollback as room

    for line in room.rollback(config.load(), bundle):
        output.line(line)


@content.command()
def publish(folder: Folder = PLAYBOOKS) -> None:
    """Publish the files, as `rapport publish` does."""
    from cli.main import publish as whole

    whole(folder)


@content.command()
def pull(folder: Folder = PLAYBOOKS) -> None:
    """Write forms, segments and campaigns of the live bundle back as files."""
    from cli import rollback as room
    from cli.pulling import pull as written
    from cli.store import use

    deployed = config.load()
    use(deployed)
    from rapport.adapters.bundles import S3Bundles

    for line in written(S3Bundles(deployed.buckets["bundle"]).get(room.live(deployed)), folder):
        output.line(line)


@content.command()
def report(
    block: Annotated[str, typer.Argument(help="A block, by its key, as in how-we-hire.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, no text.")] = False,
) -> None:
    """Tell who met each edition of a block: on the site, in mails, and who clicked in those."""
    from cli import block_report as room

    told = room.read(config.load(), block)
    if as_json:
        output.print_json(room.to_json(told))
    else:
        room.show(told)


def _of_person(
    deployed: "Config", bundle: "Bundle", template: str, who: str, *, block: str, language: str
) -> "Given":
    from cli import previewing
    from cli.choosing import choice
    from cli.store import open_stores
    from rapport.viewing.finding import find

    previewing.template_of(bundle, template)
    stores = open_stores(deployed)
    made = choice(stores, find(stores, who), bundle, template, now=clock.now())
    if made.lack and not block:
        output.line(f"It would not go to {who} now: {made.lack}.")
    return previewing.given(made, block=block, language=language)


def _sent(deployed: "Config", bundle: "Bundle", template: str, given: "Given", address: str) -> str:
    from cli import previewing
    from cli.store import use

    if not previewing.allowed(bundle.brand, address):
        msg = f"{address} is not in allow_list of brand.yaml; test mails go nowhere else."
        raise CommandError(msg)
    use(deployed)
    from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault
    from rapport.campaign_work import unsubscribe_link

    way = previewing.sending(deployed)
    ring = DynamoVault(deployed.tables["vault"]).ring(TOKEN_RING)
    unsubscribe = unsubscribe_link(way.public_url, ring, address)
    shown = previewing.preview(bundle, template, address, replace(given, unsubscribe=unsubscribe))
    if shown.content is None:
        raise CommandError(shown.fault)
    mail = previewing.mail_of(bundle.brand, template, address, shown.content, unsubscribe)
    return f"Sent to {address}, as a test: {previewing.send(way, mail)}."


def _show(shown: "Preview") -> None:
    if shown.content is not None:
        output.heading(shown.content.subject)
        for line in shown.content.text.splitlines():
            output.line(line)
        output.heading("Links")
        for link in shown.links:
            output.line(link)
    _judge(shown)


def _judge(shown: "Preview") -> None:
    if shown.content is None:
        output.line(f"{shown.who}: no mail, {shown.fault}.")
        return
    size = weight(shown.content.html)
    output.line(
        f"{shown.who}: {size} bytes with links counted, {len(shown.complaints)} complaints."
    )
    for line in shown.complaints:
        output.line(f"  {line}")
