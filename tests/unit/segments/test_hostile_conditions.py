"""Conditions that are written to use up memory or time, or that one person's data breaks."""

import resource
import sys
import time
from dataclasses import replace

import pytest

from rapport.asking import condition
from rapport.conditions import ConditionError, judge
from rapport.domain.identifiers import Ref
from rapport.domain.profile import Profile
from tests.unit.rules.test_conditions import FACT
from tests.unit.segments.test_segments import NOW, TODAY

ME = Ref("email#hostileconditionsmeme1")
GROWING = (
    '["aaaaaaaa"]' + ".map(x,x+x+x+x+x+x+x+x)" * 12 + ".size()>0",
    '["aaaaaaaa"].exists(a,[a+a+a+a].exists(b,[b+b+b+b].exists(c,c=="x")))',
    "[1].exists(a,[[a,a,a,a]].exists(b,[[b,b,b,b]].all(c,c==c)))",
    '[1].exists(a,[{"a":a,"b":a}].exists(b,b==b))',
    '["a"].filter(x,[x+x].exists(y,y==x)).size()>0',
    '["a"] . map ( x , x ) == ["a"]',
    f"person.lists.all(x, x.matches('{'(a|b)*' * 200}'))",
)
FINE = (
    'person.attributes.exists(k, person.attributes[k] == "a")',
    'person.lists.exists(x, x.startsWith("[")) || "a+b" in person.lists',
    'person.lists.exists(x, x == "map(") && person.score + 1 > 0',
    '["a", "b"].exists(x, x in person.lists)',
)
LONG = "person.lists.exists(x, person.lists.exists(y, person.lists.exists(z, x == y && z == 'q')))"


@pytest.mark.parametrize("when", GROWING)
def test_a_condition_that_makes_ever_larger_values_is_refused(when: str) -> None:
    with pytest.raises(ConditionError, match=r"map\(|hold no"):
        condition(when)


@pytest.mark.parametrize("when", FINE)
def test_what_only_looks_so_is_a_condition(when: str) -> None:
    assert condition(when).of_profile(_member(2), today=TODAY) in {True, False}


def test_half_a_character_is_told_and_no_defect() -> None:
    with pytest.raises(ConditionError, match="half a character"):
        condition('person.country == "\ud800"')


def test_one_person_with_many_lists_does_not_break_the_question_for_all() -> None:
    asked = condition(LONG)
    assert not asked.of_profile(_member(2), today=TODAY)
    assert not asked.of_profile(_member(64), today=TODAY), "that cannot be told, so it is no"
    verdict = judge(LONG, _member(64), FACT)
    assert not verdict.holds


def test_no_condition_that_is_taken_costs_much() -> None:
    member = _member(64)
    worst, most = "", 0.0
    lists = "(" + " + ".join(["person.lists"] * 16) + ")"
    for when in (
        LONG,
        f"{lists}.exists(x, person.lists.exists(y, x == 'q' && y == 'q'))",
        f"{lists}.filter(x, x.contains('q')) == {lists}.filter(x, x.contains('1'))",
        "!" * 1_900 + "true",
    ):
        asked = condition(when)
        began = time.process_time()
        asked.of_profile(member, today=TODAY)
        took = time.process_time() - began
        worst, most = max((worst, most), (when[:40], took), key=lambda each: each[1])
    scale = 1024 if sys.platform == "linux" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // scale
    print(f"dearest condition {most * 1000:.0f} ms per person, peak memory {peak} MB")
    assert most < 0.2


def _member(lists: int) -> Profile:
    made = Profile(root=ME, members=(ME,))
    return replace(made, lists={f"list-{n}": NOW for n in range(lists)})
