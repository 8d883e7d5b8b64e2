"""What the intake makes of what an ATS tells: news once, stubs, withdrawals, merges, deletions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.ats import Refetch
from rapport.ats_rows import KnownApplication, led_to
from rapport.domain import names
from rapport.domain.address import ats_scope
from rapport.domain.ats import AtsApplication, AtsEvent, Kind, Speaks, Status
from rapport.domain.event import Event, Json, Origin
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.rules import Rules
from rapport.errors import RetryableError
from rapport.extraction import observe
from rapport.replay import Replay
from rapport.tasks import ERASURE
from tests.support.ats.desk import HALDEN, NOW, AtsDesk, ana, of_ana, told
from tests.support.fakes import Calls, CrashError, FakePseudonyms

DAY = timedelta(days=1)
APPLIED = NOW - 5 * DAY
C1, C2 = (FakePseudonyms().ref(Namespace.ATS, f"greenhouse:halden:c{n}") for n in (1, 2))
A1 = FakePseudonyms().ref(Namespace.ATS, "greenhouse:halden:application/a1")
MAIL = FakePseudonyms().ref(Namespace.EMAIL, "ana@inbox.example")
CREATED = told(Kind.APPLICATION_CREATED, APPLIED, stage="s1", who=ana(), status=Status.ACTIVE)
INTERVIEW = told(Kind.APPLICATION_STAGE_CHANGED, APPLIED + DAY, stage="s2", who=ana())
THIN = told(Kind.APPLICATION_STAGE_CHANGED, APPLIED + DAY, stage="s2")
NO = of_ana(Kind.CANDIDATE_UPDATED, APPLIED + DAY, who=ana(can_email=False))
WITH_API = replace(HALDEN, api={"key": "k"})


def says(event: Event) -> dict[str, Json]:
    found = event.body["properties"]
    assert isinstance(found, dict)
    return found


def kinds(desk: AtsDesk) -> list[str]:
    return sorted(event.type for event in desk.events())


def scopes(desk: AtsDesk, address: Ref = MAIL) -> set[str]:
    return {*desk.book.address(address).suppressions}


def persons(desk: AtsDesk) -> list[tuple[Ref, ...]]:
    """Who is one person by what the log says."""
    replay = Replay()
    for event in desk.events():
        replay.add(observe(event, desk.refs))
    return [*replay.persons(Rules(), lambda one, other: one == other).groups.values()]


def test_an_application_and_its_move_are_told_with_who_it_is_and_where_it_went() -> None:
    desk = AtsDesk()
    taken = desk.tell(CREATED, INTERVIEW)
    [received], [moved] = (
        desk.events(names.APPLICATION_RECEIVED),
        desk.events(names.APPLICATION_STAGE_CHANGED),
    )
    assert (taken.news, taken.repeated, taken.candidates) == (2, 0, (C1,))
    assert (received.partition, received.home, received.source) == (C1, C1, "ats-halden")
    assert received.body["traits"] == {
        "first_name": "Ana",
        "last_name": "Berg",
        "emails": ["ana@inbox.example"],
    }
    assert received.body["context"] == {
        "externalIds": [{"type": "ats:greenhouse:halden", "id": "c1"}]
    }
    assert says(moved)["stage"] == "interview"
    assert says(moved)["from_id"] == "s1"
    assert says(moved)["from_source"] == "derived"
    assert says(moved)["speaks"] == Speaks.RAPPORT
    assert moved.original_at == moved.at == APPLIED + DAY


def test_the_same_delivery_a_year_later_changes_nothing() -> None:
    desk = AtsDesk()
    desk.tell(CREATED, INTERVIEW)
    rows, kept = dict(desk.rows.rows), dict(desk.log.rows)
    desk.clock.forward(days=365)
    assert desk.tell(INTERVIEW, CREATED).news == 0
    assert (desk.rows.rows, desk.log.rows) == (rows, kept)


def test_a_move_that_a_page_showed_first_is_told_once() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)
    page = told(Kind.APPLICATION_UPDATED, APPLIED + 2 * DAY, stage="s2", who=ana())
    assert dict(desk.tell(page, pulled=True).drift) == {"application.stage_changed": 1}
    desk.tell(INTERVIEW)
    assert len(desk.events(names.APPLICATION_STAGE_CHANGED)) == 1
    [candidacy] = desk.profile().recruiting.candidacies.values()
    assert candidacy.stage is not None
    assert candidacy.stage.at == int((APPLIED + DAY).timestamp() * 1000)


def test_a_page_that_shows_what_is_known_writes_nothing() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)
    page = told(Kind.APPLICATION_UPDATED, APPLIED + DAY, stage="s1", who=ana())
    desk.tell(page, pulled=True)
    before = len(desk.log.rows)
    later = replace(page, clock=APPLIED + 2 * DAY)
    assert desk.tell(later, pulled=True).news == 0
    assert len(desk.log.rows) == before


def test_a_move_of_an_unknown_application_waits_until_somebody_says_whose_it_is() -> None:
    desk = AtsDesk()
    taken = desk.tell(THIN)
    assert taken.refetches == (Refetch(connection="halden", kind="applications", id="a1"),)
    assert kinds(desk) == [names.APPLICATION_UPDATED]
    assert desk.tell(THIN).refetches == taken.refetches
    desk.tell(CREATED)
    [moved] = desk.events(names.APPLICATION_STAGE_CHANGED)
    assert (moved.partition, says(moved)["stage"], moved.at) == (C1, "interview", APPLIED + DAY)
    assert led_to(desk.rows, A1) == C1


def test_what_was_told_late_comes_between_and_is_told_with_what_follows_it() -> None:
    desk = AtsDesk()
    back = told(Kind.APPLICATION_STAGE_CHANGED, APPLIED + 3 * DAY, stage="s2", who=ana())
    between = told(Kind.APPLICATION_STAGE_CHANGED, APPLIED + 2 * DAY, stage="s3", who=ana())
    desk.tell(CREATED, INTERVIEW, back)
    assert len(desk.events(names.APPLICATION_STAGE_CHANGED)) == 1
    desk.tell(between)
    moves = [says(event)["stage"] for event in desk.events(names.APPLICATION_STAGE_CHANGED)]
    assert moves == ["interview", "offer", "interview"]


def test_a_stay_that_comes_apart_is_shown_from_when_each_part_began() -> None:
    desk = AtsDesk()
    moved, updated = Kind.APPLICATION_STAGE_CHANGED, Kind.APPLICATION_UPDATED
    steps = [(moved, 4, "s2"), (moved, 1, "s2"), (updated, 3, "s2"), (moved, 2, "s3")]
    desk.tell(CREATED)
    for kind, days, stage in steps:
        desk.tell(told(kind, APPLIED + days * DAY, stage=stage, who=ana()))
    [candidacy] = desk.profile().recruiting.candidacies.values()
    since = [int((move.at / 1000 - APPLIED.timestamp()) // 86_400) for move in candidacy.way]
    assert since == [0, 1, 2, 3]
    assert len(desk.events(names.APPLICATION_STAGE_CHANGED)) == 3


def test_a_clock_in_the_future_is_capped_and_one_of_1970_is_history() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)
    ahead = replace(INTERVIEW, clock=NOW + 400 * DAY)
    old = told(
        Kind.APPLICATION_STAGE_CHANGED, datetime(1970, 1, 1, tzinfo=UTC), stage="s3", who=ana()
    )
    desk.tell(ahead, old)
    moved = {says(event)["stage"]: event.at for event in desk.events("Application Stage Changed")}
    assert moved["interview"] == NOW
    assert moved["offer"] == datetime(1970, 1, 1, tzinfo=UTC)
    [candidacy] = desk.profile().recruiting.candidacies.values()
    assert candidacy.stage is not None
    assert candidacy.stage.stage == "interview"
    desk.clock.forward(days=1)
    assert desk.tell(ahead).news == 0


def test_who_may_not_be_mailed_is_closed_with_the_event_and_opened_only_by_a_later_yes() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)
    desk.tell(NO)
    assert scopes(desk) == {ats_scope(C1)}
    desk.tell(of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana(can_email=True)))
    assert scopes(desk) == {ats_scope(C1)}
    another = "ana.berg@work.example"
    desk.tell(of_ana(Kind.CANDIDATE_UPDATED, APPLIED + 2 * DAY, who=ana(email=another)))
    assert scopes(desk, desk.refs.ref(Namespace.EMAIL, another)) == {ats_scope(C1)}
    desk.tell(of_ana(Kind.CANDIDATE_UPDATED, APPLIED + 3 * DAY, who=ana(can_email=True)))
    assert not scopes(desk)
    assert not scopes(desk, desk.refs.ref(Namespace.EMAIL, another))


def test_after_a_merge_the_no_of_one_closes_the_addresses_of_both() -> None:
    desk = AtsDesk()
    bea = replace(ana(email="bea@inbox.example"), id="c2")
    desk.tell(NO, of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=bea))
    other = desk.refs.ref(Namespace.EMAIL, "bea@inbox.example")
    merge = of_ana(Kind.CANDIDATE_MERGED, None, who=replace(ana(), merged_into="c2"))
    desk.tell(merge)
    assert scopes(desk) == scopes(desk, other) == {ats_scope(C1)}
    [merged] = desk.events(names.CANDIDATE_MERGED)
    context = merged.body["context"]
    assert isinstance(context, dict)
    ids = [{"type": "ats:greenhouse:halden", "id": each} for each in ("c1", "c2")]
    assert context["externalIds"] == ids
    desk.tell(of_ana(Kind.CANDIDATE_UPDATED, NOW, who=replace(bea, can_email=True)))
    assert scopes(desk, other) == {ats_scope(C1)}
    assert led_to(desk.rows, C1) == C2


def test_a_merge_makes_two_candidates_one_person() -> None:
    desk = AtsDesk()
    bea = replace(ana(email="bea@inbox.example"), id="c2", first="Bea", last="Dahl")
    desk.tell(*(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=who) for who in (ana(), bea)))
    assert len(persons(desk)) == 2
    desk.tell(of_ana(Kind.CANDIDATE_MERGED, None, who=replace(ana(), merged_into="c2")))
    [person] = persons(desk)
    assert {C1, C2, MAIL} <= {*person}


def test_merges_in_a_circle_end_with_one_candidate() -> None:
    desk = AtsDesk()
    for one, other in (("c1", "c2"), ("c2", "c3"), ("c3", "c1")):
        who = replace(ana(), id=one, merged_into=other)
        desk.tell(of_ana(Kind.CANDIDATE_MERGED, APPLIED, who=who))
    assert len({led_to(desk.rows, ref) for ref in (C1, C2)}) == 1


def test_a_deleted_candidate_is_closed_at_once_and_is_to_be_forgotten() -> None:
    desk = AtsDesk()
    gone = replace(
        of_ana(Kind.CANDIDATE_DELETED, None, who=ana()),
        application=AtsApplication(deleted=("a1", "a2")),
    )
    desk.tell(CREATED, gone)
    desk.tell(gone)
    assert scopes(desk) == {ats_scope(C1)}
    [request] = desk.events(names.ERASURE_REQUESTED)
    held_back = int((NOW + 4 * DAY).timestamp() * 1000)
    assert says(request) == {"by": "ats-halden", "because": "deleted", "not_before": held_back}
    [task] = desk.tasks.all()
    assert (task.kind, task.opened.pk) == (ERASURE, C1)
    assert len(desk.events(names.APPLICATION_DELETED)) == 2


def test_where_the_vendor_can_be_asked_a_deletion_is_no_request_until_it_is_confirmed() -> None:
    desk = AtsDesk()
    gone = of_ana(Kind.CANDIDATE_DELETED, None, who=ana())
    desk.tell(CREATED, connection=WITH_API)
    taken = desk.tell(gone, connection=WITH_API)
    asked = (Refetch(connection="halden", kind="candidates", id="c1"),)
    assert taken.refetches == asked
    assert desk.tell(gone, connection=WITH_API).refetches == asked
    assert scopes(desk) == {ats_scope(C1)}
    assert not desk.events(names.ERASURE_REQUESTED)
    there = of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana())
    desk.tell(there, connection=WITH_API, pulled=True)
    assert not scopes(desk)
    desk.tell(replace(gone, clock=NOW), connection=WITH_API)
    desk.tell(replace(gone, clock=NOW), connection=WITH_API, pulled=True)
    assert len(desk.events(names.ERASURE_REQUESTED)) == 1


def test_who_was_deleted_is_there_again_if_the_api_shows_what_it_showed_before() -> None:
    desk = AtsDesk()
    there = of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana())
    desk.tell(there, connection=WITH_API, pulled=True)
    for day in (1, 2):
        desk.clock.forward(minutes=day)
        gone = of_ana(Kind.CANDIDATE_DELETED, NOW + day * DAY, who=ana())
        desk.tell(gone, connection=WITH_API)
        [record] = desk.profile().recruiting.records.values()
        assert record.gone
        assert scopes(desk) == {ats_scope(C1)}
        desk.clock.forward(minutes=day)
        assert desk.tell(there, connection=WITH_API, pulled=True).news == 1
        [record] = desk.profile().recruiting.records.values()
        assert not record.gone
        assert not scopes(desk)
        assert desk.tell(there, connection=WITH_API, pulled=True).news == 0


def test_an_anonymised_candidate_is_closed_where_they_were_known() -> None:
    desk = AtsDesk()
    nobody = replace(ana(email=""), anonymized_fields=("first_name",))
    desk.tell(CREATED, of_ana(Kind.CANDIDATE_ANONYMIZED, NOW, who=nobody))
    assert scopes(desk) == {ats_scope(C1)}
    assert [says(e)["because"] for e in desk.events(names.ERASURE_REQUESTED)] == ["anonymized"]


def test_a_mail_of_the_ats_uses_up_the_budget_once_and_only_when_it_is_news() -> None:
    desk = AtsDesk()
    rejected = told(Kind.APPLICATION_REJECTED, APPLIED + 2 * DAY, who=ana())
    for event in (CREATED, INTERVIEW, rejected, rejected):
        desk.tell(event)
    ledger = desk.book.address(MAIL).ledger
    # The stage interview is Rapport's to write about.
    assert [(entry.program, entry.at) for entry in ledger] == [
        ("ats:halden", APPLIED),
        ("ats:halden", APPLIED + 2 * DAY),
    ]
    quiet = AtsDesk()
    quiet.tell(CREATED, origin=Origin.BACKFILL)
    assert not quiet.book.address(MAIL).ledger


def test_what_comes_back_of_our_own_is_imported() -> None:
    class Ours:
        def pushed(self, connection: object, event: AtsEvent) -> bool:
            return event.kind is Kind.APPLICATION_CREATED

    desk = AtsDesk()
    replace(desk.intake, echo=Ours()).take(HALDEN, [CREATED, INTERVIEW], origin=Origin.LIVE)
    assert [event.origin for event in desk.events()] == [Origin.IMPORT, Origin.LIVE]


def test_fields_and_marks_that_nobody_allowed_are_not_kept() -> None:
    desk = AtsDesk()
    who = replace(ana(), private=True, tags=("vip",), custom={"shirt": "M", "salary": "9"})
    connection = replace(HALDEN, custom_fields=("shirt",))
    desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=who), connection=connection)
    [event] = desk.events()
    traits = event.body["traits"]
    assert isinstance(traits, dict)
    assert traits["custom"] == {"shirt": "M"}
    assert says(event)["private"] is True
    assert "vip" not in str(event.body)
    assert "salary" not in str(event.body)
    open_desk = AtsDesk()
    mailed = replace(HALDEN, mail_private=True)
    open_desk.tell(of_ana(Kind.CANDIDATE_CREATED, APPLIED, who=who), connection=mailed)
    assert "private" not in says(open_desk.events()[0])


def test_what_is_told_and_empty_is_null_and_what_is_not_told_is_left_out() -> None:
    desk = AtsDesk()
    bare = of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana(email=""))
    desk.tell(replace(bare, present=frozenset({"/candidate/emails"})))
    assert desk.events()[0].body["traits"] == {"emails": None}


def test_many_applications_of_one_candidate_cost_a_row_each_and_no_more() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)
    row, before = desk.rows.rows[A1], desk.rows.rows[C1]
    others = (Ref(f"ats#a{number}") for number in range(10_000))
    desk.rows.rows |= {ref: replace(row, ref=ref) for ref in others}
    for number in range(100):
        calls = len(desk.calls.names)
        desk.tell(replace(CREATED, application=AtsApplication(id=f"b{number}")))
        assert len(desk.calls.names) - calls <= 6
    assert desk.rows.rows[C1] == before


def test_a_dry_run_counts_and_writes_nothing() -> None:
    desk = AtsDesk()
    taken = desk.intake.take(HALDEN, [CREATED, NO], origin=Origin.BACKFILL, dry_run=True)
    assert (taken.news, len(desk.log.rows), len(desk.rows.rows)) == (2, 0, 0)


def test_stages_that_the_connection_does_not_name_are_told() -> None:
    assert AtsDesk().tell(replace(THIN, stage=replace(THIN.stage, id="s9"))).unmapped == {"s9"}  # type: ignore[type-var]


def test_a_race_that_is_lost_is_judged_again() -> None:
    desk = AtsDesk()
    desk.tell(CREATED)

    def meanwhile() -> None:
        desk.tell(INTERVIEW)

    desk.rows.before_settle = meanwhile
    page = told(Kind.APPLICATION_UPDATED, APPLIED + 2 * DAY, stage="s2", who=ana())
    desk.tell(page)
    assert len(desk.events(names.APPLICATION_STAGE_CHANGED)) == 1


def test_whoever_loses_every_race_comes_again() -> None:
    desk = AtsDesk()

    def always() -> None:
        row = desk.rows.rows.get(A1, KnownApplication(ref=A1))
        desk.rows.rows[A1] = replace(row, version=row.version + 1)
        desk.rows.before_settle = always

    desk.rows.before_settle = always
    with pytest.raises(RetryableError):
        desk.tell(CREATED)


def test_a_process_that_dies_after_any_call_and_comes_again_leaves_the_same() -> None:
    course = (CREATED, INTERVIEW, NO, of_ana(Kind.CANDIDATE_ANONYMIZED, NOW, who=ana()))
    whole = AtsDesk()
    whole.tell(*course)
    deaths = len(whole.calls.names)
    for after in range(deaths):
        desk = AtsDesk(calls=Calls(fail_after=after))
        with pytest.raises(CrashError):
            desk.tell(*course)
        desk.calls.fail_after = None
        desk.tell(*course)
        assert desk.log.rows == whole.log.rows
        assert desk.rows.rows == whole.rows.rows
        assert desk.book.addresses == whole.book.addresses
        assert desk.tasks.rows == whole.tasks.rows
    print(f"deaths of the intake {deaths}: lost 0, doubled 0")
