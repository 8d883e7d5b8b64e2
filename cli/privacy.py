"""`rapport erase`, `export`, `hold`: what one person may ask of an employer.

`erase` asks the function that has the rights to forget, and follows how far it comes; with `--here`
this process does it, with the rights of whoever types. Once it was begun it goes on by itself: the
same command again takes it up where it was left. What it came to is told as a certificate, which
`--verify` believes or does not.
"""

import getpass
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import clock, config, output
from cli.config import STACKS, Config
from cli.errors import CommandError
from cli.store import open_stores
from functions.privacy.composing import composed
from functions.privacy.flow import Privacy
from rapport.adapters import aws
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.certificates import is_clean, is_genuine
from rapport.domain.event import Json
from rapport.domain.tombstones import Hold, Traces
from rapport.exporting import page
from rapport.forgetting import Erasure
from rapport.settings import PrivacySettings
from rapport.tracing import Plan
from rapport.viewing.finding import find, readings

# Nobody waits longer for it at a keyboard; the same command goes on.
_PATIENCE = timedelta(hours=6)
# The function is asked at once, and takes minutes for a million people.
_FOLLOWED = timedelta(minutes=30)
_LOOK_SECONDS = 2.0
_DEAD_LETTERS = "DeadLetters"
_GOES_ON = "It goes on by itself; the same command again tells how far it is."
Who = Annotated[str, typer.Argument(metavar="ID", help="As for `rapport who`.")]
commands = typer.Typer()


def opened(told: Config, *, looks: bool = False) -> Privacy:
    """The work on the deployment's stores, by the person at the keyboard.

    `looks`: whether log lines and dead letters are to be found, for an erasure that runs here.
    """
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
            log_groups=",".join(_log_groups(told)) if looks else "",
            dead_letters=",".join(_dead_letters(told)) if looks else "",
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
    here: Annotated[bool, typer.Option(help="Do it in this process, by your own rights.")] = False,
    verify: Annotated[str, typer.Option(metavar="FILE", help="Is a certificate ours?")] = "",
) -> None:
    """Erase one person from every store, and print the certificate."""
    told = config.load()
    if verify:
        _verify(Path(verify), DynamoVault(told.tables["vault"]))
        return
    privacy = opened(told, looks=here or reapply)
    if reapply:
        for each in privacy.forgetting.reapply():
            output.line(f"{each.id}: {sum(each.total.values())} rows and objects taken away again.")
        return
    if due:
        _erase_due(told, privacy, here=here)
        return
    if not asked.strip():
        msg = "Say who: rapport erase ID, or --reapply, --due or --verify FILE."
        raise CommandError(msg)
    left = _left(privacy, asked, Pseudonymiser(DynamoVault(told.tables["vault"])))
    if left is None:
        plan = privacy.tracing.plan(find(open_stores(told), asked).group)
        if dry_run:
            output.print_json(plan.to_json())
            return
        left = _begin(told, privacy, plan, why, by or getpass.getuser(), here=here)
    elif not here:
        _ask(told, privacy, {"do": "run", "erasure": left.id})
    done = privacy.forgetting.run(left.id) if here else _followed(privacy, left)
    output.print_json(dict(done.certificate or {}))
    if done.certificate is not None and not is_clean(done.certificate):
        msg = "Something of theirs is left: the certificate says in which store; look there."
        raise CommandError(msg)


def _erase_due(told: Config, privacy: Privacy, *, here: bool) -> None:
    if here:
        output.line(privacy.due(clock.now() + _PATIENCE).said)
        return
    _ask(told, privacy, {"do": "due"})
    output.line("Asked; `rapport tasks` lists who is still to be forgotten.")


def _begin(told: Config, privacy: Privacy, plan: Plan, why: str, by: str, *, here: bool) -> Erasure:
    """A new erasure, begun here or by the function. HeldError if it may not be now."""
    privacy.forgetting.permit(plan, why=why)
    if here:
        return privacy.forgetting.begin(plan, why=why, by=by)
    _ask(told, privacy, {"do": "erase", "person": plan.traces.person, "why": why, "by": by})
    return _begun(privacy, plan.traces)


def _ask(told: Config, privacy: Privacy, message: dict[str, Json]) -> None:
    if not told.queues.get("privacy"):
        msg = "No function is here to ask: add --here, and it is done in this process."
        raise CommandError(msg)
    privacy.queue.put(message)


def _begun(privacy: Privacy, traces: Traces) -> Erasure:
    """The erasure that was asked for, as soon as the function has begun it."""
    until = clock.now() + _FOLLOWED
    while clock.now() < until:
        for stone in privacy.forgetting.erasures.tombstones(traces.strong).values():
            found = privacy.forgetting.erasures.get(stone.erasure)
            if found is not None and found.traces.at >= traces.at:
                return found
        clock.pause(_LOOK_SECONDS)
    raise CommandError(_GOES_ON)


def _followed(privacy: Privacy, erasure: Erasure) -> Erasure:
    """How far it comes, store by store, until it is done."""
    until = clock.now() + _FOLLOWED
    known = ""
    while clock.now() < until:
        erasure = privacy.forgetting.erasures.get(erasure.id) or erasure
        if erasure.certificate is not None:
            return erasure
        reached = f"round {erasure.round}: {', '.join(erasure.done) or 'begun'}"
        if reached != known:
            typer.echo(reached, err=True)
            known = reached
        clock.pause(_LOOK_SECONDS)
    raise CommandError(_GOES_ON)


def _log_groups(told: Config) -> list[str]:
    """Where the functions log."""
    lambdas = aws.client("lambda")
    found = [
        lambdas.get_function_configuration(FunctionName=name).get("LoggingConfig", {})
        for name in told.functions.values()
    ]
    return [each["LogGroup"] for each in found if each.get("LogGroup")]


def _dead_letters(told: Config) -> list[str]:
    """The URLs of the dead-letter queues."""
    if not told.queues.get("privacy"):
        return []
    pages = aws.client("sqs").get_paginator("list_queues").paginate(QueueNamePrefix=STACKS[1])
    urls = [url for page in pages for url in page.get("QueueUrls", [])]
    return [url for url in urls if _DEAD_LETTERS in url]


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
