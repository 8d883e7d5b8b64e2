"""Huntflow: what is told of people, joined duplicates, vacancies, offers, and everything else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rapport.adapters.ats.huntflow import ADAPTER
from rapport.domain.ats import Contact, Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.huntflow import APPLICANT, AT, CLOCK, OURS, VACANCY, first, one, second

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_address_that_is_null_is_none_and_one_that_is_left_out_is_unknown() -> None:
    (two,) = ADAPTER.normalise(second("COMMENT"), {}, OURS)
    (only,) = ADAPTER.normalise(first("COMMENT"), {}, OURS)

    assert two.says("/candidate/emails")
    assert not only.says("/candidate/emails")
    assert two.candidate is not None
    assert two.candidate.emails == ()
    assert two.candidate.phones == (Contact(value="+7 900 000 00 00", primary=True),)
    assert two.candidate.tags == ("Срочно",)


def test_of_two_that_became_one_the_applicant_goes_on_and_the_source_ended() -> None:
    merged, survivor = ADAPTER.normalise(second("DOUBLE", source=40), {}, OURS)

    assert merged.kind is Kind.CANDIDATE_MERGED
    assert merged.candidate is not None
    assert (merged.candidate.id, merged.candidate.merged_into) == ("40", "41")
    assert merged.present == {"/actor"}
    assert survivor.kind is Kind.CANDIDATE_UPDATED
    assert survivor.candidate is not None
    assert survivor.candidate.id == "41"


@pytest.mark.parametrize("source", [None, 41])
def test_when_it_is_not_said_who_ended_the_survivor_is_to_be_read(source: Json) -> None:
    event = one(second("DOUBLE", source=source))

    assert (event.kind, event.needs_refetch) == (Kind.CANDIDATE_UPDATED, True)


@pytest.mark.parametrize("word", ["REMOVED", "REMOVE"])
def test_somebody_who_is_gone_may_be_the_other_half_of_a_merge(word: str) -> None:
    event = one(second(word))

    assert (event.kind, event.needs_refetch) == (Kind.CANDIDATE_DELETED, True)
    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.first) == ("41", "")


@pytest.mark.parametrize(
    ("state", "can_email"), [("declined", False), ("accepted", None), ("sent", None)]
)
def test_who_refuses_that_their_data_is_kept_is_not_to_be_mailed(
    state: str, can_email: bool | None
) -> None:
    two = second("AGREEMENT")
    assert isinstance(two["event"], dict)
    two["event"]["applicant"] = {**APPLICANT, "pd_agreement": {"state": state}}
    told: Json = {"state": state, "decision_date": None}
    only: dict[str, Json] = {**first("AGREEMENT"), "agreement": told}

    for body in (two, only):
        event = one(body)
        assert event.candidate is not None
        assert event.candidate.can_email is can_email
        assert event.says("/candidate/can_email") is (can_email is not None)


def test_only_fields_of_the_employers_own_that_are_listed_are_kept() -> None:
    ours = replace(OURS, custom_fields=("source_of_joy", "absent"))

    (event,) = ADAPTER.normalise(second("COMMENT"), {}, ours)

    assert event.candidate is not None
    assert event.candidate.custom == {"source_of_joy": "Математика"}


def test_of_an_offer_neither_pay_nor_text_is_kept() -> None:
    log: Json = {"id": 1, "type": "ADD"}
    offer: dict[str, Json] = {
        "id": 5,
        "created": AT,
        "account_applicant_offer_log": log,
        "values": {"offer_text": "<p>325 000</p>"},
    }
    two: dict[str, Json] = {
        "event": {"applicant": APPLICANT, "applicant_offer": offer, "vacancy": VACANCY}
    }
    # Version 1 has everything within the offer, and there a time without a zone.
    old: Json = {
        "id": 5,
        "created": "2026-11-20 18:16:00",
        "applicant": APPLICANT,
        "vacancy": VACANCY,
        "account_applicant_offer": {"money": "325 000"},
    }
    only: dict[str, Json] = {"event": {"applicant_offer": old, "type": "ADD", "created": AT}}

    for body in (two, only):
        event = one(body)
        assert (event.kind, event.clock) == (Kind.OFFER, CLOCK)
        assert event.notes == {"what": "offer", "id": "5", "status": "add"}
        assert event.application is not None
        assert event.application.id == "41/9"
        assert "325 000" not in repr(event)


def test_a_ping_is_one_by_its_header_and_by_its_body() -> None:
    by_header = ADAPTER.normalise({}, {"x-huntflow-event": "PING"}, OURS)
    by_body = ADAPTER.normalise({"meta": {"event_type": "PING"}}, {}, OURS)

    assert [event.kind for event in by_header + by_body] == [Kind.PING, Kind.PING]


def test_a_header_which_is_not_signed_makes_nothing_else_of_a_body() -> None:
    body = second("STATUS", vacancy=VACANCY, status={"id": 3, "name": "Интервью"})

    for said in ("PING", "VACANCY", "OFFER"):
        assert ADAPTER.normalise(body, {"x-huntflow-event": said}, OURS) == [one(body)]


@pytest.mark.parametrize("kind", ["RESPONSE", "VACANCY-REQUEST", "RECRUITMENT-EVALUATION"])
def test_what_is_about_no_candidacy_is_told_as_unknown(kind: str) -> None:
    event = one({"event": {"something": {}}, "meta": {"event_type": kind}})

    assert event.kind is Kind.UNKNOWN


def test_a_new_word_for_what_happened_is_told_as_unknown() -> None:
    assert one(second("TELEPORTED", vacancy=VACANCY)).kind is Kind.UNKNOWN


def test_an_applicant_without_an_id_is_nobody() -> None:
    body = second("COMMENT")
    assert isinstance(body["event"], dict)
    body["event"]["applicant"] = {"first_name": "Ада"}

    with pytest.raises(PoisonError, match="applicant"):
        ADAPTER.normalise(body, {}, OURS)
