"""`rapport erase`, `export`, `hold`: what one person may ask of an employer.

An erasure goes on by itself once it was begun: the same command again takes it up where it was
left. What it came to is told as a certificate, which `--verify` believes or does not.
"""

import getpass
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import clock, config, output
from cli.config import Config
from cli.errors import CommandError
from cli.store import open_stores
from functions.privacy.composing import composed
from functions.privacy.flow import Privacy
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.certificates import is_clean, is_genuine
from rapport.domain.event import Json
from rapport.domain.tombstones import Hold
from rapport.exporting import page
from rapport.forgetting import Erasure
from rapport.settings import PrivacySettings
from rapport.viewing.finding import find, readings

# Nobody waits longer for it at a keyboard; the same command goes on.
_PATIENCE = timedelta(hours=6)
Who = Annotated[str, typer.Argument(metavar="ID", help="As for `rapport who`.")]
commands = typer.Typer()


def opened(told: Config) -> Privacy:
    """The work on the deployment's stores, by the person at the keyboard."""
    tables, held = told.tables, told.buckets
    return composed(
        PrivacySettings(
            log_table=tables["log"],
            people_table=tables["people"],
            book_table=tables["book"],
            vault_table=tables["vault"],
            bundle_bucket=held["bundle"],
            archive_bucket=held["archive"],
            failed_bucket=held["failed"],
            inbox_bucket=held["inbox"],
            drop_bucket=held["drop"],
            privacy_queue_url=told.queues.get("privacy", ""),
            schedule_group=f"rapport-{told.stage}",
            schedule_role_arn="",
            wake_queue_arn="",
            wake_queue_url="",
            wake_dead_letters_arn="",
        ),
        now=clock.now,
    )


@commands.command()
def erase(
    asked: Annotated[str, typer.Argument(metavar="ID", help="As for `rapport who`.")] = "",
    *,
    why: Annotated[str, typer.Option(help="Who asked for it, and how; name nobody.")] = "",
    by: Annotated[str, typer.Option(help="Who does it; by default your name here.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Tell what would be erased.")] = False,
    reapply: Annotated[bool, typer.Option(help="Do all again, after a restore.")] = False,
    due: Annotated[bool, typer.Option(help="Erase those whom an ATS asked to forget.")] = False,
    verify: Annotated[str, typer.Option(metavar="FILE", help="Is a certificate ours?")] = "",
) -> None:
    """Erase one person from every store, and print the certificate."""
    told = config.load()
    stores = open_stores(told)
    privacy = opened(told)
    if verify:
        _verify(Path(verify), DynamoVault(told.tables["vault"]))
        return
    if reapply:
        for each in privacy.forgetting.reapply():
            output.line(f"{each.id}: {sum(each.total.values())} rows and objects taken away again.")
        return
    if due:
        output.line(privacy.due(clock.now() + _PATIENCE))
        return
    if not asked.strip():
        msg = "Say who: rapport erase ID, or --reapply, --due or --verify FILE."
        raise CommandError(msg)
    left = _left(privacy, asked, Pseudonymiser(DynamoVault(told.tables["vault"])))
    if left is None:
        plan = privacy.tracing.plan(find(stores, asked).group)
        if dry_run:
            output.print_json(plan.to_json())
            return
        left = privacy.forgetting.begin(plan, why=why, by=by or getpass.getuser())
    done = privacy.forgetting.run(left.id)
    output.print_json(dict(done.certificate or {}))
    if done.certificate is not None and not is_clean(done.certificate):
        msg = "Something of theirs is left: the certificate says in which store; look there."
        raise CommandError(msg)


def _left(privacy: Privacy, asked: str, refs: Pseudonymiser) -> Erasure | None:
    """An erasure of theirs that was begun and not ended."""
    named = [refs.ref(who.ns, who.value) for who in readings(asked)]
    stones = privacy.forgetting.erasures.tombstones(named)
    for stone in stones.values():
        found = privacy.forgetting.erasures.get(stone.erasure)
        if found is not None and found.certificate is None:
            return found
    return None


def _verify(path: Path, vault: DynamoVault) -> None:
    try:
        shown: dict[str, Json] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as broken:
        msg = f"{path} is no certificate ({type(broken).__name__}); give the JSON as printed."
        raise CommandError(msg) from None
    if not is_genuine(shown, vault):
        msg = f"{path} was not signed here, or was changed since."
        raise CommandError(msg)
    output.line(f"Genuine: {shown['certificate']}, {'clean' if is_clean(shown) else 'NOT clean'}.")


@commands.command()
def export(
    asked: Who,
    *,
    to: Annotated[str, typer.Option(metavar="FILE", help="Where to; a page is put beside it.")],
) -> None:
    """Write everything that is held on one person: as JSON, and as a page to read."""
    told = config.load()
    found = find(open_stores(told), asked)
    held = opened(told).exporting.export(found.group)
    target = Path(to)
    target.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", "utf-8")
    target.with_suffix(".html").write_text(page(held), "utf-8")
    output.line(f"{target} and {target.with_suffix('.html')} hold what is known of {found.person}.")


@commands.command()
def hold(
    asked: Who,
    *,
    reason: Annotated[str, typer.Option(help="Why they may not be erased; empty: let go.")] = "",
) -> None:
    """Keep somebody from being erased, for a dispute at law say; or let go again."""
    told = config.load()
    found = find(open_stores(told), asked)
    word = Hold(reason=reason, by=getpass.getuser(), at=clock.now()) if reason else None
    opened(told).forgetting.erasures.set_hold(found.members, word)
    output.line(f"{found.person} is {'held: ' + reason if reason else 'not held any more'}.")
