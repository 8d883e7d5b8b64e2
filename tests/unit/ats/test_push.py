"""Candidates into an ATS: at most once, by the published contracts, and without an echo."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from rapport.ats import Connection
from rapport.domain import names
from rapport.domain.address import SCOPE_ALL, Suppression
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Contact,
    Kind,
    Stage,
)
from rapport.domain.event import Origin
from rapport.pushes import OWNERS, PushState
from tests.support.ats.pushing import (
    EMAIL,
    Answering,
    PushDesk,
    ashby,
    connection,
    greenhouse,
    lever,
    serving,
)
from tests.support.fakes import CrashError

VENDORS: dict[str, tuple[Answering, str]] = {
    "greenhouse": (greenhouse, "127817"),
    "lever": (lever, "job-1"),
    "ashby": (ashby, "job-1"),
    "standard": (lambda path, said: (202, {}), "job-1"),
}


def push(
    desk: PushDesk, there: Connection, job: str = "job-1", note: str = "Met at a fair"
) -> PushState:
    return desk.pusher.push_prospect(there, desk.person, job, source="Career site", note=note).state


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_candidate_is_put_into_an_ats_once_however_often_it_is_asked(vendor: str) -> None:
    answer, job = VENDORS[vendor]
    desk = PushDesk()
    with serving(answer) as server:
        there = connection(vendor, server.url)
        states = [push(desk, there, job) for _ in range(3)]
        calls = len(server.asked)
        # The same person, known by another identifier first, after they were merged.
        desk.person = replace(desk.person, root=desk.phone, members=(desk.phone,))
        assert push(desk, there, job) is PushState.DONE
    assert states == [PushState.DONE] * 3
    assert len(server.asked) == calls
    print(f"{vendor}: asked 4 times, {calls} calls, twice 0")
    (event,) = desk.desk.events(names.PROSPECT_PUSHED)
    assert EMAIL not in json.dumps(event.body)


def test_greenhouse_is_told_as_its_ingestion_api_wants_it() -> None:
    desk = PushDesk()
    with serving(greenhouse) as server:
        push(desk, connection("greenhouse", server.url), "127817")
    ((path, headers, raw),) = server.asked
    said = json.loads(raw)
    assert path == "/v1/partner/candidates"
    assert headers["On-Behalf-Of"] == "team@works.example"
    assert headers["Authorization"] == "Basic azo="
    assert said.pop("external_id")
    assert said == {
        "prospect": True,
        "first_name": "Ana",
        "last_name": "Berg",
        "emails": [{"email": EMAIL, "type": "personal"}],
        "phone_numbers": [{"phone_number": "+4722334455", "type": "other"}],
        "social_media": [{"url": "https://www.linkedin.com/in/ana-berg"}],
        "job_id": 127817,
        "notes": "Met at a fair",
    }


def test_what_the_employer_does_not_choose_is_not_told() -> None:
    desk = PushDesk()
    with serving(lever) as server:
        push(desk, connection("lever", server.url, push_fields="name,email"))
    assert [json.loads(raw) for _, _, raw in server.asked] == [
        {"name": "Ana Berg", "emails": [EMAIL], "origin": "sourced", "postings": ["job-1"]}
    ]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_dry_run_shows_the_very_requests_and_makes_none(vendor: str) -> None:
    answer, job = VENDORS[vendor]
    desk = PushDesk()
    with serving(answer) as server:
        there = connection(vendor, server.url)
        shown = desk.pusher.push_prospect(
            there, desk.person, job, source="Career site", note="Hi", dry_run=True
        ).shown
        assert not server.asked
        assert not desk.pushes.rows
        push(desk, there, job, note="Hi")
    assert len(shown) == len(server.asked)
    if vendor != "standard":
        assert json.loads(shown[0].body) == json.loads(server.asked[0][2])
    told = json.dumps([dict(each.headers) for each in shown])
    assert "azo=" not in told
    assert "v1," not in told


def _lapse(desk: PushDesk) -> None:
    desk.agree(days=1)
    desk.desk.clock.forward(days=2)


def _suppress(desk: PushDesk) -> None:
    state = desk.desk.book.address(desk.address)
    no = Suppression(reason="complaint", at=desk.desk.clock(), event_id="e")
    desk.desk.book.addresses[desk.address] = replace(state, suppressions={SCOPE_ALL: no})


def _nameless(desk: PushDesk) -> None:
    kept = {n: r for n, r in desk.person.attributes.items() if n != "last_name"}
    desk.person = replace(desk.person, attributes=kept)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda desk: desk.agree("job-alerts"), "consent"),
        (_lapse, "consent"),
        (_suppress, "suppressed"),
        (_nameless, "no_name"),
    ],
)
def test_nobody_is_put_into_an_ats_against_their_word(
    change: Callable[[PushDesk], None], code: str
) -> None:
    desk = PushDesk()
    change(desk)
    with serving(lever) as server:
        there = connection("lever", server.url)
        found = desk.pusher.push_prospect(there, desk.person, "job-1")
        assert (found.state, found.code) == (PushState.WITHHELD, code)
        desk.agree()
        closed = connection("lever", server.url, push="")
        assert desk.pusher.push_prospect(closed, desk.person, "job-1").state is PushState.WITHHELD
    assert not server.asked


def test_a_call_whose_answer_was_lost_is_never_made_again_by_itself() -> None:
    desk = PushDesk()
    with serving(greenhouse) as server:
        server.torn = 1
        there = connection("greenhouse", server.url)
        assert [push(desk, there) for _ in range(3)] == [PushState.UNKNOWN] * 3
        assert len(server.asked) == 1
        stored = next(iter(desk.pushes.rows.values()))
        assert desk.pusher.settle(there, stored, made=False).state is PushState.REFUSED
        assert push(desk, there) is PushState.DONE
    assert len(desk.desk.events(names.PROSPECT_PUSHED)) == 3


def test_what_was_refused_may_be_asked_again_and_what_is_done_of_it_is_not_done_twice() -> None:
    desk = PushDesk()
    with serving(ashby) as server:
        there = connection("ashby", server.url)
        assert push(desk, there, "job-closed") is PushState.STEPPED
        assert push(desk, there, "job-closed") is PushState.STEPPED
    paths = [path for path, _, _ in server.asked]
    assert paths == ["/candidate.create", "/application.create", "/application.create"]
    with serving(lambda path, said: (429, {})) as server:
        assert push(desk, connection("lever", server.url)) is PushState.REFUSED
        server.answer = lever
        assert push(desk, connection("lever", server.url)) is PushState.DONE


@pytest.mark.parametrize("vendor", ["greenhouse", "ashby", "lever"])
def test_a_worker_killed_after_any_call_pushes_nobody_twice(vendor: str) -> None:
    answer, job = VENDORS[vendor]
    twice = killed = stuck = 0
    for at in range(9):
        desk = PushDesk()
        with serving(answer) as server:
            there = connection(vendor, server.url)
            desk.calls.names.clear()
            desk.calls.fail_after = at
            try:
                push(desk, there, job)
            except CrashError:
                killed += 1
            desk.calls.fail_after = None
            desk.desk.clock.forward(minutes=3)
            last = [push(desk, there, job) for _ in range(3)][-1]
        paths = [path.partition("?")[0] for path, _, _ in server.asked]
        twice += len(paths) - len({*paths})
        stuck += last is PushState.UNKNOWN
        assert last in {PushState.DONE, PushState.UNKNOWN}
    print(f"{vendor}: killed {killed} times, for a person to settle {stuck}, pushed twice {twice}")
    assert twice == 0
    assert killed > 3


def _echo(kind: Kind, **said: object) -> AtsEvent:
    event = AtsEvent(
        kind=kind,
        vendor_event="echo",
        candidate=AtsCandidate(id="17681532", emails=(Contact(value=EMAIL),)),
        application=AtsApplication(id="59724"),
        jobs=(AtsJob(id="127817"),),
        present=frozenset({"/candidate/emails", "/jobs"}),
    )
    return replace(event, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("known", ["before the answer", "by the id alone"])
def test_the_echo_of_a_push_starts_nothing(known: str) -> None:
    desk = PushDesk()
    with serving(greenhouse) as server:
        there = connection("greenhouse", server.url)
        if known == "before the answer":
            server.torn = 1
        push(desk, there, "127817")
    echo = _echo(Kind.APPLICATION_CREATED)
    if known == "by the id alone":
        echo = replace(echo, candidate=AtsCandidate(id="17681532"))
    desk.intake.take(there, [echo], origin=Origin.LIVE)
    desk.intake.take(
        there, [replace(echo, kind=Kind.CANDIDATE_CREATED, application=None)], origin=Origin.LIVE
    )
    told = [e for e in desk.desk.events() if e.type != names.PROSPECT_PUSHED]
    looped = [e for e in told if e.origin is Origin.LIVE]
    print(f"echoes {len(told)}, looped {len(looped)}")
    assert told
    assert not looped


def test_what_the_candidate_does_themselves_is_no_echo() -> None:
    desk = PushDesk()
    with serving(greenhouse) as server:
        there = connection("greenhouse", server.url)
        push(desk, there, "127817")
    other = _echo(
        Kind.APPLICATION_CREATED, jobs=(AtsJob(id="9"),), application=AtsApplication(id="60000")
    )
    moved = _echo(
        Kind.APPLICATION_STAGE_CHANGED,
        stage=Stage(id="s2"),
        clock=desk.desk.clock(),
        present=frozenset({"/stage"}),
    )
    desk.intake.take(there, [_echo(Kind.APPLICATION_CREATED), other, moved], origin=Origin.LIVE)
    live = {e.type for e in desk.desk.events() if e.origin is Origin.LIVE}
    assert {names.APPLICATION_RECEIVED, names.APPLICATION_STAGE_CHANGED} <= live


def test_what_is_pushed_is_owned_by_the_ats_from_then_on() -> None:
    assert all(owner == "ATS" for owner, pushed in OWNERS.values() if pushed)
