"""A call of the operators' API: who asks, may they, the work, the trail, the answer.

Nothing is allowed unless a grant says so. What is about one person that the operator may not see is
answered as if there were no such person; lists are narrowed. Before any answer leaves, also a
refusal, a row of the trail is written: without it there is no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.desk import claims
from functions.desk.answers import (
    CHANGED,
    CONFLICT,
    FAULT,
    FORBIDDEN,
    LATER,
    NOT_FOUND,
    UNFIT,
    Answer,
    ProblemError,
)
from functions.desk.calls import Call, Desk, Over, Request, Served
from rapport.auditing import Entry, answered
from rapport.campaign_work import CampaignError
from rapport.cursors import CursorError
from rapport.domain.operators import ANY, About, Operator, brands_of, may
from rapport.editing import EditError
from rapport.errors import MisconfiguredError, PoisonError, RapportError, RetryableError
from rapport.operators import Known
from rapport.reports import NoSuchReportError
from rapport.saving import ChangedError
from rapport.searching import NoSuchSegmentError

NOBODY = "-"
NO_FIELDS: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Door:
    """The flow. `served` by the gateway's names of the routes."""

    desk: Desk
    operators: Known
    expected: claims.Expected
    served: Mapping[str, Served]

    def answer(self, request: Request) -> Answer | ProblemError:
        """The answer, of which the trail tells by then. RetryableError when it cannot be told."""
        who, person = NOBODY, ""
        found: Answer | ProblemError = ProblemError(FAULT)
        try:
            who = self._subject(request)
            served, operator = self._served(request), self._operator(who)
            call = self._allowed(served, request, operator)
            person = "" if call.found is None else call.found.person
            found = served.run(self.desk, call)
        except ProblemError as problem:
            found = problem
        except (RetryableError, MisconfiguredError):
            found = ProblemError(LATER)
        except (CampaignError, EditError) as refused:
            found = ProblemError(CONFLICT, str(refused))
        except PoisonError:
            found = ProblemError(FAULT)
        except (CursorError, NoSuchReportError, NoSuchSegmentError) as unfit:
            found = ProblemError(UNFIT, str(unfit))
        except ChangedError as changed:
            found = ProblemError(CHANGED, str(changed))
        except RapportError as refused:
            found = ProblemError(CONFLICT, str(refused))
        finally:
            self._audit(request, who, person, found)
        return found

    def _subject(self, request: Request) -> str:
        return claims.subject_of(
            request.claims,
            expected=self.expected,
            method=request.method,
            authorization=request.header("authorization"),
            now=self.desk.now(),
        )

    def _served(self, request: Request) -> Served:
        served = self.served.get(request.key)
        if served is None:
            raise ProblemError(NOT_FOUND)
        return served

    def _operator(self, subject: str) -> Operator:
        operator = self.operators.get(subject)
        if operator is None:
            raise ProblemError(FORBIDDEN)
        return operator

    def _allowed(self, served: Served, request: Request, operator: Operator) -> Call:
        call = Call(request=request, operator=operator, action=served.action, now=self.desk.now())
        if served.over is Over.PERSON:
            return self._about_person(call)
        allowed = {
            Over.ME: True,
            Over.MANY: may(operator, served.action),
            Over.COMMON: bool(brands_of(operator, served.action) & {ANY, *self.desk.brands}),
            Over.BRAND: call.sees(About(brands=self.desk.brands)),
        }
        if not allowed[served.over]:
            raise ProblemError(FORBIDDEN)
        return call

    def _about_person(self, call: Call) -> Call:
        found = self.desk.person(call.request.path.get("person", ""))
        if not call.sees(self.desk.about(found)):
            raise ProblemError(NOT_FOUND, about=found.person)
        return replace(call, found=found)

    def _audit(self, request: Request, who: str, person: str, found: Answer | ProblemError) -> None:
        served = self.served.get(request.key)
        action = NOBODY if served is None else f"{served.action.value}:{request.method}"
        if isinstance(found, ProblemError):
            status, fields, why = found.problem.status, NO_FIELDS, ""
        else:
            status, fields, why = found.status, found.fields, found.why
        self.desk.audits.put(
            Entry(
                id=request.id,
                at=self.desk.now(),
                who=who,
                action=action,
                ended=answered(status),
                about=person or found.about,
                fields=fields,
                why=why,
                request=request.id,
                status=status,
            )
        )
