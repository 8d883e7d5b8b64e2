"""Erasures, tombstones and holds in `book`; of each erasure a copy in the archive bucket.

The copy holds the plan, keyed hashes alone. A table that is put back from a backup knows nothing of
what was erased since; the copies do. The words that are looked for are sealed under a key of the
vault that is destroyed when the erasure is done.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from rapport.adapters import aws
from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    ErasureRow,
    HoldRow,
    TombstoneRow,
    bind,
    store_errors,
)
from rapport.adapters.dynamo.packing import dumps, packed, unpacked
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import (
    Hold,
    Tombstone,
    gone_from_json,
    gone_to_json,
    traces_from_json,
    traces_to_json,
)
from rapport.errors import RetryableError
from rapport.forgetting import Erasure, State, key_of
from rapport.sealing import seal, unseal

PREFIX = "erasures/"


class DynamoErasures:
    """The port `Erasures`."""

    def __init__(
        self, table: str, vault: DynamoVault, archive_bucket: str, *, client: Any = None
    ) -> None:
        """Work on the book table of that name; copies go into that bucket."""
        bind(book=table)
        self._vault = vault
        self._bucket = archive_bucket
        self._client = client

    def get(self, erasure: str) -> Erasure | None:
        """An erasure by its id."""
        row = _row(erasure)
        return None if row is None else _read(unpacked(bytes(row.state)))

    def begin(self, erasure: Erasure, needles: Needles) -> None:
        """The copy, the sealed words with the plan, then a tombstone for each identifier."""
        self._copy(erasure)
        sealed = self._sealed(erasure.id, needles) if needles.exact else None
        state = packed(_written(erasure))
        with store_errors():
            ErasureRow(*keys.erasure_key(erasure.id), state=state, words=sealed).save()
            for ref in erasure.traces.strong:
                place = keys.tombstone_key(ref)
                at = millis(erasure.traces.at)
                TombstoneRow(*place, at=at, erasure=erasure.id).save()

    def put(self, erasure: Erasure) -> None:
        """Keep how far it has come."""
        state = packed(_written(erasure))
        with store_errors():
            ErasureRow(*keys.erasure_key(erasure.id)).update([ErasureRow.state.set(state)])

    def needles(self, erasure: str) -> Needles:
        """What is looked for; nothing any more once it is finished."""
        row, home = _row(erasure), _home(erasure)
        key = self._vault.seal_keys([home]).get(home)
        if row is None or key is None or not (sealed := bytes(row.words or b"")):
            return Needles(())
        opened = unseal(sealed, key=key, at=key_of(erasure))
        words, names = (cast("list[str]", opened[kind]) for kind in ("words", "names"))
        return Needles(words, names)

    def finish(self, erasure: Erasure) -> None:
        """Keep it with its certificate, and destroy the key of its words."""
        state = packed(_written(erasure))
        with store_errors():
            ErasureRow(*keys.erasure_key(erasure.id), state=state).save()
        self._vault.destroy(_home(erasure.id))

    def copies(self) -> Iterable[Erasure]:
        """All erasures that were ever begun, the oldest first."""
        found = []
        s3 = self._s3()
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=PREFIX
        ):
            for each in page.get("Contents", []):
                body = s3.get_object(Bucket=self._bucket, Key=each["Key"])["Body"].read()
                found.append(_read(body.decode()))
        return sorted(found, key=lambda each: (each.traces.at, each.id))

    def tombstones(self, refs: Iterable[Ref]) -> Mapping[Ref, Tombstone]:
        """Which of these identifiers were erased."""
        asked = {keys.tombstone_key(ref): ref for ref in refs}
        with store_errors():
            rows = [*TombstoneRow.batch_get([tuple(key) for key in asked], consistent_read=True)]
        return {
            (ref := Ref(row.pk.partition("#")[2])): Tombstone(
                ref=ref, at=from_millis(int(row.at)), erasure=row.erasure
            )
            for row in rows
        }

    def hold(self, refs: Iterable[Ref]) -> Hold | None:
        """What keeps somebody with one of these identifiers from being erased."""
        with store_errors():
            wanted = [tuple(keys.hold_key(ref)) for ref in refs]
            rows = [*HoldRow.batch_get(wanted, consistent_read=True)] if wanted else []
        found = [Hold(reason=r.reason, by=r.by, at=from_millis(int(r.at))) for r in rows]
        return min(found, key=lambda each: each.at, default=None)

    def set_hold(self, refs: Iterable[Ref], hold: Hold | None) -> None:
        """Hold somebody, or let go."""
        with store_errors():
            for ref in refs:
                place = keys.hold_key(ref)
                if hold is None:
                    HoldRow(*place).delete()
                else:
                    HoldRow(*place, reason=hold.reason, by=hold.by, at=millis(hold.at)).save()

    def _sealed(self, erasure: str, needles: Needles) -> bytes:
        home = _home(erasure)
        key = self._vault.seal_keys([home], create=True)[home]
        body: dict[str, Json] = {
            "words": list[Json](sorted(needles.exact)),
            "names": list[Json](needles.names),
        }
        return seal(body, key=key, at=key_of(erasure), nonce=self._vault.random)

    def _copy(self, erasure: Erasure) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        name = f"{PREFIX}{erasure.id}.json"
        bare = replace(erasure, state=State.RUNNING, round=1, done={}, total={}, certificate=None)
        body = _written(bare).encode()
        try:
            self._s3().put_object(Bucket=self._bucket, Key=name, Body=body)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client


def _home(erasure: str) -> Ref:
    """Under which the vault keeps the key of the words."""
    return Ref(f"erasure#{erasure}")


def _row(erasure: str) -> ErasureRow | None:
    with store_errors():
        try:
            return ErasureRow.get(*keys.erasure_key(erasure), consistent_read=True)
        except ErasureRow.DoesNotExist:
            return None


def _written(erasure: Erasure) -> str:
    return dumps(
        {
            "traces": traces_to_json(erasure.traces),
            "why": erasure.why,
            "by": erasure.by,
            "state": erasure.state.value,
            "round": erasure.round,
            "done": {store: gone_to_json(gone) for store, gone in erasure.done.items()},
            "order": list(erasure.done),
            "total": dict(erasure.total),
            "certificate": erasure.certificate,
        }
    )


def _read(text: str) -> Erasure:
    raw = json.loads(text)
    return Erasure(
        traces=traces_from_json(raw["traces"]),
        why=raw["why"],
        by=raw["by"],
        state=State(raw["state"]),
        round=raw["round"],
        done={store: gone_from_json(raw["done"][store]) for store in raw["order"]},
        total=raw["total"],
        certificate=raw["certificate"],
    )
