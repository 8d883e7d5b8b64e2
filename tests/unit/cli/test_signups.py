"""What somebody signed up for, as `rapport who` shows it."""

from datetime import timedelta

import pytest

from cli.who import show_signups
from rapport.domain.alerts import JobAlert
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import Place, Standing
from rapport.viewing.signups import Signups
from tests.support.fakes import START


def test_places_and_alerts_are_shown_and_nothing_where_there_are_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_signups(Signups())
    assert capsys.readouterr().out == ""
    place = Place(
        occasion="spring-evening",
        address=Ref("email#a"),
        standing=Standing.WAITING,
        since=START,
        signed=LogKey("email#a", "1"),
        arrived_at=START + timedelta(hours=1),
    )
    alert = JobAlert(values={"job_category": ("nursing",)}, at=START, own=True, paused=True)
    show_signups(Signups(places=(place,), alerts=(("a1", alert),)))
    shown = capsys.readouterr().out
    for words in ("spring-evening", "waiting", "a1: said by its owner", "paused", "nursing"):
        assert words in shown
