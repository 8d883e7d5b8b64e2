"""Many people: of a segment, of a list, of a condition; how many; put on lists and taken off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import msgspec

from functions.desk.answers import NOT_FOUND, UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served
from functions.desk.routes_people import found_people
from functions.desk.summaries import summary
from rapport.asking import condition
from rapport.conditions import ConditionError
from rapport.cursors import cursor_to, place_of
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.operators import ANY, Action
from rapport.domain.profile import Profile
from rapport.searching import BY_LAST_SEEN, SORTS, of_list
from rapport.segments import MAX_WHEN_CHARS, Segment

MAX_KEY_CHARS = 64
# One call puts so many people on a list: a few seconds of the 29 that the gateway gives.
MAX_PEOPLE = 500
_Key = Annotated[str, msgspec.Meta(max_length=MAX_KEY_CHARS)]


class Members(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a change of a list is about: `people` by id, or a `segment`, or a condition."""

    people: Annotated[tuple[_Key, ...], msgspec.Meta(max_length=MAX_PEOPLE)] = ()
    segment: _Key = ""
    when: Annotated[str, msgspec.Meta(max_length=MAX_WHEN_CHARS)] = ""
    dry_run: bool = False
    cursor: Annotated[str, msgspec.Meta(max_length=600)] = ""


def people(desk: Desk, call: Call) -> Answer:
    """By an id, or a page of those whom the operator may see of a segment, a list, a condition."""
    if "q" in call.request.query:
        return found_people(desk, call)
    sort = call.query("sort", other=BY_LAST_SEEN)
    if sort not in SORTS:
        raise ProblemError(UNFIT, f"sort is one of {', '.join(SORTS)}.")
    found = desk.seen(call).people(
        _asked(desk, call), cursor=call.place(desk), limit=call.limit, sort=sort
    )
    return Answer(
        body={
            "items": [summary(each.profile, call.now) for each in found.persons],
            "next": call.cursor(desk, found.cursor),
        },
        fields=("summary",) if found.persons else (),
    )


def count(desk: Desk, call: Call) -> Answer:
    """How many of them the operator may see, and what it took to know."""
    return Answer(body=desk.seen(call).count(_asked(desk, call)).to_json())


def _asked(desk: Desk, call: Call) -> Segment:
    key, list_key = call.query("segment"), call.query("list")
    when = call.query("when", most=MAX_WHEN_CHARS)
    if sum(map(bool, (key, list_key, when))) > 1:
        raise ProblemError(UNFIT, "Ask for a segment, for a list or for a condition.")
    return of_list(list_key) if list_key else segment_of(desk, key, when)


def segment_of(desk: Desk, key: str, when: str) -> Segment:
    """A saved segment, or a condition of somebody's own; everybody if there is neither."""
    if not key:
        try:
            condition(when)
        except ConditionError as error:
            raise ProblemError(UNFIT, f"That is no condition: {error}.") from None
        return Segment(key="", name="", when=when or "true", brand="")
    found = desk.whole.segment(key)
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no such segment.")
    return found if found.when else msgspec.structs.replace(found, when="true")


def lists(desk: Desk, call: Call) -> Answer:
    """The lists that somebody was put on, and those that something names."""
    found: dict[str, list[str]] = {}
    for key, what in _named(desk):
        found.setdefault(key, []).append(what)
    for key in desk.lists.names.all():
        found.setdefault(key, []).append("people")
    pools = {grant.pool for grant in call.operator.grants if grant.pool != ANY}
    for key in sorted(pools):
        found.setdefault(key, []).append("grant")
    items: list[Json] = [{"key": key, "from": [*found[key]]} for key in sorted(found)]
    return Answer(body={"items": items, "next": None})


