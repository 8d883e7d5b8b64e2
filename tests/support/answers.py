"""Mail that comes in, in dicts, and the room that handles it beside a `Mailroom`."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from functions.receive.flow import Receive
from rapport.domain.mailboxes import mailbox
from rapport.domain.tokens import Purpose
from tests.support.fates import FakeFates
from tests.support.mailroom import Mailroom

DOMAIN = "reply.halden.example"


@dataclass(kw_only=True)
class FakeInbox:
    """The ports `Inbox` and `Forwards`."""

    objects: dict[str, bytes] = field(default_factory=dict)
    passed_on: dict[str, bool] = field(default_factory=dict)

    def read(self, name: str, *, most: int) -> bytes | None:
        found = self.objects.get(name)
        return None if found is None else found[:most]

    def drop(self, name: str) -> None:
        self.objects.pop(name, None)

    def claim(self, answer: str, now: datetime) -> bool:
        if self.passed_on.get(answer):
            return False
        self.passed_on[answer] = True
        return True

    def give_back(self, answer: str, now: datetime) -> None:
        self.passed_on[answer] = False


def answering(room: Mailroom) -> None:
    """Let the brand have a domain that replies come in at."""
    brand = msgspec.structs.replace(room.bundle.brand, reply_domain=DOMAIN)
    room.publish(msgspec.structs.replace(room.bundle, brand=brand))


def receive(room: Mailroom, inbox: FakeInbox, fates: FakeFates | None = None) -> Receive:
    """The flow beside a room's stores."""
    known = fates or room.fates
    return Receive(
        inbox=inbox,
        book=room.book,
        log=room.log,
        bundles=room.bundles,
        fates=known,
        marks=known,
        forwards=inbox,
        tasks=room.tasks,
        mailer=room.mailer,
        ring=lambda: room.rings.ring("tokens"),
        live=lambda: room.live,
        now=room.clock,
    )


def address(room: Mailroom, purpose: Purpose, send_key: str) -> str:
    """Where an answer to a mail goes."""
    return mailbox(room.rings.ring("tokens"), purpose, send_key, DOMAIN)
