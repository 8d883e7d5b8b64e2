"""Files of people from a screen: uploaded, looked through and imported by asking and looking."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from functions.sync.importing import Importing
from rapport.adapters.pool_files import S3PoolFiles
from rapport.domain.event import Json
from rapport.domain.operators import Grant, Role
from rapport.importing.ports import Stage
from rapport.pool_files import DO
from tests.support.desk_calls import D
from tests.support.fakes import CrashError
from tests.support.importing import COLUMNS, TOPIC, row, table
from tests.support.operating import BRAND, Office, document, status

ONE = f"{D}/uploads/{{upload}}"
WISH: dict[str, Json] = {
    "source": "fair",
    "columns": {"columns": dict(COLUMNS.columns), "region": "NO"},
    "claim": {
        "basis": "consent",
        "statement": f"{TOPIC}-1",
        "source": "stand at the fair",
        "evidence": "box 7",
    },
}


@pytest.fixture
def office() -> Office:
    made = Office()
    made.hire("marketer", Grant(role=Role.MARKETER, brand=BRAND))
    return made


def ask(office: Office, key: str, *, body: Json = None, code: int = 200, **path: Any) -> Any:
    answer = office.ask("marketer", key, body=body, path=path)
    assert status(answer) == code, document(answer)
    return document(answer)


def worked(office: Office, left: timedelta = timedelta(minutes=1)) -> None:
    """What `functions/sync` does with the messages that are there."""
    rooms: Any = office.rooms
    flow = Importing(
        imports=rooms.imports(),
        overdue=rooms.pool,
        files=rooms.pool_files,
        work=rooms.asked_of_sync,
        now=office.clock,
    )
    messages, rooms.asked_of_sync.queue[:] = [*rooms.asked_of_sync.queue], []
    for message in messages:
        assert message["do"] == DO
        flow.file(message, rooms.pool.clock() + left)


def test_a_file_is_looked_through_and_imported_by_the_queue(office: Office) -> None:
    content = table([row(n) for n in range(3)])
    upload = ask(office, f"POST {D}/uploads", body={"bytes": len(content)}, code=201)["upload"]
    assert ask(office, f"GET {ONE}", upload=upload)["state"] == "waiting"
    office.rooms.files.held[upload] = content
    asked = ask(office, f"POST {ONE}/look", body={"source": "fair"}, code=202, upload=upload)
    assert asked["state"] == "looking"
    worked(office)
    looked = ask(office, f"GET {ONE}", upload=upload)
    assert (looked["state"], looked["look"]["rows"]) == ("looked", 3)
    assert looked["look"]["columns"]["columns"]["Email"] == "email"
    assert not looked["look"]["confirmed"]
    started = ask(office, f"POST {ONE}/start", body=WISH, code=202, upload=upload)
    assert started["state"] == "starting"
    assert ask(office, f"GET {D}/imports")["items"] == []
    worked(office)
    told = ask(office, f"GET {ONE}", upload=upload)
    assert told["state"] == "started"
    assert upload not in office.rooms.files.held
    office.rooms.pool.finish(office.rooms.imports().get(told["import"]))
    done = ask(office, f"GET {D}/imports/{{import}}", **{"import": told["import"]})
    assert (done["stage"], done["rows"], done["by"]) == ("done", 3, "name of marketer")
    undone = ask(
        office, f"POST {D}/imports/{{import}}/undo", code=202, **{"import": done["import"]}
    )
    assert undone["stage"] == Stage.UNDOING.value


def test_a_file_that_is_refused_says_what_to_do(office: Office) -> None:
    upload = ask(office, f"POST {D}/uploads", body={"bytes": 5}, code=201)["upload"]
    for content, mend in ((b"", "holds no header"), (None, "again")):
        office.clock.forward(seconds=1)
        office.rooms.files.held.pop(upload, None)
        if content is not None:
            office.rooms.files.held[upload] = content
        ask(office, f"POST {ONE}/look", body={"source": "fair"}, code=202, upload=upload)
        worked(office)
        told = ask(office, f"GET {ONE}", upload=upload)
        assert (told["state"], mend in told["message"]) == ("refused", True)


def test_a_message_that_comes_twice_imports_once(office: Office) -> None:
    upload = ask(office, f"POST {D}/uploads", body={"bytes": 5}, code=201)["upload"]
    office.rooms.files.held[upload] = table([row(1)])
    ask(office, f"POST {ONE}/start", body=WISH, code=202, upload=upload)
    office.rooms.asked_of_sync.queue *= 2
    rooms = office.rooms
    first, again = (
        rooms.pool_files.do(upload, rooms.imports(), until=rooms.pool.clock()) for _ in range(2)
    )
    assert (first, again) == ("started", "started")
    assert len(rooms.imports().all()) == 1


def test_a_large_file_is_looked_through_by_many_messages_and_a_death_costs_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapport.imports.PAGE_ROWS", 4)
    rooms: Any = office.rooms
    rows = [row(n % 17, First_name=f"Ana{n % 19}") for n in range(40)]
    rows[5] = dict.fromkeys(rows[5], "") | {"Country": "Norway"}
    rows[21]["Phone"] = "no number"
    content = table(rows)
    whole = rooms.imports().look(rooms.pool.asked(content))
    upload = ask(office, f"POST {D}/uploads", body={"bytes": len(content)}, code=201)["upload"]
    rooms.files.held[upload] = content
    ask(office, f"POST {ONE}/look", body=WISH, code=202, upload=upload)
    page, calls, looked = rooms.pool.judge.page, 0, 0

    def dies_at_times(self: object, candidates: Any, by: Any) -> Any:
        nonlocal calls, looked
        calls += 1
        if calls % 4 == 0:
            raise CrashError
        looked += len(candidates)
        return page(candidates, by)

    monkeypatch.setattr(type(rooms.pool.judge), "page", dies_at_times)
    while queue := rooms.asked_of_sync.queue:
        with suppress(CrashError):
            # At no time left there is one page a call; who dies is delivered again.
            rooms.pool_files.do(queue[0]["id"], rooms.imports(), until=rooms.pool.clock())
            queue.pop(0)
    told = ask(office, f"GET {ONE}", upload=upload)
    assert told["state"] == "looked"
    assert told["look"] == msgspec.json.decode(msgspec.json.encode(whole.to_json()))
    assert told["look"]["refused"]
    assert (looked, calls > looked // 4) == (39, True)
    assert (upload, "glance") not in rooms.shelf.objects
    assert rooms.imports().all() == []


def test_a_glance_is_of_one_question(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapport.imports.PAGE_ROWS", 2)
    rooms: Any = office.rooms
    upload = ask(office, f"POST {D}/uploads", body={"bytes": 5}, code=201)["upload"]
    rooms.files.held[upload] = table([row(n) for n in range(6)])
    ask(office, f"POST {ONE}/look", body={"source": "fair"}, code=202, upload=upload)
    assert rooms.pool_files.do(upload, rooms.imports(), until=rooms.pool.clock()) == "looking"
    office.clock.forward(seconds=1)
    rooms.asked_of_sync.queue.clear()
    ask(office, f"POST {ONE}/look", body=WISH, code=202, upload=upload)
    while rooms.asked_of_sync.queue:
        worked(office, left=timedelta())
    look = ask(office, f"GET {ONE}", upload=upload)["look"]
    assert (look["rows"], look["counts"]["new"], look["counts"]["consents"]) == (6, 6, 6)


def test_an_address_is_signed_for_one_name_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    office = Office()
    files = S3PoolFiles("the-bucket", now=office.clock)
    one, other = (urlsplit(files.address("u_1", size).url) for size in (10, 11))
    told = parse_qs(one.query)
    assert one.path.endswith("/pool-files/u_1")
    assert told["X-Amz-Expires"] == ["900"]
    assert {"content-length", "content-type", "host"} <= {
        *told["X-Amz-SignedHeaders"][0].split(";")
    }
    assert told["X-Amz-Signature"] != parse_qs(other.query)["X-Amz-Signature"]
