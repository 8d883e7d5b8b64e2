"""One engine for the whole suite: its tests read what one visitor's story left behind."""

import os
from collections.abc import Iterator

import pytest

from tests.inprocess.answers import answered
from tests.inprocess.applications import applied
from tests.inprocess.campaigns import campaigned
from tests.inprocess.deliveries import told_by_ats
from tests.inprocess.desk import operated
from tests.inprocess.engine import Engine, running
from tests.inprocess.forgetting import forgotten
from tests.inprocess.outreach import came_back, publish_for_any_hour
from tests.inprocess.persons import met
from tests.inprocess.recorder import Recorder
from tests.inprocess.story import Story, told


@pytest.fixture(scope="session")
def monkeysession() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def engine(monkeysession: pytest.MonkeyPatch) -> Iterator[Engine]:
    # moto serves streams only under the plain host name, without the account id in it.
    monkeysession.setitem(os.environ, "AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    recorder = Recorder()
    recorder.watch(monkeysession)
    with running(recorder) as started:
        yield started


@pytest.fixture(scope="session")
def story(engine: Engine) -> Story:
    # Before there is a mail: whether one is due would depend on how fast this runs.
    engine.minute()
    publish_for_any_hour()
    played = told(engine)
    applied(played)
    met(played)
    answered(played)
    came_back(played)
    told_by_ats(played)
    operated(played)
    campaigned(played)
    forgotten(played)
    return played
