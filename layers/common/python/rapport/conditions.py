"""Conditions of playbooks: CEL expressions over `person` and `fact`.

    person.attributes["job_category"] == "nursing" && person.totals["Job Viewed"] >= 2

`person`  id; attributes (name → text), totals (event type → count), interests (category → count),
          applications (job → started and submitted, yes or no, and step, 0 for none),
          candidacies (a list of what an ATS has: job, requisition, stage, status, source,
          prospect)
`fact`    name, origin, job (of an application; empty for other facts), stage (where an application
          went in the ATS: a stage of its connection, or `rejected`, `hired` …; else empty)

What is not known of a person is absent: asking for it makes the condition fail with a sentence
that says so; `"job_category" in person.attributes` asks first. The library is imported only when a
condition is really there, so that playbooks without one cost nothing at a cold start.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rapport.domain.decision import FactRef
from rapport.domain.gates import ALWAYS, Verdict
from rapport.domain.profile import Profile

_KEPT = 256
_WORD = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\w+|\S""")
_EACH = frozenset({"all", "exists", "exists_one", "filter"})
# Behind these a bracket asks for one entry.
_ENDS = frozenset({")", "]", "_"})


class ConditionError(ValueError):
    """The expression cannot be compiled, or does not come to yes or no."""


def check(when: str) -> None:
    """Raise ConditionError unless `when` is empty or compiles to yes or no."""
    if when:
        compiled(when)


def judge(when: str, profile: Profile, fact: FactRef) -> Verdict:
    """What the condition comes to for a person and a fact; never raises for what data holds."""
    if not when:
        return ALWAYS
    from cel_expr_python import cel

    value = value_of(compiled(when), _data(profile, fact))
    if value is None:
        return Verdict(
            holds=False, detail=f"The condition {when} cannot be told: it takes too long."
        )
    if value.type() == cel.Type.BOOL:
        holds = bool(value.value())
        return Verdict(
            holds=holds,
            detail=f"The condition {when} {'holds' if holds else 'does not hold'}.",
        )
    trouble = " ".join(str(value.value()).split()) if value.type() == cel.Type.ERROR else "no truth"
    return Verdict(holds=False, detail=f"The condition {when} cannot be told: {trouble}.")


def person_data(profile: Profile) -> dict[str, object]:
    """What conditions may ask of a person."""
    return {
        "id": profile.person,
        "attributes": {name: r.value for name, r in profile.attributes.items() if r.value},
        "totals": dict(profile.totals),
        "interests": dict(profile.interests),
        "applications": {
            job: {
                "started": application.started is not None,
                "submitted": application.submitted is not None,
                "step": application.step,
            }
            for job, application in profile.applications.items()
        },
        "candidacies": [
            {
                "job": each.job,
                "requisition": "" if each.about is None else each.about.requisition,
                "stage": "" if each.stage is None else each.stage.stage,
                "status": each.status,
                "source": "" if each.came_from is None else each.came_from.name,
                "prospect": each.about is not None and each.about.prospect,
            }
            for _, each in sorted(profile.recruiting.candidacies.items())
        ],
    }


def _data(profile: Profile, fact: FactRef) -> Mapping[str, Mapping[str, object]]:
    return {
        "person": person_data(profile),
        "fact": {
            "name": fact.name,
            "origin": str(fact.origin),
            "job": fact.job,
            "stage": fact.stage,
        },
    }


def value_of(expression: Any, data: Mapping[str, object]) -> Any:
    """What a compiled expression comes to; None when that takes more steps than it may."""
    try:
        return expression.eval(data=data)
    except RuntimeError:
        # The library's bound of steps, which one person's data may pass and another's not.
        return None


def _check_cost(when: str) -> None:
    """Refuse what could take all memory or time: a line of `map` makes ever larger values.

    What `exists(…)`, `all(…)` and `filter(…)` look at one by one are then always things that were
    there before, of known size.
    """
    inside: list[bool] = []
    before = ""
    for word in _WORD.findall(when):
        if word == "map":
            msg = "it asks map(…); ask with in, exists(…) or all(…)"
            raise ConditionError(msg)
        if word in "([{":
            inside.append(before in _EACH and word == "(")
        elif word in ")]}" and inside:
            inside.pop()
        entry = before in _ENDS or before[-1:].isalnum()
        builds = word in {"+", "{", "matches"} or (word == "[" and not entry)
        if builds and any(inside):
            msg = "exists(…), all(…) and filter(…) hold no +, no list and no matches(…)"
            raise ConditionError(msg)
        before = word


@lru_cache(maxsize=_KEPT)
def compiled(when: str, variables: tuple[str, ...] = ("person", "fact")) -> Any:
    """The expression over these variables; ConditionError if it is none, or no yes or no."""
    from cel_expr_python import cel

    _check_cost(when)
    anything = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    env = cel.NewEnv(variables=dict.fromkeys(variables, anything))
    try:
        expression = env.compile(when)
    except RuntimeError as error:
        raise ConditionError(" ".join(str(error).split())) from None
    except TypeError:
        msg = "it holds half a character"
        raise ConditionError(msg) from None
    if expression.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        msg = f"it comes to {expression.return_type().name()}, not to yes or no"
        raise ConditionError(msg)
    return expression
