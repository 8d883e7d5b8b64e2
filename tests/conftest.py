"""For every suite: made-up AWS credentials, repeatable examples, no person in any output."""

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import HealthCheck, settings

from tests.support.depth import rounds
from tests.support.redaction import pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]

# Every suite, and every process that its tests start, reads some thousands of modules: compiled
# once they serve all that follow, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Nothing in a test may reach a real account, whatever the developer's environment says.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
)

# A test makes far more than it leaves behind, and megabytes that last have been loaded before it
# begins: a collector that looks often, at everything, takes up to a third of a suite's time.
gc.set_threshold(200_000, 50, 100)

settings.register_profile(
    "repeatable", max_examples=rounds(100), derandomize=True, deadline=None, database=None
)
settings.register_profile(
    "search",
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_collection_finish() -> None:
    """Whatever is loaded by now lasts until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _descriptions_of_aws_are_read_once() -> Iterator[None]:
    """Each new session of botocore reads megabytes of JSON; the stores on moto make many."""
    honest, loader = JSONFileLoader._load_file, JSONFileLoader()  # type: ignore[attr-defined]

    @cache
    def read(path: str, opened_by: Any) -> Any:
        return honest(loader, path, opened_by)

    named = Loader.list_available_services

    known: dict[tuple[str, ...], list[str]] = {}

    def services(self: Loader, type_name: str) -> list[str]:
        # Thousands of folders are looked into for it.
        place = (type_name, *self.search_paths)
        if place not in known:
            known[place] = named(self, type_name)
        return known[place]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "_load_file", lambda _, *where: read(*where))
        patch.setattr(Loader, "list_available_services", services)
        yield
