"""The flow of job alerts on the stores of a deployment."""

from collections.abc import Callable
from datetime import datetime

from functions.engage.alerts import JobAlerts
from functions.engage.flow import Engage
from rapport.adapters.dynamo.alerts import DynamoAlerts
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.settings import EngageSettings


def job_alerts(flow: Engage, settings: EngageSettings, now: Callable[[], datetime]) -> JobAlerts:
    """Job alerts on the page behind a mail's link."""
    return JobAlerts(
        engage=flow,
        alerts=DynamoAlerts(settings.book_table),
        people=DynamoPeople(settings.people_table),
        clusters=DynamoClusters(settings.people_table),
        now=now,
    )
