"""`rapport publish`: check and compile `playbooks/`, store the bundle, make it the live one.

Order: what changes is told, then the editions of the blocks, the bundle, the write keys, who
changed campaigns, and the pointer last; functions see the new playbooks within 10 s. Publishing the
same folder again changes nothing. A key that the folder no longer lists is revoked, within 60 s.
"""

import getpass
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.changes import changes
from cli.compiling import compile_bundle, compile_folder
from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.brake import Sending, live_by_a_file
from rapport.bundle import Bundle
from rapport.content import Told, told
from rapport.errors import MisconfiguredError
from rapport.identity_rules import RulesFile, StoredRules, from_json, parse
from rapport.launching import mark_changed
from rapport.occasions import sequence_of, tell_moved
from rapport.ports import Bundles

__all__ = ["Published", "compile_bundle", "publish"]

PLAYBOOKS = Path(__file__).resolve().parents[1] / "playbooks"


@dataclass(frozen=True, kw_only=True)
class Published:
    """What is live now. `changed` is False when it was live before.

    `closed`: the sources of the keys that are no longer listed, and so open nothing any more.
    `other_rules`: the folder's rules of identity are not those in force. Publishing leaves those
    alone: what other rules make of people is to be looked at first.
    """

    hash: str
    programs: tuple[str, ...]
    write_keys: int
    closed: tuple[str, ...]
    changed: bool
    other_rules: bool


def _behind(live: Bundle | None, bundle: Bundle) -> Iterator[str]:
    """Events that were moved, of which calendars would not be told."""
    for form in bundle.forms:
        needed = sequence_of(live, form)
        if form.occasion is not None and needed > form.occasion.sequence:
            yield f"forms/{form.key}: its event was moved; calendars want sequence: {needed}."


def publish(
    config: Config,
    folder: Path = PLAYBOOKS,
    *,
    by: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> Published:
    """Publish a folder; raises CommandError with every complaint about it, one a line.

    `tell` is given each line of what changes, and each warning, before anything is written. `by`
    cannot approve the campaigns that it changes; empty: who is signed in here.
    """
    # On a laptop the career site stands elsewhere than the brand says.
    compiled = compile_folder(folder, site_url=config.site_url)
    bundle = compiled.bundle
    use(config)
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.brake import DynamoSendings
    from rapport.adapters.dynamo.campaigns import DynamoLaunches
    from rapport.adapters.dynamo.config import DynamoConfig
    from rapport.adapters.editions import S3Editions
    from rapport.adapters.schedule import SqsWakes

    bundles, book = S3Bundles(config.buckets["bundle"]), DynamoConfig(config.tables["book"])
    before = book.live_bundle()
    live = None if before is None else _live(bundles, before)
    _keep_statements(live, bundle)
    sending = DynamoSendings(config.tables["book"]).sending()
    _not_live_by_a_file(bundle, sending)
    for line in _above_the_files(bundle, sending):
        tell(line)
    for line in (*changes(live, bundle), *compiled.warnings, *_behind(live, bundle)):
        tell(line)
    known = set() if live is None else set(editions_of(live))
    editions = S3Editions(config.buckets["bundle"])
    for edition in editions_of(bundle):
        if edition not in known:
            editions.put(edition)
    bundle_hash = bundles.put(bundle)
    for key in compiled.write_keys:
        book.put_write_key(key)
    closed = book.close_other_keys(key.key for key in compiled.write_keys)
    mark_changed(DynamoLaunches(config.tables["book"]), live, bundle, by=by or getpass.getuser())
    tell_moved(SqsWakes(config.queues.get("wake", "")), live, bundle)
    book.set_live_bundle(bundle_hash, now=datetime.now(UTC))
    return Published(
        hash=bundle_hash,
        programs=tuple(playbook.program for playbook in bundle.playbooks),
        write_keys=len(compiled.write_keys),
        closed=tuple(closed),
        changed=bundle_hash != before,
        other_rules=_in_force(book) != compiled.rules,
    )


def editions_of(bundle: Bundle) -> list[Told]:
    """Every edition of every block, as it is kept."""
    return [told(block, edition) for block in bundle.blocks for edition in block.editions]


def _keep_statements(before: Bundle | None, after: Bundle) -> None:
    """People agreed to the words of a statement: a published edition never changes."""
    known = {} if before is None else {s.id: s for s in before.statements}
    for statement in after.statements:
        published = known.get(statement.id, statement)
        if any(w.hash != statement.said(w.language).hash for w in published.wordings):
            msg = (
                f"The statement {statement.id} is published with other words; people agreed to"
                f" those. Put the new words into a new edition, {statement.topic}-<next number>."
            )
            raise CommandError(msg)
    gone = set(known) - {statement.id for statement in after.statements}
    if gone:
        msg = f"The published statement {min(gone)} is missing; consents refer to it. Put it back."
        raise CommandError(msg)


def _not_live_by_a_file(bundle: Bundle, sending: Sending) -> None:
    """A brand goes live when nothing is in the way, and its domain's ramp begins on that day."""
    if live_by_a_file(bundle, sending):
        msg = (
            "brand.yaml: send_mode is live, and the brand never went live. Leave it at allow-list;"
            " `rapport golive` checks what is in the way, then lets its mail reach everybody."
        )
        raise CommandError(msg)


def _above_the_files(bundle: Bundle, sending: Sending) -> Iterator[str]:
    brand = bundle.brand
    mode = sending.modes.get(brand.key, brand.send_mode)
    if mode != brand.send_mode:
        yield (
            f"Mail of {brand.key} stays {mode}: it was set beside the files; `rapport mode`"
            f" sets it otherwise, not send_mode: {brand.send_mode}."
        )


def _in_force(book: StoredRules) -> RulesFile | None:
    """The rules of identity in force; None for such as this version cannot read."""
    text = book.identity_rules()
    try:
        return parse({}) if text is None else from_json(text)
    except MisconfiguredError:
        return None


def _live(bundles: Bundles, bundle_hash: str) -> Bundle | None:
    try:
        return bundles.get(bundle_hash)
    except MisconfiguredError:
        return None
