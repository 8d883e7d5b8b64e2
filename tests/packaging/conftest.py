import pytest

from infra import layer_build
from infra.layer_build import Flavour
from tests.packaging.bare import Layers
from tests.support import synth
from tests.support.synth import Assembly


def layers_of(flavour: Flavour) -> Layers:
    return Layers(
        common=layer_build.common(flavour) / "python",
        packages=layer_build.dependencies(flavour) / "python",
    )


@pytest.fixture(scope="session")
def native() -> Layers:
    return layers_of("native")


@pytest.fixture(scope="session")
def cloud() -> Layers:
    return layers_of("cloud")


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    return synth.assembly()
