"""What came of mail and of people: as JSON, as a table, as a page; and whose a number is."""

from functions.desk.answers import UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served, page
from functions.desk.summaries import nobody_known, summary
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.numbers import Step
from rapport.domain.operators import Action, may
from rapport.report_groups import By
from rapport.report_lines import to_csv, to_json
from rapport.report_page import page as as_page
from rapport.reports import Report, asked

_YES_NO = {"yes": True, "no": False}


def _report(desk: Desk, call: Call) -> Report:
    people = call.query("people", other="no")
    if people not in _YES_NO:
        raise ProblemError(UNFIT, "people is yes or no.")
    wish = asked(
        call.query("by", other=By.PLAYBOOK.value),
        call.query("since"),
        call.query("until"),
        now=call.now,
        program=call.query("program"),
        people=_YES_NO[people],
    )
    return desk.reports().of(wish)


def report(desk: Desk, call: Call) -> Answer:
    """Every number, without the people."""
    return Answer(body=to_json(_report(desk, call)))


def table(desk: Desk, call: Call) -> Answer:
    """A line for each number; no cell is a formula."""
    return Answer(
        body=to_csv(_report(desk, call)),
        kind="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="report.csv"'},
    )


def whole_page(desk: Desk, call: Call) -> Answer:
    """To read and to print."""
    brand = desk.whole.brand
    return Answer(
        body=as_page(_report(desk, call), brand=brand.name, language=brand.language),
        kind="text/html; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="report.html"'},
    )


def people(desk: Desk, call: Call) -> Answer:
    """Those of them whom the operator may find."""
    step = call.query("step")
    if step not in {*Step}:
        raise ProblemError(UNFIT, "step is a step of the report, as it names them.")
    found = _report(desk, call).people_of(Step(step), call.query("group"))
    mine = [each for each in found if _found(desk, call, each)]
    body = page(desk, call, mine, place=str, told=lambda each: _summary(desk, call, each))
    return Answer(body=body, fields=("summary",) if mine else ())


def _found(desk: Desk, call: Call, person: PersonId) -> bool:
    try:
        return may(call.operator, Action.FIND, desk.about(desk.person(person)))
    except ProblemError:
        return False


def _summary(desk: Desk, call: Call, person: PersonId) -> dict[str, Json]:
    view = desk.stores.people.view(person)
    return nobody_known(person) if view is None else summary(view.profile, call.now)


SERVED = tuple(
    Served(key=key, action=Action.REPORT, over=Over.BRAND, run=run)
    for key, run in (
        ("GET /desk/v1/report", report),
        ("GET /desk/v1/report/csv", table),
        ("GET /desk/v1/report/page", whole_page),
        ("GET /desk/v1/report/people", people),
    )
)
