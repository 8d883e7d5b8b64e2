"""What the ATS tells in the afternoon of those who applied in the morning.

One is invited and hired, one is rejected. A delivery comes twice, and a forged one comes too.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from cli import config
from cli.store import open_stores
from local import ats, outside
from local.ats import Applicant, Delivery
from local.description import Description
from local.feed import Job
from local.inbox import Inbox, RefusedError
from local.layout import Place
from local.visitors import HIRED, Visitor
from rapport.ats import Connection
from rapport.domain.ats import Status
from rapport.viewing.finding import find

POLL_SECONDS = 0.5
_T = TypeVar("_T")
KNOWN_SECONDS = 45.0
TAKEN, FORGED = HTTPStatus.OK, HTTPStatus.UNAUTHORIZED
LAST_NAMES: Final = {"Nora": "Nygaard", "Nils": "Berntsen"}
PROGRAM: Final = "before-interview"
# Of all mails of the day that one alone is about what somebody set going themselves.
CLASS: Final = "transactional"
LATE_WORDS = ("Another ward asks", "Would you have time for a second talk?\n\nA recruiter here.")


@dataclass(kw_only=True)
class Recruiting:
    """`applied` tells who applied for which job on the site; the rest is as in `Afternoon`."""

    place: Place
    stack: Description
    box: Inbox
    applied: Mapping[str, Job]
    trouble: Callable[[Visitor, str], None]
    advance: Callable[[str], None]

    def play(self, visitors: Sequence[Visitor]) -> None:
        """All of it."""
        connected = ats.connection(self.stack)
        for number, visitor in enumerate(visitors):
            if not visitor.ats:
                continue
            if connected is None:
                self.trouble(visitor, "the connection to the ATS is not there")
                continue
            who = Applicant(
                first=visitor.name,
                last=LAST_NAMES[visitor.name],
                email=visitor.email,
                job=self.applied[visitor.name],
                candidate=57_000 + number,
                application=48_000 + number,
                applied_at=datetime.now(UTC),
            )
            self._tell(visitor, connected, "new_candidate_application", who.told(ats.REVIEW))
            if visitor.ats == HIRED:
                self._invited(visitor, connected, who)
                self._hired(visitor, connected, who)
            else:
                self._tell(visitor, connected, "reject_candidate", who.rejected())

    def _invited(self, visitor: Visitor, connected: Connection, who: Applicant) -> None:
        """To the interview, told twice; and somebody without the secret tells of an offer."""
        invited = self._tell(visitor, connected, "candidate_stage_change", who.told(ats.INTERVIEW))
        if (mail := self._mail(visitor)) is None:
            self.trouble(visitor, f"no mail of {PROGRAM} within {KNOWN_SECONDS:.0f} s")
        else:
            outside.delivered(self.stack, [mail])
        self._post(visitor, invited, TAKEN)
        forger = replace(connected, secrets=("a guess",))
        forged = ats.delivery(forger, "candidate_stage_change", who.told(ats.OFFER))
        self._post(visitor, forged, FORGED)

    def _hired(self, visitor: Visitor, connected: Connection, who: Applicant) -> None:
        """From now on nobody writes to them as to a candidate, not even a colleague."""
        self._tell(visitor, connected, "hire_candidate", who.hired())
        if not _within(KNOWN_SECONDS, lambda: self._is_hired(visitor)):
            self.trouble(visitor, f"the hire was not known within {KNOWN_SECONDS:.0f} s")
        subject, text = LATE_WORDS
        outside.message(self.place, visitor.email, subject=subject, text=text)
        self.advance(visitor.name)

    def _tell(
        self, visitor: Visitor, connected: Connection, action: str, payload: Mapping[str, Any]
    ) -> Delivery:
        told = ats.delivery(connected, action, payload)
        self._post(visitor, told, TAKEN)
        return told

    def _post(self, visitor: Visitor, told: Delivery, wanted: HTTPStatus) -> None:
        try:
            status = ats.post(self.place, told)
        except RefusedError as error:
            self.trouble(visitor, str(error))
        else:
            if status != wanted:
                self.trouble(visitor, f"a delivery of the ATS was answered {status}, not {wanted}")
        self.advance(visitor.name)

    def _mail(self, visitor: Visitor) -> dict[str, Any] | None:
        def mine() -> dict[str, Any] | None:
            mails = self.box.mails(visitor.email)
            return next((mail for mail in mails if mail["tags"]["class"] == CLASS), None)

        return _within(KNOWN_SECONDS, mine)

    def _is_hired(self, visitor: Visitor) -> bool:
        stores = open_stores(config.load(self.place.local_json))
        view = stores.people.view(find(stores, visitor.email).person)
        known = {} if view is None else view.profile.recruiting.candidacies
        return any(each.status == Status.HIRED for each in known.values())


def _within(seconds: float, look: Callable[[], _T]) -> _T:
    """What is found in time; the last look if nothing is."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found
