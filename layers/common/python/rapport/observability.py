"""One logger and one metrics object per function, made by Powertools when first asked for.

Logs carry ids and refs only: no address, name or body ever goes into a log line.
"""

from functools import cache
from traceback import extract_tb

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = ["MetricUnit", "logger", "metrics", "tell_fault"]


@cache
def logger() -> Logger:
    """The function's logger; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger(log_uncaught_exceptions=False)


@cache
def metrics() -> Metrics:
    """The function's metrics, written as one embedded-metric line when a handler returns."""
    return Metrics()


def tell_fault(error: Exception) -> None:
    """Count and log a defect by type and place; its text may hold a word of a body."""
    metrics().add_metric(name="Faults", unit=MetricUnit.Count, value=1)
    metrics().flush_metrics()
    last = extract_tb(error.__traceback__)[-1]
    logger().error("fault", error=type(error).__name__, place=f"{last.filename}:{last.lineno}")