def _named(desk: Desk) -> Sequence[tuple[str, str]]:
    bundle = desk.whole
    by_forms = [(key, f"form:{form.key}") for form in bundle.forms for key in form.lists]
    by_campaigns = [(each.list, f"campaign:{each.key}") for each in bundle.campaigns if each.list]
    by_segments = [
        (key, f"segment:{each.key}")
        for each in bundle.segments
        for key in sorted(condition(each.when).words.get("lists", ()))
    ]
    by_imports = [(each.list, f"import:{each.id}") for each in desk.imports().all() if each.list]
    return [*by_forms, *by_campaigns, *by_segments, *by_imports]


def put_on(desk: Desk, call: Call) -> Answer:
    """People on a list; who is on it already stays so."""
    return _changed(desk, call, on=True)


def take_off(desk: Desk, call: Call) -> Answer:
    """People off a list."""
    return _changed(desk, call, on=False)


def _changed(desk: Desk, call: Call, *, on: bool) -> Answer:
    said, key = call.body(Members), call.request.path.get("list", "")
    where = of_list(key)
    if sum(map(bool, (said.people, said.segment, said.when))) != 1:
        raise ProblemError(UNFIT, "Name people, or a segment, or a condition.")
    if said.people:
        return _one_by_one(desk, call, said, where.name, on=on)
    of = segment_of(desk, said.segment, said.when)
    seen = desk.seen(call)
    if said.dry_run:
        wanted = f"({of.when}) && {'!' if on else ''}({where.when})"
        there = seen.count(msgspec.structs.replace(of, when=wanted)).people
        return _told(where.name, people=there, written=0, dry_run=True)
    what = msgspec.json.encode([call.operator.subject, call.request.key, key, of.key, of.when])
    run, _, last = place_of(said.cursor, desk.ring(), what.decode()).partition("|")
    began = datetime.fromisoformat(run) if run else call.now
    done, after = replace(desk.lists, segments=seen).some(
        of,
        where.name,
        on=on,
        by=call.operator.name,
        run=began,
        after=PersonId(last) if last else None,
        most=MAX_PEOPLE,
    )
    following = f"{began.isoformat()}|{after}" if after else ""
    return _told(
        where.name,
        people=done.people,
        written=done.written,
        dry_run=False,
        following=cursor_to(following, desk.ring(), what.decode()) if following else None,
    )


def _one_by_one(desk: Desk, call: Call, said: Members, key: str, *, on: bool) -> Answer:
    """Whom the operator may not see, or who is nobody, is left out."""
    views = [view for each in dict.fromkeys(said.people) if (view := _view(desk, call, each))]
    wanted = [profile for profile in views if (key in profile.lists) is not on]
    written = 0
    if not said.dry_run:
        written = sum(
            desk.lists.change_one(profile, key, on=on, by=call.operator.name, run=call.now)
            for profile in wanted
        )
    about = wanted[0].person if len(wanted) == 1 else ""
    return _told(key, people=len(wanted), written=written, dry_run=said.dry_run, about=about)


def _view(desk: Desk, call: Call, asked: str) -> Profile | None:
    try:
        found = desk.person(asked)
    except ProblemError:
        return None
    view = desk.stores.people.view(found.person)
    return view.profile if view is not None and call.sees(desk.about(found)) else None


def _told(
    key: str,
    *,
    people: int,
    written: int,
    dry_run: bool,
    following: str | None = None,
    about: str = "",
) -> Answer:
    body: dict[str, Json] = {"list": key, "people": people, "written": written}
    return Answer(body={**body, "dry_run": dry_run, "next": following}, about=about)


_MANY = Over.MANY
SERVED = (
    Served(key="GET /desk/v1/people", action=Action.FIND, over=_MANY, run=people),
    Served(key="GET /desk/v1/count", action=Action.FIND, over=_MANY, run=count),
    Served(key="GET /desk/v1/lists", action=Action.LISTS_SEE, over=Over.COMMON, run=lists),
    Served(
        key="POST /desk/v1/lists/{list}/people",
        action=Action.LISTS_CHANGE,
        over=_MANY,
        run=put_on,
    ),
    Served(
        key="POST /desk/v1/lists/{list}/removals",
        action=Action.LISTS_CHANGE,
        over=_MANY,
        run=take_off,
    ),
)
