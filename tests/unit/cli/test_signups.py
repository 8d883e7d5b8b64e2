"""What somebody signed up for, as `rapport who` shows it."""

from datetime import timedelta

import pytest

from cli.who import show_signups
from rapport.alerts import Alert
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
    alert = Alert(values={"category": "nursing"}, at=START, own=True)
    show_signups(Signups(places=(place,), alerts=((Ref("email#a"), alert),)))
    shown = capsys.readouterr().out
    for words in ("spring-evening", "waiting", "stated by its owner", "nursing"):
        assert words in shown
