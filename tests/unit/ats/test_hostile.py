"""What no vendor should send, and some day one does: replays, floods, halves, and bad luck."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest

from functions.ats.flow import Delivery
from rapport import ats_closing, intake
from rapport.adapters.ats.huntflow import ADAPTER as HUNTFLOW
from rapport.ats import Connection
from rapport.ats_rows import Closing, Known, KnownApplication, led_to
from rapport.domain import names
from rapport.domain.address import ats_scope
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, Contact, Kind
from rapport.domain.event import Event, Json, millis
from rapport.domain.identifiers import Namespace, Ref
from rapport.events import TaskClosed
from rapport.tasks import ERASURE
from tests.support.ats.desk import NOW, AtsDesk, ana, of_ana, told
from tests.support.ats.door import Hall
from tests.support.ats.huntflow import APPLICANT, OURS, second
from tests.support.ats.rows import FakeAtsRows
from tests.support.ats.signing import connection as signed_connection
from tests.support.ats.signing import deliver
from tests.support.fakes import Calls, CrashError, FakePseudonyms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPLIED = NOW - 5 * DAY
C1 = FakePseudonyms().ref(Namespace.ATS, "greenhouse:halden:c1")
MAIL = FakePseudonyms().ref(Namespace.EMAIL, "ana@inbox.example")
NO = of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana(can_email=False))


def scopes(desk: AtsDesk, address: Ref = MAIL) -> set[str]:
    return {*desk.book.address(address).suppressions}


def marked(*, can_email: bool, private: bool) -> AtsCandidate:
    return replace(ana(), can_email=can_email, private=private)


@pytest.mark.parametrize("at", [None, NOW + 400 * DAY], ids=["without a time", "in the future"])
def test_a_yes_of_nobody_knows_when_opens_nothing_however_late_it_comes_again(
    at: datetime | None,
) -> None:
    captured = told(Kind.APPLICATION_DELETED, at, who=marked(can_email=True, private=False))
    desk = AtsDesk()
    desk.tell(captured)
    desk.tell(replace(NO, candidate=marked(can_email=False, private=True)))
    desk.clock.forward(days=365)
    desk.tell(captured)
    assert scopes(desk) == {ats_scope(C1)}
    [record] = desk.profile().recruiting.records.values()
    assert (record.can_email, record.is_private) == (False, True)


def gone(who: str = "c1", at: datetime | None = None) -> AtsEvent:
    return of_ana(Kind.CANDIDATE_DELETED, at, who=AtsCandidate(id=who))


def merged(into: str = "c2") -> AtsEvent:
    return of_ana(Kind.CANDIDATE_MERGED, None, who=AtsCandidate(id="c1", merged_into=into))


def through(hall: Hall, desk: AtsDesk, payload: Json, connection: Connection) -> str:
    sent = deliver(connection, payload, NOW)
    delivery = Delivery(connection=connection.name, headers=sent.headers, body=sent.body)
    return replace(hall.door, intake=desk.intake).receive(delivery).code


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (
            {
                "action": "candidate_stage_change",
                "payload": {
                    "application": {
                        "id": 7,
                        "last_activity_at": "2026-11-20T10:00:00Z",
                        "current_stage": {"id": 3, "name": "Interview"},
                    }
                },
            },
            "applications",
        ),
        ({"action": "delete_candidate", "payload": {"person": {"id": 5}}}, "candidates"),
        (
            {
                "action": "update_candidate",
                "payload": {"candidate": {"id": 5, "created_at": "2026-11-20T10:00:00Z"}},
            },
            "candidates",
        ),
    ],
    ids=["a stub", "a deletion", "no time of its own"],
)
def test_what_could_not_be_queued_is_asked_for_when_the_vendor_delivers_again(
    payload: Json, wanted: str
) -> None:
    connection = replace(signed_connection("greenhouse"), api={"key": "k"})
    hall, desk = Hall(), AtsDesk()
    hall.knows(connection)
    hall.refetches.down = True
    assert through(hall, desk, payload, connection) == "unavailable"
    hall.refetches.down = False
    assert through(hall, desk, payload, connection) == "taken"
    assert [each.kind for each in hall.refetches.asked] == [wanted]


def test_a_merge_that_is_told_after_its_deletion_takes_the_request_back() -> None:
    desk = AtsDesk()
    desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=ana()), gone())
    [asked] = desk.events(names.ERASURE_REQUESTED)
    [task] = desk.tasks.all()
    assert asked.body["properties"] == {
        "by": "ats-halden",
        "because": "deleted",
        "not_before": millis(NOW + 4 * DAY),
    }
    assert task.due == NOW + 30 * DAY
    desk.clock.forward(days=1)
    desk.tell(merged(), gone())
    assert desk.tasks.all() == []
    [closed] = desk.events(TaskClosed.event)
    assert closed.body["properties"] == {"kind": ERASURE, "send_id": "", "by": "ats-halden"}
    assert not scopes(desk)


def test_of_two_joined_at_huntflow_nobody_is_to_be_forgotten_in_whatever_order_it_is_told() -> None:
    removed, double = second("REMOVED"), second("DOUBLE", source=41)
    event = double["event"]
    assert isinstance(event, dict)
    event["applicant"] = {**APPLICANT, "id": 50}
    for bodies in ((removed, double), (double, removed), (removed, double, removed)):
        desk = AtsDesk()
        for body in bodies:
            desk.tell(*HUNTFLOW.normalise(body, {}, OURS), connection=OURS)
        assert desk.tasks.all() == []


def test_a_merge_that_is_told_while_the_deletion_is_written_leaves_no_task() -> None:
    desk = AtsDesk()
    desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=ana()))

    def meanwhile() -> None:
        desk.tell(merged())

    desk.rows.before_settle = meanwhile
    desk.tell(gone())
    assert (desk.tasks.all(), desk.events(names.ERASURE_REQUESTED)) == ([], [])


def test_a_merge_whose_worker_dies_after_any_call_leaves_no_task_when_it_comes_again() -> None:
    def deleted(calls: Calls) -> AtsDesk:
        desk = AtsDesk(calls=calls)
        desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=ana()), gone())
        return desk

    whole = deleted(Calls())
    before = len(whole.calls.names)
    whole.tell(merged())
    for after in range(before, len(whole.calls.names)):
        desk = deleted(calls := Calls())
        calls.fail_after = after
        with pytest.raises(CrashError):
            desk.tell(merged())
        calls.fail_after = None
        desk.tell(merged())
        assert (desk.tasks.rows, desk.log.rows) == ({}, whole.log.rows)


def test_an_anonymised_candidate_is_to_be_forgotten_though_they_were_merged() -> None:
    desk = AtsDesk()
    desk.tell(of_ana(Kind.CANDIDATE_ANONYMIZED, NOW, who=AtsCandidate(id="c1")), merged())
    assert len(desk.tasks.all()) == 1


class Scales(FakeAtsRows):
    """Rows that note how large the transactions are."""

    largest = 0

    def settle(
        self, rows: Sequence[Known], events: Sequence[Event], closings: Sequence[Closing]
    ) -> None:
        self.largest = max(self.largest, len(rows) + len(events) + len(closings))
        super().settle(rows, events, closings)


def weighed() -> tuple[AtsDesk, Scales]:
    desk = AtsDesk()
    scales = Scales(desk.book, desk.calls)
    desk.rows = scales
    desk.intake = replace(desk.intake, rows=scales)
    return desk, scales


def addresses(number: int) -> tuple[Contact, ...]:
    return tuple(Contact(value=f"a{number}b{each}@inbox.example") for each in range(16))


def test_a_yes_after_a_no_at_hundreds_of_addresses_opens_them_bit_by_bit() -> None:
    desk, scales = weighed()
    for number in range(30):
        who = replace(ana(can_email=False), emails=addresses(number))
        desk.tell(of_ana(Kind.CANDIDATE_UPDATED, APPLIED + number * HOUR, who=who))
    closed = {ref for ref, state in desk.book.addresses.items() if state.suppressions}
    assert len(closed) == 480
    said = 0
    while left := {ref for ref in closed if scopes(desk, ref)}:
        at, said = NOW - DAY + said * HOUR, said + 1
        desk.tell(of_ana(Kind.CANDIDATE_UPDATED, at, who=ana(can_email=True)))
        assert len(left) - len({ref for ref in left if scopes(desk, ref)}) == 32
    print(f"rows of the largest transaction: {scales.largest}")
    assert scales.largest <= 100


def test_the_no_of_one_of_many_that_are_one_closes_their_own_addresses_whatever_their_number() -> (
    None
):
    desk, scales = weighed()
    people = [replace(ana(), id=f"m{each}", emails=addresses(each)) for each in range(33)]
    for who in people:
        desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=who))
    for who in people[1:]:
        into = replace(who, merged_into="m0")
        desk.tell(of_ana(Kind.CANDIDATE_MERGED, APPLIED, who=into))
    for who in people:
        desk.tell(of_ana(Kind.CANDIDATE_UPDATED, NOW, who=replace(who, can_email=False)))
    assert all(
        scopes(desk, desk.refs.ref(Namespace.EMAIL, each.value))
        for who in people
        for each in who.emails
    )
    assert scales.largest <= 100


def test_a_body_of_any_size_fits_the_log_with_the_no_that_stands_in_it() -> None:
    """What does not fit a row is kept and answered with success; a no must not wait in there."""
    slugs = tuple(f"field_{number}" for number in range(40))
    connection = replace(signed_connection("greenhouse"), custom_fields=slugs)
    noise = [f"{number:x}" for number in Random(6).sample(range(16**9), 20_000)]
    candidate: dict[str, Json] = {
        "id": 5,
        "updated_at": "2026-11-20T10:00:00Z",
        "can_email": False,
        "first_name": "".join(noise),
        "email_addresses": [{"value": f"{each}@inbox.example"} for each in noise],
        "phone_numbers": [{"value": each * 200} for each in noise[:100]],
        "website_addresses": [{"value": f"https://{each}.example"} for each in noise],
        "tags": [*noise],
        "custom_fields": {slug: {"value": [*noise]} for slug in slugs[:4]},
    }
    body: Json = {"action": "update_candidate", "payload": {"candidate": candidate}}
    hall, desk = Hall(), AtsDesk()
    hall.knows(connection)
    assert through(hall, desk, body, connection) == "taken"
    [row] = desk.events()
    size = len(msgspec.json.encode(row.body))
    print(f"bytes of the log's body from a delivery of {len(json.dumps(body))}: {size}")
    assert size < 200_000
    assert len([state for state in desk.book.addresses.values() if state.suppressions]) == 16


def test_a_candidate_who_goes_with_thousands_of_applications_costs_a_bounded_number_of_writes() -> (
    None
):
    desk, scales = weighed()
    many = tuple(f"a{number}" for number in range(5000))
    desk.tell(replace(gone(), application=AtsApplication(deleted=many)))
    settled = desk.calls.names.count("ats.settle")
    print(f"transactions of a deletion with {len(many)} applications: {settled}")
    assert settled <= 101
    assert scales.largest <= 6
    assert desk.tasks.all()


def test_an_application_that_is_told_of_for_ever_stays_small_and_cheap() -> None:
    desk = AtsDesk()
    weights = []
    for number in range(200):
        at = APPLIED - 30 * DAY + number * HOUR
        desk.tell(told(Kind.APPLICATION_STAGE_CHANGED, at, stage=f"stage-{number % 7}", who=ana()))
        [row] = [row for row in desk.rows.rows.values() if isinstance(row, KnownApplication)]
        weights.append(len(zlib.compress(msgspec.json.encode(row))))
    units = [2 * -(-weight // 1024) for weight in (weights[0], max(weights))]
    print(f"write units of an application's row: first {units[0]}, after 200 moves {units[1]}")
    assert units == [2, 4]


def test_addresses_that_fit_no_transaction_are_closed_ahead_and_whoever_dies_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ats_closing, "ROOM", 6)
    monkeypatch.setattr(intake, "ROOM", 6)
    no = of_ana(
        Kind.CANDIDATE_UPDATED, APPLIED, who=replace(ana(can_email=False), emails=addresses(0))
    )
    whole, scales = weighed()
    whole.tell(no)
    assert scales.largest <= 6
    assert all(state.suppressions for state in whole.book.addresses.values())
    for after in range(len(whole.calls.names)):
        desk = AtsDesk(calls=Calls(fail_after=after))
        with pytest.raises(CrashError):
            desk.tell(no)
        desk.calls.fail_after = None
        desk.tell(no)
        assert (desk.log.rows, desk.rows.rows) == (whole.log.rows, whole.rows.rows)
        assert {ref: state.suppressions for ref, state in desk.book.addresses.items()} == {
            ref: state.suppressions for ref, state in whole.book.addresses.items()
        }


@pytest.mark.parametrize("kind", [Kind.CANDIDATE_UPDATED, Kind.APPLICATION_CREATED])
def test_nothing_but_a_merge_makes_two_candidates_one(kind: Kind) -> None:
    desk = AtsDesk()
    desk.tell(told(kind, APPLIED, who=replace(ana(), merged_into="c2")))
    [event] = desk.events()
    ids: list[Json] = [{"type": "ats:greenhouse:halden", "id": "c1"}]
    assert event.body["context"] == {"externalIds": ids}
    assert led_to(desk.rows, C1) == C1


def test_hundreds_that_became_one_and_say_no_fit_a_transaction() -> None:
    desk, scales = weighed()
    people = [replace(ana(can_email=False), id=f"m{each:03}", emails=()) for each in range(150)]
    for number, who in enumerate(people):
        desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=who))
        # Each tenth takes in the nine after it, and the first takes in all of those.
        into = people[number - number % 10] if number % 10 else people[0]
        if into is not who:
            ended = replace(who, merged_into=into.id)
            desk.tell(of_ana(Kind.CANDIDATE_MERGED, APPLIED, who=ended))
    for number in range(3):
        shown = replace(people[0], can_email=None, emails=addresses(number))
        desk.tell(of_ana(Kind.CANDIDATE_UPDATED, APPLIED + number * HOUR, who=shown))
    assert scales.largest <= 100
    first = desk.refs.ref(Namespace.EMAIL, "a0b0@inbox.example")
    assert len(scopes(desk, first)) > 1
