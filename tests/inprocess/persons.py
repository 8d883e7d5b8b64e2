"""Somebody who is known by an address before she has a user id, and an operator who looks at her."""

from datetime import UTC, datetime

from cli.store import open_stores
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.observation import Ruling
from rapport.ruling import decreed_event
from tests.inprocess.story import CONFIG, Story, track

DORA = "dora@inbox.halden.example"
USER = "u-dora"


def met(story: Story) -> None:
    """Dora leaves her address, then logs in; she is declared to be two people, and one again."""
    traits: dict[str, Json] = {"email": DORA, "firstName": "Dorothea"}
    identify = {"type": "identify", "traits": traits}
    story.visit("left her address", {**track("c-7", "", 1), **identify})
    story.visit("logged in", {**track("c-8", "", 1), **identify, "userId": USER})
    for step, ruling in (("two people", Ruling.APART), ("one again", Ruling.NONE)):
        now = datetime.now(UTC)
        decree = decreed_event([(user(), address())], ruling, reason="a call", by="rita", now=now)
        open_stores(CONFIG).log.append([decree])
        story.engine.settle()
        story.mails_after[step] = len(story.mails)


def user() -> Ref:
    return open_stores(CONFIG).pseudonyms.ref(Namespace.USER, USER)


def address() -> Ref:
    return open_stores(CONFIG).pseudonyms.ref(Namespace.EMAIL, DORA)
