"""Connections as secrets: one secret each, its JSON that of `rapport.ats.Connection`.

A worker remembers a connection for a minute. Whoever met a signature that is wrong asks for a fresh
one, for the secret may have been rotated; that is read anew every few seconds at most. Names come
from an address that anybody can ask for, so names that turn out to be nobody's are read in a small
number only, and beyond it nothing is said of them either way.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rapport.adapters import aws
from rapport.adapters.ats import VENDORS
from rapport.ats import Connection
from rapport.errors import MisconfiguredError, RetryableError

REMEMBERED = timedelta(seconds=60)
# However often it is asked for afresh.
FRESH = timedelta(seconds=5)
# So many names that are nobody's are read by a worker in so long.
MISSES, MISSES_IN = 20, timedelta(seconds=10)
MOST_REMEMBERED = 256
NAME = re.compile(r"[a-z0-9-]{1,40}")
_STAGE = re.compile(r"[a-z0-9-]{1,32}")
# How Secrets Manager says that there is none: never made, or about to be deleted.
_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_MISSING, _AT = re.compile(r"missing required field `(\w+)`"), re.compile(r" - at `(.+)`$")
_FIELDS = frozenset(Connection.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What was read when. `text` is the secret's; None: there is none."""

    at: datetime
    text: str | None


class SecretConnections:
    """The port `Connections` of one worker; `put` and `delete` are for the command line."""

    def __init__(
        self,
        prefix: str,
        client: Callable[[], Any] | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read the secrets whose names begin so; `client` makes one for Secrets Manager."""
        self._prefix = prefix
        self._make = client or (lambda: aws.light_client("secretsmanager"))
        self._made: Any = None
        self._now = now
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._misses: list[datetime] = []

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        """The connection of that name; None when there is none.

        RetryableError while Secrets Manager does not answer, or too many names that are nobody's
        were asked for; MisconfiguredError when the secret is no connection.
        """
        if not NAME.fullmatch(name):
            return None
        known, now = self._known.get(name), self._now()
        for_long = known is not None and known.text is not None and not fresh
        if known is None or now - known.at >= (REMEMBERED if for_long else FRESH):
            known = _Known(at=now, text=self._read(name, now, unknown=known is None))
            self._remember(name, known)
        return None if known.text is None else decode(known.text, name=name)

    def names(self) -> list[str]:
        """All connections, sorted; RetryableError as above."""
        found: list[str] = []
        asked: dict[str, Any] = {"Filters": [{"Key": "name", "Values": [self._prefix]}]}
        while True:
            answer = self._call("list_secrets", **asked) or {}
            found += [str(each["Name"]) for each in answer.get("SecretList", [])]
            if not answer.get("NextToken"):
                break
            asked["NextToken"] = answer["NextToken"]
        # The filter finds whatever has a word that begins so.
        ours = (each.removeprefix(self._prefix) for each in found if each.startswith(self._prefix))
        return sorted(name for name in ours if NAME.fullmatch(name))

    def put(self, connection: Connection) -> None:
        """Make or replace one; MisconfiguredError says in one line what to mend."""
        text, ident = encode(connection), self._prefix + connection.name
        if self._call("put_secret_value", SecretId=ident, SecretString=text) is None:
            self._call("create_secret", Name=ident, SecretString=text)
        self._known.pop(connection.name, None)

    def delete(self, name: str) -> None:
        """Take one away for good; nothing happens when there is none."""
        self._call("delete_secret", SecretId=self._prefix + name, ForceDeleteWithoutRecovery=True)
        self._known.pop(name, None)

    def _read(self, name: str, now: datetime, *, unknown: bool) -> str | None:
        self._misses = [at for at in self._misses if now - at < MISSES_IN]
        if unknown and len(self._misses) >= MISSES:
            msg = "too many unknown connections were asked for"
            raise RetryableError(msg)
        answer = self._call("get_secret_value", SecretId=self._prefix + name)
        if answer is None:
            self._misses.append(now)
            return None
        return str(answer.get("SecretString", ""))

    def _remember(self, name: str, known: _Known) -> None:
        self._known[name] = known
        self._known.move_to_end(name)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def _call(self, method: str, **asked: Any) -> dict[str, Any] | None:
        """The answer; None when there is no such secret. Its text is in no error."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._made is None:
            self._made = self._make()
        try:
            answer: dict[str, Any] = getattr(self._made, method)(**asked)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _ABSENT:
                return None
            # Also where access is denied: that is mended in the deployment, not by the vendor.
            raise RetryableError(code or type(error).__name__) from None
        except BotoCoreError as error:
            raise RetryableError(type(error).__name__) from None
        return answer


def decode(text: str | bytes, *, name: str) -> Connection:
    """The connection that a secret's JSON tells; MisconfiguredError tells what to mend in it.

    No value of it is ever told: it holds secrets.
    """
    try:
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        strangers = sorted(members.keys() - _FIELDS)
        if strangers:
            raise _unfit(name, f"{', '.join(strangers)} is no field of a connection")
        found = msgspec.json.decode(text, type=Connection)
    except msgspec.ValidationError as error:
        raise _unfit(name, _place(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _unfit(name, "it is no JSON object") from None
    if found.name != name:
        raise _unfit(name, f"its name has to be {name}")
    return _checked(found)


def encode(connection: Connection) -> str:
    """The JSON of a connection, as `decode` reads it; MisconfiguredError when it would not."""
    return msgspec.json.encode(_checked(connection)).decode()


def _checked(found: Connection) -> Connection:
    if not NAME.fullmatch(found.name):
        raise _unfit(found.name, "a name has 1 to 40 of a-z, 0-9 and -")
    # What has no webhooks is known by the files that it drops, and called as people call it.
    if found.vendor not in VENDORS and not (found.mapping and NAME.fullmatch(found.vendor)):
        raise _unfit(found.name, f"vendor is one of {', '.join(VENDORS)}, or it has a mapping")
    for place, stage in found.stages.items():
        if not _STAGE.fullmatch(stage):
            raise _unfit(found.name, f"the stage of {place} has 1 to 32 of a-z, 0-9 and -")
    signed = (*found.secrets, *(each for per in found.event_secrets.values() for each in per))
    if not all(signed):
        raise _unfit(found.name, "a secret is empty; leave it out instead")
    return found


def _place(told: str) -> str:
    """What msgspec found where; not its own words, for it tells the value of an enumeration."""
    missing = _MISSING.search(told)
    if missing:
        return f"{missing[1]} is missing"
    at = _AT.search(told)
    return f"what stands at {at[1] if at else '$'} is not of the right form"


def _unfit(name: str, what: str) -> MisconfiguredError:
    return MisconfiguredError(f"connection {name}: {what}")
