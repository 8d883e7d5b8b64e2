"""What a dry run says beyond counts: whom it would find known, and what is known otherwise."""

from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace
from rapport.domain.profile import Profile
from rapport.domain.statements import Register
from rapport.pulls import DRY_RUN
from tests.support.ats.syncing import ASKED, World, candidate
from tests.support.fakes import START, FakePseudonyms
from tests.support.persons import plant

REFS = FakePseudonyms()


def test_who_shares_an_address_with_somebody_known_is_a_merge_and_another_name_a_conflict() -> None:
    ada = candidate("11", START, email="ada@mail.example")
    bea = candidate("12", START, email="bea@mail.example")
    cleo = candidate("13", START, email="cleo@mail.example")
    world = World([ada, bea, cleo])
    known = {"ada@mail.example": "Ada", "bea@mail.example": "Beatrice"}
    for typed, first in known.items():
        ref = REFS.ref(Namespace.EMAIL, typed)
        group = plant(world.clusters, [ref])
        register = Register(trust=Trust.VERIFIED, at=START, message_id="m", value=first)
        world.profiles[group.person] = Profile(root=ref, attributes={"first_name": register})
    world.deliver({**ASKED, "dry_run": True})
    came = world.pulls.rows["main", DRY_RUN].came
    print(f"dry run: merges {came['merges']}, conflicts {came['conflicts']}")
    assert (came["merges"], came["conflicts"]) == (2, 1)
