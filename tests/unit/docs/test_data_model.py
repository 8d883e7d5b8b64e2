"""docs/data-model.md says what the code does: every method, key and model, and no other."""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from rapport.adapters import dynamo
from rapport.adapters.dynamo import keys, models
from rapport.adapters.dynamo.cluster_rows import pack
from rapport.adapters.dynamo.packing import unpacked
from rapport.domain.cluster import State
from rapport.domain.consents import Word
from rapport.domain.event import Event, Origin, Trust, millis
from rapport.domain.finder import shard_of
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.jobs import Application, Job
from rapport.domain.node import Edge, Node, Witness
from rapport.domain.observation import Decree, Ruling
from rapport.domain.record import AtsRecord
from rapport.domain.recruiting import Recruiting
from rapport.domain.statements import Register
from rapport.domain.tally import Tally, tally_to_json
from rapport.domain.touch import Touch
from rapport.identity import Cluster

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "data-model.md").read_text(encoding="utf-8")
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
JOB = Job(id="4105", title="Nurse", category="nursing", location="", url="", opened_at=AT)
EVENT = Event(
    partition=Ref("anon#c"),
    home=Ref("email#e"),
    type="page",
    source="site",
    message_id="m-1",
    trust=Trust.ASSERTED,
    origin=Origin.LIVE,
    original_at=AT,
    sent_at=None,
    received_at=AT,
    at=AT,
    body={},
)
# What the key functions are called with, by the names of their parameters.
ARGUMENTS: dict[str, object] = {
    "address": Ref("email#a"),
    "campaign": "spring",
    "run": "r-1",
    "at": AT,
    "claimed_at": AT,
    "cluster": "abc",
    "day": "2026-11-23",
    "connection": "main",
    "digest": "abcdef",
    "domain": "jobs.example",
    "erasure": "e_1",
    "event_id": "c_1",
    "home": Ref("email#h"),
    "hour": "2026-11-23T09",
    "answer": "a-1",
    "import_id": "abcdef",
    "until": date(2026, 11, 23),
    "page": 7,
    "intent": "i-1",
    "job": JOB,
    "job_ref": "4105",
    "key": "wk_site",
    "kid": "k1",
    "month": "2026-11",
    "named": "nurses",
    "occasion": "open-day",
    "ticket": 7,
    "occurrence": "application:4105",
    "name": "pull",
    "network": "abcdef",
    "node": Ref("email#n"),
    "other": Ref("email#z"),
    "pair": (Ref("email#a"), Ref("email#b")),
    "partition": Ref("anon#c"),
    "pattern": "candidates_*.csv",
    "person": PersonId("p_x"),
    "place": "2026-11-23",
    "position": "01#a-1",
    "program": "application-reminder",
    "ref": Ref("email#e"),
    "ring": "pepper",
    "root": Ref("email#r"),
    "scope": "network.abc",
    "score": 93,
    "send_key": "ab" * 32,
    "source": "site",
    "subject": Ref("email#e"),
    "task": "t_reply_1",
    "token": "t-1",
    "version": 2,
}
# What the page's placeholders then stand for.
PLACEHOLDERS = {name: str(value) for name, value in ARGUMENTS.items()} | {
    "import": "abcdef",
    "campaign": "spring",
    "run": "r-1",
    "page": "000007",
    "100 less score": "007",
    "category": "nursing",
    "event id": "c_1",
    "hash of job": sha256(b"4105").hexdigest()[:32],
    "hash of pattern": sha256(b"candidates_*.csv").hexdigest()[:32],
    "hash of token": sha256(b"main t-1").hexdigest()[:32],
    "hash of key": sha256(b"wk_site").hexdigest()[:32],
    "hour": "2026-11-23T09",
    "claimed at": f"{millis(AT):014d}",
    "job id": "4105",
    "list": "nurses",
    "message id": "m-1",
    "operator": "email#e",
    "pair": "email#a#email#b",
    "opened at": f"{millis(AT):014d}",
    "received at": f"{millis(AT):014d}",
    "shard": "2",
    "shard of person": f"{shard_of(PersonId('p_x')):02x}",
    "source": "site",
    "ticket": "00000007",
    "version": "000002",
}


