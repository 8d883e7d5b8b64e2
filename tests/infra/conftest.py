import pytest

from tests.support import synth
from tests.support.synth import Assembly


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    return synth.assembly()
