"""What happens to candidates in a system that tells canonical events by Standard Webhooks."""

from collections.abc import Callable
from typing import Any

from rapport.adapters.ats.standard_form import PREFIX
from rapport.domain.ats import Kind
from tests.support.ats.course import History, Told, iso

_SCREEN, _ONSITE, _OFFER = "screen", "onsite", "offer"


class Standard(Told):
    """Courses in such a system."""

    def __init__(self, number: int) -> None:
        super().__init__("standard", number)
        self.applied = iso(self.now)

    def event(self, kind: Kind, **data: object) -> None:
        """Tell something; a key that is not given says nothing."""
        number = len(self.deliveries)
        self.tell(
            {
                "specversion": "1.0",
                "id": f"event-{self.base + number}",
                "type": f"{PREFIX}{kind.value}",
                "source": "https://ats.halden.example",
                "time": iso(self.now),
                "data": data,
            }
        )

    def of_application(
        self,
        kind: Kind,
        *,
        to: str = "",
        came: str = "",
        status: str = "",
        person: int = 1,
        number: int = 1,
        **who: object,
    ) -> None:
        """Tell what became of an application."""
        job = self.base + 500 + number
        application: dict[str, Any] = {"id": f"a{self.base + number}", "applied_at": self.applied}
        self.event(
            kind,
            candidate=self.person(person) | who,
            application=application | ({"status": status} if status else {}),
            jobs=[{"id": f"r{job}", "post": f"p{job}", "title": "Designer"}],
            **({"stage": {"id": to, "name": to.title()}} if to else {}),
            **({"from_stage": {"id": came}} if came else {}),
        )

    def ident(self, person: int) -> str:
        """A candidate's id."""
        return f"c{self.base + person}"

    def person(self, person: int) -> dict[str, Any]:
        """Who somebody is."""
        address = f"robin{self.base + person}@standard-course.example"
        return {
            "id": self.ident(person),
            "full": f"Robin Course{self.base + person}",
            "emails": [{"value": address, "kind": "personal", "primary": True}],
        }


def _hired(number: int) -> History:
    at = Standard(number)
    at.of_application(Kind.APPLICATION_CREATED, to=_SCREEN, status="active")
    at.later()
    at.of_application(Kind.APPLICATION_STAGE_CHANGED, to=_ONSITE, came=_SCREEN)
    at.later()
    at.of_application(Kind.APPLICATION_STAGE_CHANGED, to=_OFFER, came=_ONSITE)
    at.later()
    at.of_application(Kind.APPLICATION_HIRED, status="hired")
    at.later()
    at.of_application(Kind.APPLICATION_UNHIRED, status="active")
    return at.history("applied, two stages, hired, not hired after all")


def _rejected(number: int) -> History:
    at = Standard(number)
    at.of_application(Kind.APPLICATION_CREATED, to=_SCREEN, status="active")
    at.later()
    at.of_application(Kind.APPLICATION_REJECTED, status="rejected")
    at.later()
    at.of_application(Kind.APPLICATION_REOPENED, status="active")
    at.later(hours=1)
    at.of_application(Kind.APPLICATION_STAGE_CHANGED, to=_ONSITE, came=_SCREEN)
    at.later()
    at.of_application(Kind.APPLICATION_WITHDRAWN, status="withdrawn")
    return at.history("rejected, taken up again, withdrawn")


def _merged(number: int) -> History:
    at = Standard(number)
    at.of_application(Kind.APPLICATION_CREATED, to=_SCREEN, status="active", can_email=False)
    at.later()
    at.of_application(Kind.APPLICATION_CREATED, to=_SCREEN, status="active", person=2, number=2)
    at.later()
    at.event(Kind.CANDIDATE_MERGED, candidate={"id": at.ident(1), "merged_into": at.ident(2)})
    at.later()
    at.of_application(Kind.APPLICATION_STAGE_CHANGED, to=_ONSITE, came=_SCREEN, person=2)
    return at.history("merged, the one who ended did not want mail")


def _anonymized(number: int) -> History:
    at = Standard(number)
    at.of_application(Kind.APPLICATION_CREATED, to=_SCREEN, status="active")
    at.later()
    fields = {"anonymized_fields": ["full", "emails"]}
    at.event(Kind.CANDIDATE_ANONYMIZED, candidate={"id": at.ident(1)} | fields)
    at.later()
    at.event(
        Kind.CANDIDATE_DELETED,
        candidate={"id": at.ident(1)},
        application={"deleted": [f"a{at.base + 1}"]},
    )
    return at.history("anonymised, then deleted")


COURSES: tuple[Callable[[int], History], ...] = (_hired, _rejected, _merged, _anonymized)
