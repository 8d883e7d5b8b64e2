"""Job alerts as their owners see them: what somebody asked to be told of, per address.

An alert is one per address, kept as it was last stated: by the form that asked for it, then by its
owner on the page behind a mail's link. What the owner said there no form changes. Whether it mails
is not kept here but judged at every mail: the consent to its topic, and the topic not switched off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport import events
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.event import Json
from rapport.domain.identifiers import Ref
from rapport.forms import JOB_ALERT, Form


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What somebody asked for: question → answer. `own`: its owner changed it since, at `at`."""

    values: Mapping[str, Json]
    at: datetime
    own: bool = False


class Alerts(Protocol):
    """The store of alerts."""

    def get(self, address: Ref) -> Alert | None:
        """The alert of an address."""
        ...

    def begin(self, address: Ref, alert: Alert) -> None:
        """Keep what a form stated, unless its owner said something themselves."""
        ...

    def change(self, address: Ref, alert: Alert) -> None:
        """Keep what its owner said."""
        ...

    def remove(self, address: Ref) -> None:
        """There is none any more; harmless to repeat."""
        ...


def form_of(bundle: Bundle) -> Form | None:
    """The form whose questions an alert is made of."""
    return next((form for form in bundle.forms if form.kind == JOB_ALERT), None)


def topic_of(bundle: Bundle) -> str:
    """The topic that alerts are mailed on; empty where none are."""
    fact = events.VOCABULARY[names.JOB_ALERT_CREATED].fact
    named = "" if fact is None else fact.name
    used = {playbook.template for playbook in bundle.playbooks if named in playbook.facts}
    return next((template.topic for template in bundle.templates if template.name in used), "")
