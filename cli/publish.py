"""`rapport publish`: check and compile `playbooks/`, store the bundle, make it the live one.

Order: the bundle first, then the write keys, the pointer last; functions see the new playbooks
within 10 s. Publishing the same folder again changes nothing. A key that the folder no longer lists
is revoked, within 60 s.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cli.compiling import compile_bundle, compile_folder
from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.bundle import Bundle
from rapport.errors import MisconfiguredError
from rapport.identity_rules import RulesFile, StoredRules, from_json, parse
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


def publish(config: Config, folder: Path = PLAYBOOKS) -> Published:
    """Publish a folder; raises CommandError with every complaint about it, one a line."""
    compiled = compile_folder(folder)
    bundle = compiled.bundle
    if config.site_url:
        # On a laptop the career site stands elsewhere than the brand says.
        site = config.site_url.rstrip("/")
        bundle = msgspec.structs.replace(
            bundle, brand=msgspec.structs.replace(bundle.brand, site_url=site)
        )
    use(config)
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.config import DynamoConfig

    bundles, book = S3Bundles(config.buckets["bundle"]), DynamoConfig(config.tables["book"])
    before = book.live_bundle()
    if before is not None:
        _keep_statements(_live(bundles, before), bundle)
    bundle_hash = bundles.put(bundle)
    for key in compiled.write_keys:
        book.put_write_key(key)
    closed = book.close_other_keys(key.key for key in compiled.write_keys)
    book.set_live_bundle(bundle_hash, now=datetime.now(UTC))
    return Published(
        hash=bundle_hash,
        programs=tuple(playbook.program for playbook in bundle.playbooks),
        write_keys=len(compiled.write_keys),
        closed=tuple(closed),
        changed=bundle_hash != before,
        other_rules=_in_force(book) != compiled.rules,
    )


def _keep_statements(before: Bundle | None, after: Bundle) -> None:
    """People agreed to the words of a statement: a published edition never changes."""
    known = {} if before is None else {s.id: s.hash for s in before.statements}
    for statement in after.statements:
        if known.get(statement.id, statement.hash) != statement.hash:
            msg = (
                f"The statement {statement.id} is published with other words; people agreed to"
                f" those. Put the new words into a new edition, {statement.topic}-<next number>."
            )
            raise CommandError(msg)
    gone = set(known) - {statement.id for statement in after.statements}
    if gone:
        msg = f"The published statement {min(gone)} is missing; consents refer to it. Put it back."
        raise CommandError(msg)


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
