"""How many messages may still come, in DynamoDB, and without a write for ordinary traffic.

1. A worker spends a free share of its own first, a small bucket that fills by itself. What is
   missing in it at the next lease is paid with it, and the share is whole again.
2. Beyond it, it leases: a piece of the shared bucket in one conditional write. What is left of the
   piece serves the next requests, for a few seconds.
3. Refused, it does not ask again for a second: a flood costs no writes.

So the shared bucket never hands out more than it holds, and all workers together pass at most what
it holds, and a free share and a lease each. A store that is out of reach lets everybody pass.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.calls import Calls, RefusedCallError
from rapport.domain.event import from_millis, millis
from rapport.domain.rate import Empty, Rate, Spent, spend
from rapport.errors import ConflictError, RetryableError

# Of the burst and of the rate: a worker's own, and the size of a lease.
SHARE = 1 / 20
LEASE = timedelta(seconds=10)
SHUT = timedelta(seconds=1)
# From when a request came that may itself have waited for the store; so it is long.
BLIND = timedelta(seconds=30)
REMEMBERED = 4096
_FORGET = timedelta(days=1)
_ATTEMPTS = 4
# No bucket is empty for longer than it takes to fill; one that seems so met a wrong clock.
_WRONG = timedelta(minutes=10)
_KIND = "allowance"
_MICROS = timedelta(microseconds=1)

_MORE = "SET #k = :kind, u = u + :charge, #t = :forget"
_HAS_LEFT = "u >= :now AND u <= :room"
_AFRESH = "SET #k = :kind, u = :after, #t = :forget"
_IS_FULL = "attribute_not_exists(u) OR u < :now OR u > :beyond"


@dataclass(kw_only=True)
class _Purse:
    """What this worker may pass without asking, of one scope."""

    free_until: datetime | None = None
    credit: int = 0
    credit_until: datetime | None = None
    shut_until: datetime | None = None
    blind_until: datetime | None = None


class DynamoBuckets:
    """Shared buckets themselves: one write for each time that tokens are taken."""

    def __init__(self, table: str, *, through: Calls | None = None) -> None:
        """Work on the book table of that name."""
        calls.bind(book=table)
        self._table = table
        self._calls = through or calls.ThroughModels()

    def left(self, scope: str, limit: Rate, now: datetime) -> int:
        """How many tokens the shared bucket holds."""
        found = spend(self._until(scope), limit.burst, limit, now)
        return found.left if isinstance(found, Empty) else limit.burst

    def withdraw(self, scope: str, tokens: int, limit: Rate, now: datetime) -> Spent | Empty:
        """Take tokens out of a bucket, or tell that it has not so many.

        RetryableError and `RefusedCallError` when the store does not do it.
        """
        charge = tokens * limit.interval
        room = now + limit.span - charge
        for _ in range(_ATTEMPTS):
            spent = self._update(scope, _MORE, _HAS_LEFT, now=now, charge=charge, room=room)
            if spent is not None:
                return spent
            until = self._until(scope)
            beyond = now + limit.span + _WRONG
            if until is None or until < now or until > beyond:
                after = now + charge
                spent = self._update(scope, _AFRESH, _IS_FULL, now=now, after=after, beyond=beyond)
                if spent is not None:
                    return spent
                continue
            found = spend(until, tokens, limit, now)
            if isinstance(found, Empty):
                return found
        return Empty(wait=limit.interval, left=0)

    def _update(
        self,
        scope: str,
        change: str,
        condition: str,
        *,
        now: datetime,
        **values: datetime | timedelta,
    ) -> Spent | None:
        told: dict[str, datetime | timedelta] = {"now": now, **values}
        numbers = {f":{name}": {"N": str(_micros(value))} for name, value in told.items()}
        place = keys.allowance_key(scope)
        try:
            answer = self._calls(
                "UpdateItem",
                {
                    "TableName": self._table,
                    "Key": calls.place(place),
                    "UpdateExpression": change,
                    "ConditionExpression": condition,
                    "ExpressionAttributeNames": {"#k": "k", "#t": "ttl"},
                    "ReturnValues": "UPDATED_NEW",
                    "ExpressionAttributeValues": {
                        **numbers,
                        ":kind": {"S": _KIND},
                        ":forget": {"N": str(millis(now + _FORGET) // 1000)},
                    },
                },
            )
        except ConflictError:
            return None
        return Spent(until=_until(answer["Attributes"]))

    def _until(self, scope: str) -> datetime | None:
        row = calls.get(self._calls, self._table, keys.allowance_key(scope))
        return None if row is None else _until(row)


class DynamoAllowance(DynamoBuckets):
    """The port `Allowance` of one worker, which handles one request at a time."""

    def __init__(self, table: str, *, through: Calls | None = None) -> None:
        """Work on the book table of that name."""
        super().__init__(table, through=through)
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    def take(self, scope: str, tokens: int, limit: Rate, now: datetime) -> timedelta | None:
        """Take tokens: None to go on, else how long to wait."""
        purse = self._purse(scope)
        if _free(purse, tokens, limit, now) or _credit(purse, tokens, now):
            return None
        if purse.blind_until is not None and now < purse.blind_until:
            return None
        if purse.shut_until is not None and now < purse.shut_until:
            return purse.shut_until - now
        try:
            return self._lease(scope, purse, tokens, limit, now)
        except (RetryableError, RefusedCallError):
            purse.blind_until = now + BLIND
            return None

    def _purse(self, scope: str) -> _Purse:
        purse = self._purses.setdefault(scope, _Purse())
        self._purses.move_to_end(scope)
        if len(self._purses) > REMEMBERED:
            self._purses.popitem(last=False)
        return purse

    def _lease(
        self, scope: str, purse: _Purse, tokens: int, limit: Rate, now: datetime
    ) -> timedelta | None:
        need = min(limit.burst, tokens + _owed(purse, limit, now))
        want = min(limit.burst, need + limit.share(SHARE).burst)
        found = self.withdraw(scope, want, limit, now)
        if isinstance(found, Empty) and need <= found.left:
            want, found = need, self.withdraw(scope, need, limit, now)
        if isinstance(found, Empty):
            purse.shut_until = now + min(found.wait, SHUT)
            return found.wait
        purse.free_until, purse.credit, purse.credit_until = None, want - need, now + LEASE
        return None


def _until(row: Mapping[str, Any]) -> datetime:
    return from_millis(0) + int(row["u"]["N"]) * _MICROS


def _free(purse: _Purse, tokens: int, limit: Rate, now: datetime) -> bool:
    share = limit.share(SHARE)
    found = spend(purse.free_until, tokens, share, now)
    if tokens > share.burst or isinstance(found, Empty):
        return False
    purse.free_until = found.until
    return True


def _owed(purse: _Purse, limit: Rate, now: datetime) -> int:
    """What is missing in the free share; what has come back to it since is forgiven.

    A worker that never forgot would owe a whole bucket after a quiet day, and refuse for it.
    """
    if purse.free_until is None:
        return 0
    return ceil(max(timedelta(0), purse.free_until - now) / limit.share(SHARE).interval)


def _credit(purse: _Purse, tokens: int, now: datetime) -> bool:
    if purse.credit_until is None or now >= purse.credit_until or purse.credit < tokens:
        return False
    purse.credit -= tokens
    return True


def _micros(value: datetime | timedelta) -> int:
    """An instant as microseconds since 1970, a length of time as microseconds."""
    return (value - from_millis(0) if isinstance(value, datetime) else value) // _MICROS
