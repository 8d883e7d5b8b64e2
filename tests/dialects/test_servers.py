"""Every SDK for servers, unmodified, against every fault: what it sent is in the log, once."""

from collections.abc import Sequence

import pytest

from local.layout import Ports, url_of
from rapport.domain.event import Trust
from tests.dialects.conftest import SERVER_FAULTS, SERVER_SDKS
from tests.dialects.world import MARKS, Case, World, cases_of, play
from tests.support.faults import NONE, PREFIX, SCRIPTS


@pytest.mark.parametrize(
    ("sdk", "fault"), [(sdk, fault) for sdk, faults in SERVER_FAULTS.items() for fault in faults]
)
def test_what_a_server_sends_is_in_the_log_exactly_once(
    server_cases: Sequence[Case], sdk: str, fault: str
) -> None:
    [case] = [each for each in server_cases if (each.sdk, each.fault) == (sdk, fault)]
    assert not case.lost, "the SDK reports a loss"
    assert dict(case.rows) == dict.fromkeys(MARKS, 1)
    # Else the case would prove nothing: the whole of the fault was met.
    assert len([a for a in case.door.arrivals if a.faulty]) >= len(SCRIPTS[fault])


def test_every_fault_is_met_by_some_server() -> None:
    assert {fault for faults in SERVER_FAULTS.values() for fault in faults} == {*SCRIPTS}


@pytest.mark.parametrize("sdk", SERVER_SDKS)
def test_a_server_that_delivers_behind_a_path_of_its_own_is_served(
    server_cases: Sequence[Case], sdk: str
) -> None:
    paths = {
        case.fault: {arrival.path for arrival in case.door.arrivals}
        for case in server_cases
        if case.sdk == sdk
    }
    assert (paths[NONE], paths[PREFIX]) == ({"/v1/batch"}, {"/prod/v1/batch"})


@pytest.mark.parametrize("sdk", SERVER_SDKS)
def test_a_player_whose_door_is_closed_says_so(world: World, sdk: str) -> None:
    [case] = cases_of(world, [sdk], trust=Trust.VERIFIED, faults=[NONE])
    case.url = url_of(Ports.ephemeral().api)
    play(sdk, [case], retries=1)
    assert case.code == 1
    assert sorted(case.lost) == sorted(MARKS)


def test_success_is_always_exactly_200(world: World, server_cases: Sequence[Case]) -> None:
    """Two of the SDKs take 202 and 204 for failures, and send again until they give up."""
    assert {status for _, status in world.gateway.answers if status < 400} == {200}
