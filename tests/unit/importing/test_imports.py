"""What imports write, and never write: proof, suppression, erasure, repeats, deaths, undoing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest

from rapport.domain import names
from rapport.domain.address import Suppression
from rapport.domain.cluster import contribution
from rapport.domain.event import Origin, Trust
from rapport.domain.granting import OWN_NO
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.profile import Profile
from rapport.domain.record import AtsRecord
from rapport.domain.recruiting import Recruiting
from rapport.domain.statements import Register, registers_of
from rapport.errors import MisconfiguredError
from rapport.extraction import observe
from rapport.identity import Pointer
from rapport.importing.overdue import Overdue
from rapport.importing.ports import Import, Stage, ask_list
from rapport.importing.proof import Basis, Claim
from rapport.imports import DO, ImportRefusedError
from rapport.ports import Withdrawal
from rapport.records import engine_event
from tests.support.fakes import CrashError
from tests.support.importing import NOW, PROVEN, TOPIC, FakeWork, ImportDesk, row, table
from tests.support.persons import plant

GIVEN = datetime(2026, 4, 2, tzinfo=UTC)
LEGITIMATE = Claim(basis=Basis.LEGITIMATE_INTEREST, source="a list", evidence="box 7")


def says_no(desk: ImportDesk, address: Ref, at: datetime = NOW) -> None:
    properties = {"scope": "marketing", "method": "page"}
    event = engine_event(
        names.UNSUBSCRIBED,
        subject=address,
        message_id=f"u-{address}",
        cause_at=at,
        now=at,
        properties=dict(properties),
    )
    no = {"marketing": Suppression(reason=OWN_NO, at=at, event_id=event.message_id)}
    desk.book.withdraw(
        Withdrawal(address=address, topics=(TOPIC,), suppress=no, at=at, event=event)
    )


def test_a_row_with_proof_is_consent_of_the_day_it_was_given_and_starts_nothing() -> None:
    desk = ImportDesk()
    done = desk.apply(table([row(1, Phone="22 33 44 55")]), list="spring")
    assert (done.stage, done.counts) == (Stage.DONE, {"consents": 1, "new": 1})
    ana = desk.address("p1@pool.example")
    word = desk.book.address(ana).consents[TOPIC]
    assert (word.at, word.source, word.statement) == (GIVEN, "import", "talent-network-1")
    assert word.expires_at == GIVEN + timedelta(days=730)
    assert desk.book.address(ana).confirmed_at == GIVEN
    assert {event.origin for event in desk.events()} == {Origin.IMPORT}
    [told] = desk.events("identify")
    assert (told.trust, told.source) == (Trust.VERIFIED, f"import-{done.id}")
    assert told.body["traits"] == {
        "first_name": "Ana",
        "last_name": "Berg1",
        "country": "NO",
        "email": "p1@pool.example",
        "phone": "+4722334455",
    }
    [joined] = desk.events(names.LIST_JOINED)
    assert joined.body["properties"] == {"list": "spring", "by": f"import-{done.id}"}
    [yes] = desk.events(names.CONSENT_GRANTED)
    proof = yes.body["properties"]
    assert isinstance(proof, dict)
    assert (proof["evidence"], proof["source"], proof["row"]) == ("box 7", "stand at the fair", 1)


@pytest.mark.parametrize(
    ("claim", "said", "lacking"),
    [
        (replace(PROVEN, basis=Basis.NONE), {}, "basis"),
        (replace(PROVEN, statement=""), {}, "text"),
        (replace(PROVEN, source=""), {}, "source"),
        (replace(PROVEN, evidence=""), {}, "evidence"),
        (PROVEN, {"Consent_date": ""}, "date"),
        (PROVEN, {"Consent_date": "2027-01-01"}, "date"),
        (PROVEN, {"Consent_date": "last spring"}, "date"),
    ],
)
def test_without_any_one_of_the_five_nobody_may_be_mailed(
    claim: Claim, said: dict[str, str], lacking: str
) -> None:
    desk = ImportDesk()
    done = desk.apply(table([row(1, **said)]), claim=claim)
    assert done.counts["without_proof"] == 1
    assert done.counts[f"lacks_{lacking}"] == 1
    assert not desk.book.addresses
    assert len(desk.events("identify")) == 1
    [kept] = desk.rows.kept.values()
    assert kept.until == (NOW + timedelta(days=90)).date()


def test_a_text_of_ones_own_is_proof_by_its_hash() -> None:
    desk = ImportDesk()
    own = replace(PROVEN, statement="", text="Yes, write to me.", topic=TOPIC)
    desk.apply(table([row(1)]), claim=own)
    word = desk.book.address(desk.address("p1@pool.example")).consents[TOPIC]
    assert word.statement == f"text:{word.statement_hash[:16]}"


def test_a_file_of_evidence_is_kept_and_its_hash_stands_on_every_consent() -> None:
    desk = ImportDesk()
    done = desk.apply(table([row(1), row(2)]), evidence=b"a scan")
    assert desk.shelf.objects[(done.id, "evidence")] == b"a scan"
    found = {str(e.body["properties"]) for e in desk.events(names.CONSENT_GRANTED)}
    assert all(done.claim.evidence in each for each in found)
    assert len(done.claim.evidence) == 64


def test_a_no_a_suppression_and_an_old_consent_are_never_overruled() -> None:
    desk = ImportDesk()
    says_no(desk, desk.address("p1@pool.example"))
    bounced = desk.address("p2@pool.example")
    state = desk.book.address(bounced)
    dead = Suppression(reason="bounce", at=NOW, event_id="b")
    desk.book.addresses[bounced] = replace(state, suppressions={"all": dead})
    withdrawn = desk.address("p3@pool.example")
    says_no(desk, withdrawn)
    desk.book.addresses[withdrawn] = replace(desk.book.addresses[withdrawn], suppressions={})
    before = dict(desk.book.addresses)
    rows = [row(1), row(2), row(3), row(4, Consent_date="2019-05-01"), row(5)]
    done = desk.apply(table(rows))
    assert {k: done.counts[k] for k in ("suppressed", "withdrawn", "expired", "consents")} == {
        "suppressed": 2,
        "withdrawn": 1,
        "expired": 1,
        "consents": 1,
    }
    assert {ref: desk.book.addresses[ref] for ref in before} == before
    assert desk.address("p4@pool.example") not in desk.book.addresses


def test_whoever_was_erased_is_left_out_and_counted() -> None:
    desk = ImportDesk()
    desk.clusters.nodes[desk.address("p1@pool.example")] = Pointer(erased_at=NOW)
    desk.clusters.nodes[desk.refs.ref(Namespace.PHONE, "+4722334455")] = Pointer(erased_at=NOW)
    done = desk.apply(table([row(1), row(2, Phone="+47 22 33 44 55"), row(3)]))
    assert (done.counts["erased"], done.counts["new"]) == (2, 1)
    assert [event.home for event in desk.events("identify")] == [desk.address("p3@pool.example")]


def test_the_same_row_twice_counts_once_even_pages_apart() -> None:
    desk = ImportDesk()
    rows = [*(row(n) for n in range(300)), row(7), row(299), row(299)]
    content = table(rows)
    looked = desk.imports.look(desk.asked(content))
    done = desk.apply(content)
    assert done.counts == {"consents": 300, "new": 300, "repeated": 3}
    assert looked.counts == done.counts
    assert len(desk.events("identify")) == len(desk.events(names.CONSENT_GRANTED)) == 300


def test_the_same_file_twice_is_refused_until_the_first_is_taken_back() -> None:
    desk = ImportDesk()
    content = table([row(1)])
    first = desk.apply(content)
    with pytest.raises(ImportRefusedError, match=first.id):
        desk.imports.start(desk.asked(content))
    assert desk.imports.look(desk.asked(content)).before == first.id
    desk.undo(first)
    assert desk.apply(content).id != first.id


def test_last_years_file_takes_no_consent_of_this_year_back() -> None:
    desk = ImportDesk()
    desk.apply(table([row(1)]))
    old = datetime(2025, 5, 1, tzinfo=UTC)
    desk.apply(table([row(1, Consent_date="2025-05-01")]), as_of=old)
    assert desk.book.address(desk.address("p1@pool.example")).consents[TOPIC].at == GIVEN
    newest = max(desk.events("identify"), key=lambda event: event.at)
    assert newest.at == NOW
    assert min(event.at for event in desk.events("identify")) == old


def test_dates_that_could_be_either_are_asked_about_and_then_read() -> None:
    desk = ImportDesk()
    content = table([row(1, Consent_date="03.04.2026"), row(2, Consent_date="05.04.2026")])
    with pytest.raises(ImportRefusedError, match="consent_date could be either"):
        desk.imports.start(desk.asked(content))
    told = replace_columns(desk, content)
    assert {w.at.day for _, w in desk.book.words[desk.address("p1@pool.example")]} == {3}
    assert told.stage is Stage.DONE


def replace_columns(desk: ImportDesk, content: bytes) -> Import:
    asked = desk.asked(content)
    assert asked.columns is not None
    import msgspec

    columns = msgspec.structs.replace(asked.columns, dates="dmy")
    return desk.apply(content, columns=columns)


def test_rows_that_name_nobody_are_refused_by_number_and_what_is_unreadable_is_told() -> None:
    desk = ImportDesk()
    rows = [row(1, Email="nobody"), row(2, Country="Atlantis"), row(3, Email="jobs@pool.example")]
    looked = desk.imports.look(desk.asked(table(rows)))
    assert looked.refused == ((1, "nobody"),)
    assert looked.doubts == ((2, "country"), (3, "role_address"))
    assert not desk.log.rows
    done = desk.apply(table(rows))
    assert (done.refused, done.rows) == ({"nobody": 1}, 3)


def test_an_empty_table_is_an_import_of_nobody() -> None:
    assert ImportDesk().apply(table([])).stage is Stage.DONE


def known(desk: ImportDesk, *members: Ref, **attributes: Register) -> Profile:
    group = plant(desk.clusters, members)
    profile = Profile(root=group.root, members=group.members, attributes=attributes)
    desk.profiles[profile.person] = profile
    return profile


def test_a_dry_run_tells_what_changes_what_stays_and_who_would_become_one() -> None:
    desk = ImportDesk()
    ana, bea = desk.address("p1@pool.example"), desk.refs.ref(Namespace.PHONE, "+4722334455")
    old = Register(trust=Trust.ASSERTED, at=GIVEN, message_id="m", value="Anna")
    later = replace(old, at=NOW + timedelta(days=1), value="Bergsen")
    known(desk, ana, first_name=old, last_name=later)
    known(desk, bea)
    looked = desk.imports.look(
        desk.asked(table([row(1), row(2, Phone="+4722334455"), row(1, Phone="+4722334455")]))
    )
    [first] = [each for each in looked.shown if each.known.who.number == 1]
    assert {d.name: d.changes for d in first.differs} == {
        "country": True,
        "email": True,
        "first_name": True,
        "last_name": False,
    }
    assert looked.joins == ((3, "2 known people would become one"),)
    assert (looked.counts["known"], looked.counts["changes"], looked.counts["stays"]) == (3, 1, 1)


def test_what_a_table_says_never_displaces_a_system_of_record() -> None:
    desk = ImportDesk()
    desk.apply(table([row(1)]))
    [event] = desk.events("identify")
    [register] = {each.trust for each in registers_of(event).values()}
    assert register is Trust.ASSERTED
    assert contribution(observe(event, desk.refs)).nodes


def test_one_person_on_many_rows_is_named_with_every_phone_and_agrees_once_a_row() -> None:
    desk = ImportDesk()
    done = desk.apply(table([row(1, Phone=f"+47 22 33 44 {n}") for n in range(50, 55)]))
    assert done.counts["consents"] == 5
    assert len({event.home for event in desk.events("identify")}) == 1
    assert desk.book.address(desk.address("p1@pool.example")).consents[TOPIC].at == GIVEN


def told_of(desk: ImportDesk) -> tuple[list[tuple[str, str]], dict[Ref, object]]:
    consents = {ref: state.consents for ref, state in desk.book.addresses.items()}
    return [(event.key.pk, event.key.sk) for event in desk.events()], dict(consents)


def test_killed_after_any_call_and_begun_again_each_row_is_written_once() -> None:
    rows = [row(1), row(2, Consent_date=""), row(3), row(3), row(4)]
    content = table(rows)
    whole = ImportDesk()
    done = whole.apply(content, list="spring")
    steps = len(whole.calls.names)
    wrong = 0
    for dies_after in range(steps):
        desk = ImportDesk()
        desk.calls.fail_after = dies_after
        with pytest.raises(CrashError):
            desk.apply(content, list="spring")
        desk.calls.fail_after = None
        again = (
            desk.finish(desk.imports.start(desk.asked(content, list="spring")))
            if not any(by.stage is Stage.DONE for by in desk.rows.rows.values())
            else desk.imports.all()[0]
        )
        wrong += told_of(desk) != told_of(whole)
        wrong += (again.counts, again.rows) != (done.counts, done.rows)
        wrong += any(len(words) > 1 for words in desk.book.words.values())
    print(f"imports killed: {steps}, lost or doubled: {wrong}")
    assert wrong == 0


def test_an_import_taken_back_leaves_what_was_there_and_what_people_did_since() -> None:
    desk = ImportDesk()
    rows = [row(n) for n in range(4)]
    desk.apply(table([row(0, Consent_date="2026-01-05")]), source="winter")
    before = told_of(desk)
    done = desk.apply(table(rows), list="spring")
    spoken = desk.address("p2@pool.example")
    says_no(desk, spoken)
    desk.undo(done)
    events, consents = told_of(desk)
    assert [each for each in events if each[0] != spoken] == before[0]
    assert [kind for pk, kind in events if pk == spoken] == [f"2026-11-23T09#engine#u-{spoken}"]
    assert {ref: each for ref, each in consents.items() if each and ref != spoken} == before[1]
    held = desk.book.address(spoken)
    assert held.suppressions["marketing"].reason == OWN_NO
    assert {*desk.mended} == {desk.address(f"p{n}@pool.example") for n in range(4)}
    assert desk.imports.get(done.id).stage is Stage.UNDONE
    assert not [name for of, name in desk.shelf.objects if of == done.id]


def test_an_undoing_that_dies_goes_on_where_it_was() -> None:
    content = table([row(1), row(2)])
    whole = ImportDesk()
    done = whole.apply(content)
    first = len(whole.calls.names)
    whole.undo(done)
    for dies_after in range(first, len(whole.calls.names)):
        desk = ImportDesk()
        by = desk.apply(content)
        desk.calls.fail_after = dies_after
        with pytest.raises(CrashError):
            desk.undo(by)
        desk.calls.fail_after = None
        assert desk.undo(by).stage is Stage.UNDONE
        assert told_of(desk) == told_of(whole)


def test_those_whose_basis_allows_one_mail_are_put_on_a_list_only_when_asked() -> None:
    desk = ImportDesk()
    says_no(desk, desk.address("p1@pool.example"))
    done = desk.apply(table([row(1), row(2)]), claim=LEGITIMATE)
    assert done.counts["askable"] == 1
    assert not desk.events(names.LIST_JOINED)
    assert desk.imports.ask_again(done.id) == desk.imports.ask_again(done.id) == 1
    [joined] = desk.events(names.LIST_JOINED)
    assert (joined.home, joined.origin) == (desk.address("p2@pool.example"), Origin.IMPORT)
    assert str(ask_list(done)) in str(joined.body)
    desk.undo(done)
    assert not desk.events(names.LIST_JOINED)


def overdue(desk: ImportDesk, privacy: FakeWork) -> Overdue:
    return Overdue(
        rows=desk.rows,
        clusters=desk.clusters,
        profile=desk.profiles.get,
        privacy=privacy,
        now=desk.clock,
    )


def test_without_proof_people_are_erased_by_the_queue_when_their_time_is_over() -> None:
    desk, privacy = ImportDesk(), FakeWork()
    done = desk.apply(table([row(n) for n in range(5)]), claim=Claim())
    refs = [desk.address(f"p{n}@pool.example") for n in range(5)]
    people = [known(desk, ref).person for ref in refs[:4]]
    told = Recruiting(records={"ats": AtsRecord(connection="gh")})
    for person, said in ((people[1], {"last": NOW}), (people[3], {"recruiting": told})):
        desk.profiles[person] = replace(desk.profiles[person], **said)
    late = datetime.max.replace(tzinfo=UTC)
    desk.clock.forward(days=90)
    assert overdue(desk, privacy).ask(late) == (0, 0)
    desk.clock.forward(days=1)
    # The last one has no profile yet: they are asked for when they have.
    plant(desk.clusters, [refs[4]])
    assert overdue(desk, privacy).ask(late) == (2, 2)
    why = f"came without proof by import {done.id}, until 2027-02-21"
    assert privacy.queue == [
        {"do": "erase", "person": person, "why": why, "by": "retention"}
        for person in (people[0], people[2])
    ]
    privacy.queue.clear()
    assert overdue(desk, privacy).ask(late) == (0, 0)
    known(desk, refs[4])
    assert overdue(desk, privacy).ask(late) == (1, 0)
    assert overdue(desk, privacy).ask(late) == (0, 0)
    assert not desk.rows.kept


def test_an_import_that_is_being_applied_is_taken_back_when_whoever_applies_it_has_ended() -> None:
    desk = ImportDesk()
    by = desk.imports.start(desk.asked(table([row(1), row(2)])))
    forever = datetime.max.replace(tzinfo=UTC)
    by = desk.imports.undo(by.id, by="kari")
    assert desk.work.queue[-1] == {"do": DO, "id": by.id}
    assert desk.imports.run(by.id, until=forever).page == 0
    desk.clock.forward(minutes=4)
    assert desk.imports.run(by.id, until=forever).stage is Stage.UNDONE
    assert not desk.log.rows
    assert not [name for of, name in desk.shelf.objects if of == by.id]


def test_a_statement_or_a_source_that_nobody_knows_is_refused_before_anything_is_written() -> None:
    desk = ImportDesk()
    for wrong in ({"claim": replace(PROVEN, statement="x")}, {"source": "Fair 2026"}):
        with pytest.raises(MisconfiguredError):
            desk.imports.start(desk.asked(table([row(1)]), **wrong))
    assert not desk.calls.count("imports.put")


def test_of_a_large_pool_those_without_proof_are_never_mailed() -> None:
    desk, size = ImportDesk(), 5_000
    rows = [row(n, Consent_date="" if n % 10 < 3 else "2026-04-02") for n in range(size)]
    closed = [desk.address(f"p{n}@pool.example") for n in range(5, size, 1000)]
    for address in closed:
        says_no(desk, address)
    began = process_time()
    done = desk.apply(table(rows))
    mailable = [
        s for s in desk.book.addresses.values() if TOPIC in s.consents and not s.suppressions
    ]
    without = [desk.address(f"p{n}@pool.example") for n in range(size) if n % 10 < 3]
    open_to = sum(ref in desk.book.addresses for ref in without)
    print(
        f"rows: {size}, consents: {done.counts['consents']}, suppressed: {len(closed)},"
        f" mailable without proof: {open_to}, {process_time() - began:.1f} s"
    )
    assert done.counts["consents"] == len(mailable) == size * 7 // 10 - len(closed)
    assert done.counts["without_proof"] == len(without)
    assert open_to == 0
