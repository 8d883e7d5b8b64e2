"""The demo's own policy: everybody is awake now but who lives on the other side of the world."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.compiling import compile_folder
from cli.policy_file import policy_of
from local.policy import ASLEEP, MOST_MAILS, PROGRAMS, demo_playbooks
from rapport.domain.person import Zone, ZoneSource
from rapport.domain.quiet import first_awake


@pytest.mark.parametrize("month", [1, 4, 7, 11])
@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_only_who_lives_on_the_other_side_of_the_world_sleeps_while_a_demo_runs(
    tmp_path: Path, month: int, hour: int
) -> None:
    now = datetime(2026, month, 22, hour, 30, tzinfo=UTC)
    policy, _ = policy_of(demo_playbooks(tmp_path, now) / "outreach.yaml")
    home = Zone(names=(policy.home_zone,), source=ZoneSource.EMPLOYER, sure=False)
    away = Zone(names=(ASLEEP,), source=ZoneSource.BROWSER, sure=True)
    for later in (timedelta(), timedelta(hours=1)):
        assert first_awake(now + later, home, policy) == now + later
        wakes = first_awake(now + later, away, policy)
        assert wakes is not None
        assert timedelta() < wakes - now <= timedelta(hours=6)
    assert [window.most for window in policy.frequency.windows] == [MOST_MAILS]


def test_the_demos_copy_is_a_folder_that_can_be_published(tmp_path: Path) -> None:
    folder = demo_playbooks(tmp_path, datetime(2026, 1, 1, tzinfo=UTC))
    bundle = compile_folder(folder, site_url="http://site.test").bundle
    # Nobody of the demo's day signs up for an event.
    asked_for = {p.program for p in bundle.playbooks if not p.program.startswith("event-")}
    assert asked_for == set(PROGRAMS)


def test_a_copy_of_an_earlier_start_is_made_anew(tmp_path: Path) -> None:
    stray = demo_playbooks(tmp_path, datetime(2026, 1, 1, tzinfo=UTC)) / "stray.yaml"
    stray.write_text("not: mine", "utf-8")
    demo_playbooks(tmp_path, datetime(2026, 1, 1, tzinfo=UTC))
    assert not stray.exists()
