"""Histories of identifiers in conflict. The pools are small, so that nearly everything meets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from rapport import layout
from rapport.domain import cluster
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref, rank
from rapport.domain.observation import BECAME, Decree, Observation, Ruling
from rapport.domain.rules import Rules

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POOL = tuple(
    Ref(name)
    for name in (
        *("user#a", "user#b", "user#c"),
        *("ats#1", "ats#2", "linkedin#l", "linkedin#m"),
        *("email#x", "email#y", "email#z", "phone#p", "phone#q"),
    )
)
NAMES = ("Ana Berg", "Ana Lund", "Bo Berg", "Cy Holm")
RULES = (
    Rules(),
    Rules(
        caps={Namespace.USER: 1, Namespace.EMAIL: 1, Namespace.LINKEDIN: 1, Namespace.PHONE: 2},
        hubs={Namespace.EMAIL: {Namespace.USER: 1}, Namespace.PHONE: {Namespace.EMAIL: 1}},
        max_identifiers=7,
        hash="strict",
    ),
    Rules(
        caps={Namespace.USER: 2},
        hubs={Namespace.PHONE: {Namespace.USER: 2, Namespace.EMAIL: 2}},
        anchors=frozenset(),
        blocked=frozenset({Ref("phone#q")}),
        max_identifiers=5,
        hash="loose",
    ),
)
# Neighbours that a node keeps, and when a cluster is big and a part small: as they are, and so low
# that short histories meet them.
LIMITS = ((cluster.MAX_NEIGHBOURS, layout.BIG, layout.SMALL), (3, 3, 3), (2, 4, 8))


def alike(one: str, other: str) -> bool:
    """Made-up names can be one person's if they start alike."""
    return one[0] == other[0]


def observation(number: int, *strong: str, **said: object) -> Observation:
    """What the event of a number says, a minute later than the one before."""
    refs = sorted((Ref(name) for name in strong), key=lambda ref: (rank(ref), ref))
    basis = Observation(
        key=LogKey(pk="anon#tablet", sk=f"e{number:04}"),
        at=MORNING + timedelta(minutes=number),
        verified=False,
        strong=tuple(refs),
        owner=refs[0] if refs else None,
    )
    return replace(basis, **said)  # type: ignore[arg-type]


def decree(number: int, ruling: Ruling, *nodes: str) -> Observation:
    """An operator's word."""
    on = tuple(sorted(Ref(node) for node in nodes))
    word = Decree(nodes=on, ruling=ruling, at=MORNING + timedelta(minutes=number), id=f"d{number}")
    return observation(number, decrees=(word,))


def history(random: Random, *, longest: int = 12) -> list[Observation]:
    """What a few people, their families and an operator did, in order of arrival."""
    pool = random.sample(POOL, random.randint(3, len(POOL)))
    ruled = random.choice([0.1, 0.1, 0.1, 0.5])
    seen = [_any(random, number, pool, ruled) for number in range(random.randint(2, longest))]
    if random.random() < 0.3:
        # A copy that is not the same: sent again after a login, or by another clock.
        first = random.choice(seen)
        seen.append(replace(_any(random, len(seen), pool, ruled), key=first.key))
    return seen


def _any(random: Random, number: int, pool: Sequence[Ref], ruled: float) -> Observation:
    minute = random.choice([number, random.randint(0, 4)])
    moment = MORNING + timedelta(minutes=minute)
    if random.random() < ruled:
        ruling = random.choice(tuple(Ruling))
        about = [
            random.sample(pool, random.choice([1, 2, 2])) for _ in range(random.choice([1, 1, 3]))
        ]
        words = (
            Decree(
                nodes=tuple(sorted(on)),
                ruling=_fit(ruling, len(on)),
                at=moment,
                id=f"d{number % 3}",
            )
            for on in about
        )
        each = {word.nodes: word for word in words}
        return observation(number, at=moment, decrees=tuple(each.values()))
    strong = random.sample(pool, min(len(pool), random.choice([1, 2, 2, 2, 3, 4])))
    users = [ref for ref in strong if ref.startswith("user")]
    owner = min(strong, key=lambda ref: (rank(ref), ref))
    alias = (users[0], users[1]) if len(users) > 1 and random.random() < 0.5 else None
    tags = {owner: frozenset({"role:jobs"})} if random.random() < 0.03 else {}
    if alias:
        tags[alias[0]] = frozenset({BECAME + alias[1]})
    return observation(
        number,
        *strong,
        at=moment,
        verified=random.random() < 0.4,
        names=frozenset(random.sample(NAMES, random.choice([0, 0, 1, 2]))),
        alias=alias,
        proves=frozenset({random.choice(pool)} if random.random() < 0.1 else ()),
        tags=tags,
    )


def _fit(ruling: Ruling, nodes: int) -> Ruling:
    """A ruling that can be said of so many identifiers."""
    fitting = (
        (Ruling.BLOCKED, Ruling.NONE)
        if nodes == 1
        else (Ruling.APART, Ruling.TOGETHER, Ruling.NONE)
    )
    return ruling if ruling in fitting else fitting[0]


@contextmanager
def limits(neighbours: int, big: int, small: int) -> Iterator[None]:
    """Other limits for a while."""
    before = (cluster.MAX_NEIGHBOURS, layout.BIG, layout.SMALL)
    cluster.MAX_NEIGHBOURS, layout.BIG, layout.SMALL = neighbours, big, small
    try:
        yield
    finally:
        cluster.MAX_NEIGHBOURS, layout.BIG, layout.SMALL = before
