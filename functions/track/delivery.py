"""What one request comes to, before anything is looked up: the seam between reading and deciding.

`request.py` makes a `Delivery` of a gateway event, or says what is `Broken` with it; `flow.py`
decides what becomes of its messages.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from functions.track.problems import Problem
from rapport.domain.event import Json
from rapport.domain.wire import Refusal


@dataclass(frozen=True, kw_only=True)
class Sender:
    """What the request itself tells of who sent it. `gpc` and `dnt` are its privacy signals."""

    source_ip: str
    origin: str | None
    user_agent: str
    gpc: bool
    dnt: bool
    request_id: str


@dataclass(frozen=True, kw_only=True)
class PresentedKey:
    """A write key and where it stood. `query` is whatever any cache or log may have kept."""

    value: str
    place: Literal["header", "body", "query"]


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """One message that is no usable JSON: its text as it was sent, and why it is refused."""

    text: str
    refusal: Refusal


Raw: TypeAlias = "Json | Unreadable"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One request as its sender meant it. `call` is `batch` or the kind of its only message.

    `messages` are not looked into yet, but have the batch's context. `keys` are all that were
    presented: whether they agree is decided by the flow.
    """

    call: str
    messages: tuple[Raw, ...]
    sent_at: Json
    keys: tuple[PresentedKey, ...]
    sender: Sender


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A request that cannot be read as a whole, with the keys that could be told all the same."""

    problem: Problem
    keys: tuple[PresentedKey, ...]
    body: bytes
    sender: Sender
