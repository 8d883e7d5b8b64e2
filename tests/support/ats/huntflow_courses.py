"""What happens to candidates of an employer who uses Huntflow, told in version 2 of its bodies."""

from collections.abc import Callable

from rapport.domain.event import Json
from tests.support.ats.course import History, Told
from tests.support.ats.huntflow import VACANCY, second

_INTERVIEW: Json = {"id": 3, "name": "Интервью"}
_OFFER: Json = {"id": 4, "name": "Предложение"}
_HIRED: Json = {"id": 5, "name": "Вышел на работу"}
_REFUSED: Json = {"id": 6, "name": "Отказ"}


class Huntflow(Told):
    """Courses at an employer who uses Huntflow."""

    def __init__(self, number: int) -> None:
        super().__init__("huntflow", number)

    def log(self, kind: str, *, person: int = 1, vacancy: bool = True, **entry: Json) -> None:
        """Tell of an entry in an applicant's log."""
        ident = self.base + person
        who: Json = {
            "id": ident,
            "first_name": "Робин",
            "last_name": f"Course{ident}",
            "email": f"robin{ident}@huntflow-course.example",
        }
        of: Json = {**VACANCY, "id": self.base + 500} if vacancy else None
        body = second(kind, "ADD", created=self.now.isoformat(), vacancy=of, **entry)
        assert isinstance(body["event"], dict)
        body["event"]["applicant"] = who
        self.tell(body)


def _hired(number: int) -> History:
    at = Huntflow(number)
    at.log("ADD", vacancy=False)
    at.later(hours=1)
    at.log("VACANCY-ADD")
    for stage in (_INTERVIEW, _OFFER):
        at.later()
        at.log("STATUS", status=stage)
    at.later(hours=1)
    at.log("COMMENT", status=_OFFER)
    at.later()
    at.log("STATUS", status=_HIRED, hired_in_fill_quota={"id": 9})
    return at.history("applied, two stages, a comment, hired")


def _rejected(number: int) -> History:
    at = Huntflow(number)
    at.log("VACANCY-ADD")
    at.later()
    at.log("STATUS", status=_INTERVIEW)
    at.later()
    at.log("STATUS", status=_REFUSED, rejection_reason={"id": 4, "name": "Другой"})
    at.later(hours=1)
    at.log("COMMENT", status=_REFUSED, rejection_reason={"id": 4, "name": "Другой"})
    at.later()
    at.log("STATUS", status=_OFFER)
    return at.history("rejected, a comment, and on to another stage after all")


def _joined(number: int) -> History:
    at = Huntflow(number)
    at.log("ADD", person=1, vacancy=False)
    at.later()
    at.log("VACANCY-ADD", person=2)
    at.later()
    at.log("DOUBLE", person=2, vacancy=False, source=at.base + 1)
    return at.history("two applicants who are one")


COURSES: tuple[Callable[[int], History], ...] = (_hired, _rejected, _joined)
