"""How mails fare, in memory and on the engine: facts join, signs are kept once, marks stay."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.reported import DynamoReported
from rapport.domain.decision import Decision, FactRef, Intent, MailClass, Outcome
from rapport.domain.event import Trust, day_of
from rapport.domain.fate import Fate, Said
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.domain.statements import Register
from rapport.domain.verdict import Act, Agent, Sign
from rapport.outcomes import Link
from rapport.ports import View
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, claimed, event, mailbox

KEY, OTHER = "ab" * 32, "cd" * 32
CLICK = Sign(act=Act.CLICK, at=NOW, agent=Agent.BROWSER, system="ios", network="n", link=1)


def decided(stores: Stores) -> Decision:
    ana = mailbox(stores.pseudonyms)
    fact = FactRef(
        name="TalentNetworkJoined",
        event_id="event-1",
        person=person_id(ana),
        origin="live",
        occurred_at=NOW,
        received_at=NOW,
        log_pk=ana,
        log_sk="2026-03-02T09#site#1",
    )
    intent = Intent(
        program="talent-network-welcome",
        occurrence="ever",
        person=fact.person,
        fact=fact,
        bundle="b",
        decided_at=NOW,
    )
    return Decision(
        outcome=Outcome.SEND,
        reason=Reason.CONSENTED,
        intent=intent,
        bundle="b",
        template="welcome",
        mail_class=MailClass.MARKETING,
        topic="talent-network",
        gates=(),
        decided_at=NOW,
        subject=ana,
        send_key=KEY,
    )


def test_facts_join_in_any_order_and_what_is_known_is_not_written_again(stores: Stores) -> None:
    first = Fate(at={Said.ACCEPTED: NOW, Said.DELIVERED: NOW + timedelta(seconds=2)})
    second = Fate(
        at={Said.ACCEPTED: NOW - timedelta(seconds=1), Said.SOFT_BOUNCED: NOW},
        bounce="Transient/MailboxFull",
        machine_opens=True,
        clicked_blocks=frozenset({"how-we-hire"}),
    )
    assert stores.fates.fate(KEY) == Fate()
    for news in (first, second, first):
        stores.fates.learn(KEY, news)
    stores.fates.learn(OTHER, second)
    assert stores.fates.fate(KEY) == first | second
    assert stores.fates.fates([KEY, OTHER, "ef" * 32]) == {KEY: first | second, OTHER: second}


def test_a_sign_is_kept_once_and_clicks_count_by_network(stores: Stores) -> None:
    opened = replace(CLICK, act=Act.OPEN, at=NOW - timedelta(minutes=5))
    for _ in range(3):
        stores.fates.note(KEY, CLICK)
    stores.fates.note(KEY, opened)
    stores.fates.note(OTHER, replace(CLICK, at=NOW + timedelta(seconds=59)))
    stores.fates.note("ef" * 32, replace(CLICK, at=NOW + timedelta(minutes=2)))
    assert list(stores.fates.of(KEY)) == [opened, CLICK]
    assert list(stores.fates.of("00" * 32)) == []
    assert stores.fates.crowd(CLICK) == 2
    assert stores.fates.crowd(replace(CLICK, network="elsewhere")) == 0


def test_links_are_kept_by_number(stores: Stores) -> None:
    links = (Link(url="https://a.example/", block="b"), Link(url="https://b.example/", trap=True))
    stores.fates.keep(KEY, links)
    stores.fates.keep(OTHER, ())
    assert (tuple(stores.fates.links(KEY)), tuple(stores.fates.links(OTHER))) == (links, ())


def test_a_mark_in_the_ledger_stays_and_nothing_else_changes(stores: Stores) -> None:
    ana = mailbox(stores.pseudonyms)
    made = event(ana, name="Decision", message_id="d-1")
    record = claimed(ana, made)
    stores.book.claim(record, stores.book.address(ana), made)
    before = stores.book.address(ana)
    stores.fates.mark_human(record.address, record.send_key)
    stores.fates.mark_human(record.address, record.send_key)
    stores.fates.mark_human(record.address, "00" * 32)
    after = stores.book.address(record.address)
    [entry] = after.ledger
    assert entry.human
    assert after.version == before.version + 1
    assert replace(after, version=before.version, ledger=before.ledger) == before


def test_of_several_decisions_on_an_intent_the_latest_stands(stores: Stores) -> None:
    first = decided(stores)
    later = replace(first, outcome=Outcome.DROP, decided_at=first.decided_at + timedelta(hours=1))
    later = replace(later, reason=Reason.SUPPRESSED, send_key="")
    for each in (first, later, first):
        stores.fates.tell(each)
    day = day_of(first.intent.decided_at)
    [told] = stores.fates.intended(first.intent.program, day)
    assert (told.intent, told.outcome, told.reason) == (first.intent.id, "drop", "suppressed")
    assert told.send_key == KEY
    assert (told.subject, told.bundle) == (first.subject, first.bundle)
    assert not stores.fates.intended("another", day)
    assert list(stores.fates.programs(day)) == [first.intent.program]
    assert not stores.fates.programs("2020-01-01")


def test_a_report_reads_mails_and_profiles_in_bulk(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    made = event(ana, name="Decision", message_id="d-1")
    record = claimed(ana, made)
    dynamo.book.claim(record, dynamo.book.address(ana), made)
    dynamo.fates.learn(record.send_key, Fate(at={Said.DELIVERED: NOW}))
    many = [Ref(f"user#{n:022}") for n in range(60)]
    moved = Profile(root=Ref("anon#gone"), moved_to=ana)
    # Text that cannot be packed into the profile's first row.
    texts = [Random(n).randbytes(150).hex() for n in range(9)]
    large = {
        f"a{n}": Register(trust=Trust.VERIFIED, at=NOW, message_id="m", value=text)
        for n, text in enumerate(texts)
    }
    profiles = [Profile(root=ref, members=(ref,)) for ref in many]
    profiles += [Profile(root=ana, members=(ana,), attributes=large), moved]
    for profile in profiles:
        assert dynamo.people.save_view(View(profile=profile, version=1), (), now=NOW)
    reported = DynamoReported(book=TABLE_NAMES["book"], people=TABLE_NAMES["people"])
    [(found, fate)] = reported.mails([record.send_key, KEY]).values()
    assert (found.send_key, fate.at) == (record.send_key, {Said.DELIVERED: NOW})
    persons = [profile.person for profile in profiles]
    assert reported.profiles([*persons, person_id(Ref("user#no"))]) == {
        p.person: p for p in profiles
    }
    everybody = {profile.person: profile for profile in reported.everybody()}
    assert everybody == {p.person: p for p in profiles if p.moved_to is None}


def test_many_learn_at_once_and_nothing_is_lost(dynamo: Stores) -> None:
    facts = [Fate(at={said: NOW}) for said in Said][:6]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda news: dynamo.fates.learn(KEY, news), facts))
    assert set(dynamo.fates.fate(KEY).at) == set(list(Said)[:6])
