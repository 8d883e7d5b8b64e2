"""Somebody who is known by an address before she has a user id, and whom an operator looks at."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha512

from cli.store import open_stores
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.observation import Ruling
from rapport.identity_rules import parse
from rapport.ruling import decreed_event
from tests.inprocess.story import CONFIG, Story, track

DORA = "dora@inbox.halden.example"
# Two who may be one: the same name and town.
EVAS = ("eva.lindqvist@inbox.halden.example", "evalindqvist@work.halden.example")
# More than one row of a view has room for.
LONG: dict[str, Json] = {
    name: b64encode(b"".join(sha512(f"{name} {n}".encode()).digest() for n in range(3))).decode()
    for name in ("headline", "city", "last_name", "timezone", "job_category", "country")
}
USER = "u-dora"


def met(story: Story) -> None:
    """Dora leaves her address, then logs in; she is declared to be two people, and one again."""
    put_in_force(CONFIG.tables["book"])
    traits: dict[str, Json] = {"email": DORA, "firstName": "Dorothea", **LONG}
    identify: dict[str, Json] = {"type": "identify", "traits": traits}
    story.visit("left her address", {**track("c-7", "", 1), **identify})
    story.visit("logged in", {**track("c-8", "", 1), **identify, "userId": USER})
    for step, ruling in (("two people", Ruling.APART), ("one again", Ruling.NONE)):
        now = datetime.now(UTC)
        decree = decreed_event([(user(), address())], ruling, reason="a call", by="rita", now=now)
        open_stores(CONFIG).log.append([decree])
        story.engine.settle()
        story.mails_after[step] = len(story.mails)

    for n, address_ in enumerate(EVAS):
        name: Json = {
            "email": address_,
            "firstName": "Eva",
            "lastName": "Lindqvist",
            "city": "Halden",
        }
        story.visit(f"eva {n}", {**track(f"c-9{n}", "", 1), "type": "identify", "traits": name})


def put_in_force(book: str) -> None:
    """The rules that a new deployment has, as if somebody had applied them."""
    rules = parse({})
    DynamoConfig(book).put_identity_rules(rules.to_json(), now=datetime.now(UTC))


def user() -> Ref:
    return open_stores(CONFIG).pseudonyms.ref(Namespace.USER, USER)


def address() -> Ref:
    return open_stores(CONFIG).pseudonyms.ref(Namespace.EMAIL, DORA)
