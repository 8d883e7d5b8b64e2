"""What an operator's word would change, told person by person."""

from datetime import UTC, datetime
from random import Random

from cli.preview import Difference, Person, differences, outcomes, preview, to_json
from rapport.domain.cluster import State, contribution, joined
from rapport.domain.event import LogKey, Trust
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.jobs import Application
from rapport.domain.observation import Decree, Observation, Ruling
from rapport.domain.profile import Profile
from rapport.domain.resolve import Resolution
from rapport.domain.rules import Rules
from rapport.domain.statements import Register

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
USER, EMAIL, PHONE, OTHER = (
    Ref(name) for name in ("user#ana", "email#ana", "phone#ana", "user#tom")
)


def _named(*refs: Ref, decrees: tuple[Decree, ...] = ()) -> State:
    key = LogKey(refs[0], "#".join(refs))
    return contribution(
        Observation(key=key, at=AT, verified=False, strong=refs, owner=refs[0], decrees=decrees)
    )


def _decree(ruling: Ruling, *nodes: Ref) -> State:
    said = Decree(nodes=tuple(sorted(nodes)), ruling=ruling, at=AT, id="i")
    return _named(nodes[0], decrees=(said,))


def _bare(side: Resolution, group: tuple[Ref, ...]) -> Person:
    root = side.roots[group[0]]
    return Person(root=root, members=group, profile=Profile(root=root, members=group))


def _never(a: str, b: str) -> bool:
    return False


def test_only_persons_of_other_identifiers_than_before_are_told() -> None:
    state = joined([_named(USER, EMAIL), _named(EMAIL, PHONE), _named(OTHER)])
    now, then = outcomes(state, _decree(Ruling.APART, USER, EMAIL), Rules(), _never)
    found = preview(now, then, _bare)
    assert [set(person.members) for person in found.before] == [{USER, EMAIL, PHONE}]
    assert {person.members for person in found.after} == {(USER,), (EMAIL, PHONE)}
    assert found.gone == ()
    [new] = [person for person in found.after if found.former(person) is None]
    assert new.root == EMAIL


def test_an_id_that_is_nobodys_of_their_own_leads_to_whoever_has_the_identifier() -> None:
    state = joined([_named(USER, EMAIL), _named(OTHER)])
    now, then = outcomes(state, _decree(Ruling.TOGETHER, USER, OTHER), Rules(), _never)
    found = preview(now, then, _bare)
    [gone], [heir] = found.gone, found.after
    assert found.heir(gone) == heir
    assert to_json(found)["gone"] == [{"person": person_id(gone.root), "leads_to": heir.id}]


def test_a_word_that_changes_nobody_tells_of_nobody() -> None:
    state = joined([_named(USER, EMAIL), _named(OTHER)])
    now, then = outcomes(state, _decree(Ruling.APART, EMAIL, OTHER), Rules(), _never)
    assert to_json(preview(now, then, _bare)) == {"before": [], "after": [], "gone": []}


def test_the_order_in_which_states_were_joined_does_not_matter() -> None:
    parts = [_named(USER, EMAIL), _named(EMAIL, PHONE), _named(OTHER), _named(OTHER, PHONE)]
    said = _decree(Ruling.APART, USER, PHONE)
    random = Random(7)
    told = set()
    for _ in range(20):
        random.shuffle(parts)
        now, then = outcomes(joined(parts), said, Rules(), _never)
        told.add(str(to_json(preview(now, then, _bare))))
    assert len(told) == 1


def test_what_a_person_gains_loses_and_changes_is_told_by_kind() -> None:
    def profile(name: str, **more: object) -> Profile:
        register = Register(trust=Trust.ASSERTED, at=AT, message_id="m", value=name)
        return Profile(root=USER, attributes={"first_name": register}, **more)  # type: ignore[arg-type]

    before = Person(
        root=USER,
        members=(USER, EMAIL),
        profile=profile(
            "Anna",
            interests={"nursing": 2},
            applications={"4401": Application(started=AT), "4402": Application(submitted=AT)},
            cookies=(Ref("anon#1"),),
        ),
    )
    after = Person(
        root=USER,
        members=(USER,),
        profile=profile(
            "Ana", interests={"logistics": 1}, applications={"4401": Application(step=2)}
        ),
    )
    found = differences(before, after)
    assert found == [
        Difference("attribute", "first_name", "Anna", "Ana"),
        Difference("interest", "logistics", "", "1×"),
        Difference("interest", "nursing", "2×", ""),
        Difference("application", "4401", "started", "step 2"),
        Difference("application", "4402", "submitted 2026-11-23 09:00:00", ""),
        Difference("browser", "anon#1", "theirs", ""),
    ]
    verbs = [difference.verb for difference in found]
    assert verbs == ["changes", "gains", "loses", "changes", "loses", "loses"]
    assert {each.verb for each in differences(None, after)} == {"gains"}
    assert differences(after, after) == []
