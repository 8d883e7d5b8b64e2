"""What the career site tells Rapport, through the unmodified `segment-analytics-python`.

The SDK queues and sends from a thread of its own, so no page waits for it.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from segment.analytics.client import Client

from local.consent import ALERTS, JOINING, consent
from local.feed import Job
from local.pages import Content

# The site is quiet: what was clicked leaves at once rather than in big batches.
FLUSH_SECONDS = 0.05

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page shown to one browser; `url` is absolute."""

    anonymous_id: str
    url: str
    path: str
    title: str
    referrer: str
    user_agent: str
    locale: str

    @property
    def context(self) -> dict[str, Any]:
        """The context as browser SDKs fill it."""
        page = {"url": self.url, "path": self.path, "title": self.title, "referrer": self.referrer}
        return {"page": page, "userAgent": self.user_agent, "locale": self.locale}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who left an address, and for which field of work."""

    email: str
    first_name: str
    category: str


class Tracker:
    """The site's tracking calls, by what they mean."""

    def __init__(self, *, api_url: str, write_key: str) -> None:
        """Nothing is sent before the first call."""
        self._client = Client(
            write_key,
            host=api_url,
            upload_interval=FLUSH_SECONDS,
            upload_size=20,
            timeout=10,
            on_error=_failed,
        )

    def page(self, visit: Visit, name: str) -> None:
        """A page was shown."""
        properties = {"url": visit.url, "path": visit.path, "title": visit.title}
        self._client.page(
            anonymous_id=visit.anonymous_id,
            name=name,
            properties=properties | {"referrer": visit.referrer},
            context=visit.context,
        )

    def job_viewed(self, visit: Visit, job: Job) -> None:
        """Somebody opened an open job."""
        properties = job_properties(job) | {"url": visit.url}
        self._track(visit, "Job Viewed", properties)

    def content_viewed(self, visit: Visit, content: Content) -> None:
        """Somebody opened a content page."""
        self._track(visit, "Content Viewed", content_properties(content) | {"url": visit.url})

    def joined(self, visit: Visit, person: Person, wishes: Mapping[str, object]) -> None:
        """Somebody joined the talent network and agreed to the consent text."""
        agreed = {"consent": consent(JOINING).properties()}
        self._track(visit, "Talent Network Joined", asdict(person) | dict(wishes) | agreed)

    def alerted(self, visit: Visit, person: Person, wishes: Mapping[str, object]) -> None:
        """Somebody asked for new jobs by mail and agreed to the consent text."""
        agreed = {"consent": consent(ALERTS).properties()}
        self._track(visit, "Job Alert Created", asdict(person) | dict(wishes) | agreed)

    def applied(self, visit: Visit, job: Job, *, email: str, first_name: str) -> None:
        """Somebody sent an application."""
        person = {"email": email, "first_name": first_name}
        self._track(visit, "Application Submitted", job_properties(job) | person)

    def close(self) -> None:
        """Send what is queued and stop the SDK's thread."""
        self._client.shutdown()

    def _track(self, visit: Visit, event: str, properties: Mapping[str, object]) -> None:
        self._client.track(
            anonymous_id=visit.anonymous_id,
            event=event,
            properties=dict(properties),
            context=visit.context,
        )


def job_properties(job: Job) -> dict[str, str]:
    """What every event about a job says of it."""
    return {
        "job_id": job.id,
        "title": job.title,
        "category": job.category,
        "location": job.location,
    }


def content_properties(content: Content) -> dict[str, str]:
    """What every event about a content page says of it."""
    return {
        "block": content.key,
        "version": content.version,
        "category": content.category,
        "title": content.title,
    }


def joined_properties(email: str, first_name: str, category: str) -> dict[str, object]:
    """The properties of `Talent Network Joined`."""
    return {
        "email": email,
        "first_name": first_name,
        "category": category,
        "consent": consent().properties(),
    }


def _failed(error: Exception, batch: list[dict[str, Any]]) -> None:
    logger.warning("%d events of the career site were not delivered: %s", len(batch), error)