def _table(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# How calls reach DynamoDB; what is asked of it is asked by the others.
TRANSPORT = ("calls", "direct")
KEY_ROWS = {_named(row[0])[0]: row for row in _table("Keys")}


def _key_functions() -> set[str]:
    found = inspect.getmembers(keys, inspect.isfunction)
    return {name for name, function in found if function.__module__ == keys.__name__}


def _methods() -> Iterator[str]:
    for module in pkgutil.iter_modules(dynamo.__path__):
        if module.name in TRANSPORT:
            continue
        loaded = importlib.import_module(f"{dynamo.__name__}.{module.name}")
        for name, cls in inspect.getmembers(loaded, inspect.isclass):
            own = cls.__module__ == loaded.__name__ and not name.startswith("_")
            if own and not issubclass(cls, models.Row):
                for method, function in vars(cls).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{name}.{method}"


def _entities() -> set[str]:
    found = inspect.getmembers(models, inspect.isclass)
    tables = set(models.TABLES.values())
    return {n for n, c in found if issubclass(c, models.Row) and c not in {models.Row, *tables}}


def test_every_store_method_has_its_row_and_every_row_its_method() -> None:
    rows = [_named(row[1])[0] for row in _table("Access patterns")]
    assert sorted(rows) == sorted(_methods())


def test_every_key_function_has_its_row_and_every_row_its_function() -> None:
    assert set(KEY_ROWS) == _key_functions() | {"Event.key"}


def test_every_key_is_used_by_an_access_pattern_and_none_is_made_up() -> None:
    used = {name for row in _table("Access patterns") for name in _named(row[2])}
    assert used - {"pepper"} == set(KEY_ROWS)


def test_every_stored_entity_is_named_with_its_table() -> None:
    assert {_named(row[4])[0] for row in KEY_ROWS.values()} == _entities()
    for row in KEY_ROWS.values():
        model = getattr(models, _named(row[4])[0])
        assert issubclass(model, models.TABLES[_named(row[1])[0]]), row


@pytest.mark.parametrize("name", sorted(KEY_ROWS))
def test_a_key_looks_as_the_page_says(name: str) -> None:
    if name == "Event.key":
        made = EVENT.key
    else:
        function = getattr(keys, name)
        made = function(**{p: ARGUMENTS[p] for p in inspect.signature(function).parameters})
    told = [
        re.sub(r"<([^>]+)>", lambda found: PLACEHOLDERS[found[1]], _named(cell)[0])
        for cell in KEY_ROWS[name][2:4]
    ]
    assert [made.pk, made.sk] == told


def test_what_a_month_holds_is_told_by_the_letters_that_it_is_stored_under() -> None:
    application = Application(started=AT)
    register = Register(trust=Trust.ASSERTED, at=AT, message_id="m-1", value="Ana")
    full = Tally(
        registers={"first_name": register},
        interests={"nursing": 1},
        interests_overflow=True,
        applications={"4105": application},
        applications_overflow=True,
        touches=(Touch(at=AT, message_id="m-1", source="newsletter"),),
        consents={"talent-network": Word(at=AT, withdrawn=False)},
        recruiting=Recruiting(records={"c" * 22: AtsRecord(connection="greenhouse")}),
        shown=AT,
    )
    assert _letters("A `MonthRow` holds") == set(tally_to_json(full))


def test_what_a_cluster_holds_is_told_by_the_letters_that_it_is_stored_under() -> None:
    ana, bea, cleo = (Ref(f"email#{name}") for name in "abc")
    shown = Witness(1, "anon#c", "2026-11-23T09#site#m-1")
    full = State(
        nodes={
            ana: Node(
                first_seen=1,
                verified=True,
                names=frozenset({"Ana"}),
                claimed=frozenset({"Anna"}),
                parted=frozenset({cleo}),
                lost=frozenset({cleo}),
            ),
            bea: Node(first_seen=2, tags=frozenset({"role:jobs"}), closed=True, fenced=True),
            cleo: Node(first_seen=2, hub=True, crowd=True),
        },
        edges={(ana, bea): Edge(first=shown, alias=True)},
        decrees={(ana,): Decree(nodes=(ana,), ruling=Ruling.BLOCKED, at=AT, id="d")},
    )
    packed = pack(Cluster(id="c", version=1, state=full, groups=((ana,), (bea,)), roots=(ana, bea)))
    assert _letters("Observed are") == set(json.loads(unpacked(packed)))


def _letters(after: str) -> set[str]:
    told = PAGE.split(after, 1)[1].split("\n\n", 1)[0]
    return {word for word in _named(told) if len(word) == 1}
