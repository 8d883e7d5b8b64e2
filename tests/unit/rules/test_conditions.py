"""Conditions of playbooks."""

from dataclasses import replace

import pytest

from rapport.conditions import ConditionError, check, judge
from rapport.domain.candidacy import CameFrom, Candidacy, Move, Turn
from rapport.domain.jobs import Application
from rapport.domain.recruiting import Recruiting
from tests.support.mailroom import Mailroom

ROOM = Mailroom()
PERSON = ROOM.person(job_category="nursing")
PROFILE = replace(
    ROOM.people.views[PERSON].profile,
    applications={
        "4105": Application(started=ROOM.clock(), step=2),
        "4106": Application(submitted=ROOM.clock()),
    },
    recruiting=Recruiting(
        candidacies={
            "p" * 22: Candidacy(moves=(Move(1, "interview"),), stands=Turn(1, "active")),
            "q" * 22: Candidacy(came_from=CameFrom(1, "Indeed"), deleted=True),
        }
    ),
)
FACT = replace(ROOM.fact(PERSON), job="4105")


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("", True),
        ("true", True),
        ('person.candidacies.exists(c, c.stage == "interview" && c.status == "active")', True),
        ('person.candidacies.exists(c, c.stage == "interview" && c.status == "deleted")', False),
        ('person.candidacies.all(c, c.source == "Indeed")', False),
        ("person.candidacies.size() == 2", True),
        ('person.attributes["job_category"] == "nursing"', True),
        ('person.attributes.job_category in ["laboratory"]', False),
        ('person.totals["Talent Network Joined"] >= 1', True),
        ('fact.name == "TalentNetworkJoined" && fact.origin == "live"', True),
        ('"first_name" in person.attributes', False),
        ('has(person.attributes.first_name) ? person.attributes.first_name == "x" : true', True),
        ('person.attributes["first_name"] == "x"', False),
        ("person.nothing.deeper", False),
        ("person.attributes", False),
        ('person.totals["Talent Network Joined"]', False),
        ('person.attributes["job_category"] > 7', False),
        ('person.applications["4105"].started && !person.applications["4105"].submitted', True),
        ('person.applications["4105"].step >= 3', False),
        ('person.applications["4106"].submitted', True),
        ('person.applications["4106"].started', False),
        ("person.applications.exists(job, person.applications[job].submitted)", True),
        ('"4107" in person.applications', False),
        ("person.applications[fact.job].step == 2", True),
        ('person.applications["4107"].started', False),
    ],
)
def test_a_condition_holds_or_does_not_and_says_so(when: str, *, holds: bool) -> None:
    verdict = judge(when, PROFILE, FACT)
    assert verdict.holds is holds
    assert verdict.detail.endswith(".")
    assert "\n" not in verdict.detail


@pytest.mark.parametrize("when", ["1 +", "7", '"yes"', "persons.x", "import os", "person.x = 1"])
def test_what_cannot_be_a_condition_is_refused_when_publishing(when: str) -> None:
    with pytest.raises(ConditionError):
        check(when)


def test_a_condition_sees_no_more_than_it_is_shown() -> None:
    with pytest.raises(ConditionError):
        check("book.sends.size() > 0")
