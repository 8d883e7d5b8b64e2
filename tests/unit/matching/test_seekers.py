"""What is read of a person, what never is, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.domain.address import LedgerEntry
from rapport.domain.attributes import ATTRIBUTES, WISHES
from rapport.domain.candidacy import About, Candidacy
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace
from rapport.domain.jobs import Application
from rapport.domain.market import Market
from rapport.domain.names import JOB_ALERT_CREATED, JOB_VIEWED
from rapport.domain.policy import Relevance
from rapport.domain.profile import Profile
from rapport.domain.ranking import slate
from rapport.domain.recruiting import Recruiting
from rapport.domain.statements import Register, registers_of
from rapport.openings import Lexicon
from rapport.seekers import READ, NotReadableError, looking, resting, seeker, told
from tests.support.fakes import START, FakePseudonyms
from tests.support.mailroom import shipped
from tests.unit.matching.test_words import job

LEXICON = Lexicon(shipped().matching, shipped().places)
RULES = Relevance()
ANA = FakePseudonyms().ref(Namespace.EMAIL, "ana@inbox.halden.example")
MUST_NOT_COUNT = {
    "age": "61",
    "birthday": "1965-01-01",
    "gender": "f",
    "nationality": "SE",
    "health": "pregnant",
    "photo": "https://photos.example/1.jpg",
    "first_name": "Ana",
    "last_name": "Nowak",
    "name": "Ana Nowak",
    "email": "ana@inbox.halden.example",
    "phone": "+4722334455",
    "religion": "none",
}


def profile(**known: str) -> Profile:
    return Profile(
        root=ANA,
        attributes={
            name: Register(trust=Trust.VERIFIED, at=START, message_id="m1", value=value)
            for name, value in known.items()
        },
    )


class Watched(Mapping[str, Register]):
    """Attributes that remember who was asked for."""

    def __init__(self, inner: Mapping[str, Register]) -> None:
        self.inner = inner
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Register:
        self.asked.add(name)
        return self.inner[name]

    def __iter__(self) -> Iterator[str]:
        self.asked |= set(self.inner)
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


def test_nothing_outside_the_list_is_read() -> None:
    watched = Watched(
        profile(job_category="nursing", city="Halden", min_pay="1", **MUST_NOT_COUNT).attributes
    )
    seeker(replace(profile(), attributes=watched), LEXICON, RULES, START)
    assert watched.asked == READ
    for name in MUST_NOT_COUNT:
        with pytest.raises(NotReadableError, match=f"may not read {name}"):
            told(profile(**MUST_NOT_COUNT), name)


def test_who_somebody_is_changes_nothing() -> None:
    plain = profile(job_category="nursing", city="Halden", headline="Nurse")
    rich = profile(job_category="nursing", city="Halden", headline="Nurse", **MUST_NOT_COUNT)
    market = Market([LEXICON.opening(job("Nurse", "nursing"))], LEXICON.neighbours)
    answers = [
        slate(seeker(who, LEXICON, RULES, START), market, RULES, START) for who in (plain, rich)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0]


def test_forms_and_traits_state_wishes_and_other_messages_do_not() -> None:
    wishes: dict[str, Json] = {
        "licences": ["registered nurse", "B"],
        "remote_ok": True,
        "radius_km": 25.0,
        "min_pay": 500_000,
        "city": "Moss",
    }

    def stated(kind: str, section: str) -> dict[str, str]:
        event = Event(
            type=kind,
            origin=Origin.LIVE,
            source="site",
            message_id="m1",
            home=ANA,
            partition=ANA,
            at=START,
            original_at=START,
            sent_at=None,
            received_at=START,
            trust=Trust.ASSERTED,
            body={section: dict(wishes)},
        )
        return {name: register.value for name, register in registers_of(event).items()}

    expected = {
        "licences": "registered nurse, B",
        "remote_ok": "yes",
        "radius_km": "25",
        "min_pay": "500000",
        "city": "Moss",
    }
    assert stated("identify", "traits") == expected
    assert stated(JOB_ALERT_CREATED, "properties") == expected
    assert stated(JOB_VIEWED, "properties") == {}


def test_every_wish_can_be_read_and_no_wish_is_an_attribute_of_another_kind() -> None:
    assert WISHES.keys() <= READ
    assert not WISHES.keys() & ATTRIBUTES.keys()


def test_a_job_rests_after_it_was_shown_and_for_good_after_the_second_time() -> None:
    def shown(*days_ago: int) -> frozenset[str]:
        entries = [
            LedgerEntry(at=START - timedelta(days=n), program="p", send_key=str(n), jobs=("1",))
            for n in days_ago
        ]
        return resting(entries, RULES, START)

    assert shown(29) == {"1"}
    assert shown(31) == frozenset()
    assert shown(31, 200) == {"1"}


def test_a_human_click_in_a_mail_about_the_field_counts_and_fades() -> None:
    opening = LEXICON.opening(job("Nurse", "nursing"))
    entry = LedgerEntry(at=START, program="p", send_key="1", jobs=("1",), human=True)

    def acted(*entries: LedgerEntry) -> float:
        who = seeker(
            profile(), LEXICON, RULES, START, ledger=entries, openings={opening.job: opening}
        )
        return who.acted.get("nursing", 0.0)

    assert acted(replace(entry, human=False)) == 0.0
    old = replace(entry, at=START - timedelta(days=30))
    assert acted(entry) == 2 * acted(old) > 0


def test_whoever_applied_or_looked_at_jobs_lately_is_looking() -> None:
    def since(days: int) -> Application:
        return Application(started=START - timedelta(days=days))

    assert looking(replace(profile(), applications={"1": since(13)}), START)
    assert not looking(replace(profile(), applications={"1": since(15)}), START)
    views = replace(
        profile(), totals={JOB_VIEWED: 3}, last=START, score_zero_at=START + timedelta(hours=2)
    )
    assert looking(views, START)
    assert not looking(views, START + timedelta(hours=3))
    assert not looking(replace(views, totals={"Talent Network Joined": 1}), START)


@pytest.mark.parametrize("internal", ["R-9", "R-10", ""])
def test_a_job_that_was_applied_for_in_the_ats_is_not_shown_by_whichever_name(
    internal: str,
) -> None:
    about = About(1, "posting-7", "R-9", "Ward Nurse")
    known = replace(
        profile(job_category="nursing", headline="Nurse", city="Halden"),
        recruiting=Recruiting(candidacies={"p" * 22: Candidacy(about=about)}),
    )
    openings = [LEXICON.opening(job("Nurse", "nursing", internal=internal))]
    matches, vetoed = slate(
        seeker(known, LEXICON, RULES, START), Market(openings, {}), RULES, START, most=3
    )
    applied = internal == "R-9"
    assert (not matches, dict(vetoed).get("applied", 0)) == (applied, int(applied))
