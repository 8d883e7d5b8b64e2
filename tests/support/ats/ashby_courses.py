"""What happens to candidates of an employer who uses Ashby.

No genuine delivery of Ashby is public: these are written in the shape of its published schemas.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

from tests.support.ats.course import BEGAN, History, Told, iso


class Ashby(Told):
    """Courses at an employer who uses Ashby."""

    SCREEN = ("PreInterviewScreen", "Screen", 1)
    ONSITE = ("Active", "Onsite", 2)
    HIRED = ("Hired", "Hired", 3)

    def __init__(self, number: int) -> None:
        super().__init__("ashby", number)

    def ident(self, what: str, number: int) -> str:
        """An id in Ashby's form, of this course alone."""
        return f"{self.base + number:08x}-0000-4000-8000-{what.encode().hex()[:12]:0>12}"

    def application(
        self,
        *actions: str,
        stage: tuple[str, str, int] = SCREEN,
        status: str = "Active",
        reason: str = "",
        person: int = 1,
        number: int = 1,
        apart: timedelta = timedelta(0),
    ) -> None:
        """Tell of one doing with an application: several deliveries have one action id."""
        kind, title, order = stage
        who = self.base + person
        node: dict[str, Any] = {
            "id": self.ident("appl", number),
            "createdAt": iso(BEGAN + timedelta(days=self.base // 1000)),
            "updatedAt": iso(self.now),
            "status": status,
            "customFields": [],
            "candidate": {
                "id": self.ident("cand", person),
                "name": f"Robin Course{who}",
                "primaryEmailAddress": {
                    "value": f"robin{who}@ashby-course.example",
                    "type": "Personal",
                    "isPrimary": True,
                },
            },
            "currentInterviewStage": {
                "id": self.ident("stag", order),
                "title": title,
                "type": kind,
                "orderInInterviewPlan": order,
                "interviewPlanId": self.ident("plan", 1),
            },
            "job": {"id": self.ident("job", number), "title": "Designer"},
            "hiringTeam": [],
            "appliedViaJobPostingId": self.ident("post", number),
        }
        if status == "Archived":
            node |= {
                "archivedAt": iso(self.now),
                "archiveReason": {
                    "id": self.ident("reas", 1),
                    "text": "Not now",
                    "reasonType": reason,
                    "isArchived": False,
                    "customFields": [],
                },
            }
        hook = self.now.toordinal()
        for place, action in enumerate(actions):
            # Each is written a moment after the one before.
            written = self.now + place * apart
            copy = deepcopy(node) | {"updatedAt": iso(written)}
            self.act(action, {"application": copy}, hook)

    def act(self, action: str, data: object, number: int = 99) -> None:
        """Tell anything."""
        ident = self.ident("hook", number)
        self.tell({"action": action, "data": data, "webhookActionId": ident})


def _hired(number: int) -> History:
    at = Ashby(number)
    at.application("applicationSubmit")
    at.later()
    at.application("candidateStageChange", "applicationUpdate", stage=at.ONSITE)
    at.later()
    at.application(
        "candidateHire",
        "applicationUpdate",
        "candidateStageChange",
        stage=at.HIRED,
        status="Hired",
    )
    at.later()
    at.application("applicationUpdate", "candidateStageChange", stage=at.ONSITE)
    return at.history("applied, hired (told three times), not hired after all")


def _rejected(number: int) -> History:
    at = Ashby(number)
    at.application("applicationSubmit", status="Lead")
    at.later(days=3)
    at.application("applicationUpdate", "candidateStageChange")
    at.later()
    at.application("applicationUpdate", status="Archived", reason="RejectedByOrg")
    at.later()
    at.application("applicationUpdate")
    at.later()
    at.application("applicationUpdate", status="Archived", reason="RejectedByCandidate")
    return at.history("a lead applies, is rejected, taken up again, withdraws")


def _merged(number: int) -> History:
    at = Ashby(number)
    at.application("applicationSubmit")
    at.later()
    at.application("applicationSubmit", person=2, number=2)
    at.later()
    ended, lives = at.ident("cand", 1), at.ident("cand", 2)
    at.act("candidateMerge", {"deletedCandidate": {"id": ended}, "mergedCandidate": {"id": lives}})
    at.later()
    at.application("candidateStageChange", "applicationUpdate", stage=at.ONSITE, person=2)
    return at.history("merged, the application goes on")


def _deleted(number: int) -> History:
    at = Ashby(number)
    at.application("applicationSubmit")
    at.later()
    at.application("candidateStageChange", "applicationUpdate", stage=at.ONSITE)
    at.later()
    at.act("candidateDelete", {"candidate": {"id": at.ident("cand", 1)}})
    return at.history("deleted")


def _hired_bit_by_bit(number: int) -> History:
    at = Ashby(number)
    at.application("applicationSubmit")
    at.later()
    for stage, status in ((at.ONSITE, "Active"), (at.HIRED, "Hired")):
        at.application(
            *(("candidateHire",) if status == "Hired" else ()),
            "applicationUpdate",
            "candidateStageChange",
            stage=stage,
            status=status,
            apart=timedelta(milliseconds=300),
        )
        at.later()
    return at.history("one doing, told at several moments")


COURSES: tuple[Callable[[int], History], ...] = (
    _hired,
    _rejected,
    _merged,
    _deleted,
    _hired_bit_by_bit,
)
