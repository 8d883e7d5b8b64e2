"""What the API answers: JSON documents, and problems as RFC 9457 has them.

What an operator may not see is answered with the very bytes of what does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.domain.event import Json

JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One way in which a call fails; `title` never tells of anybody."""

    status: int
    code: str
    title: str


UNAUTHORISED = Problem(status=401, code="unauthorised", title="Sign in again.")
FORBIDDEN = Problem(status=403, code="forbidden", title="No grant of yours allows this.")
NOT_FOUND = Problem(status=404, code="not_found", title="There is no such thing for you.")
UNFIT = Problem(status=400, code="unfit", title="The call is not as the description has it.")
TOO_LARGE = Problem(status=413, code="too_large", title="The body is larger than 64 KiB.")
NOT_JSON = Problem(status=415, code="not_json", title="The body must be application/json.")
CHANGED = Problem(status=412, code="changed", title="It changed since you read it; read again.")
UNCONDITIONED = Problem(
    status=428, code="unconditioned", title="Send If-Match with the ETag that you read."
)
CONFLICT = Problem(status=409, code="conflict", title="That is not possible as things stand.")
LATER = Problem(status=503, code="later", title="Not now; try again in a few seconds.")
FAULT = Problem(status=500, code="fault", title="A defect; it was reported.")
PROBLEMS = (
    *(UNAUTHORISED, FORBIDDEN, NOT_FOUND, UNFIT, TOO_LARGE, NOT_JSON),
    *(CHANGED, UNCONDITIONED, CONFLICT, LATER, FAULT),
)


class ProblemError(Exception):
    """A call ends with a problem. `detail` tells the mend and holds nothing that a person typed.

    `about`: for the trail alone, whom a caller asked for who may not see them.
    """

    def __init__(self, problem: Problem, detail: str = "", *, about: str = "") -> None:
        """End with that problem."""
        super().__init__(problem.code)
        self.problem = problem
        self.detail = detail
        self.about = about


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A good answer. For the trail: `about` whom or what, which `fields` were shown, and `why`.

    `kind` is the media type; of any but JSON the body is the text itself.
    """

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    fields: tuple[str, ...] = ()
    why: str = ""
    kind: str = JSON


def problem_json(error: ProblemError) -> dict[str, Json]:
    """The document of a problem."""
    told: dict[str, Json] = {
        "type": "about:blank",
        "title": error.problem.title,
        "status": error.problem.status,
        "code": error.problem.code,
    }
    return {**told, "detail": error.detail} if error.detail else told
