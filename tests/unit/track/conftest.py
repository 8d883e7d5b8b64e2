"""What the function's environment gives its logger and its metrics."""

import pytest

from rapport import observability


@pytest.fixture(autouse=True)
def told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "track")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    observability.logger.cache_clear()
    observability.metrics.cache_clear()
