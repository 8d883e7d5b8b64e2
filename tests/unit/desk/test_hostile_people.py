"""People who are gone, and operators who look for more than they may see."""

from datetime import timedelta

from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace
from rapport.domain.operators import Grant, Role
from rapport.tasks import REPLY, Task, task_event
from tests.support.operating import BRAND, Office, document, status

TASKS = "GET /desk/v1/tasks"


def _office() -> Office:
    office = Office()
    office.hire("recruiter", Grant(role=Role.RECRUITER, brand=BRAND))
    office.hire("of-norway", Grant(role=Role.RECRUITER, brand=BRAND, country="NO"))
    office.add("kari", country="NO")
    return office


def _task_of_nobody(office: Office) -> Task:
    """A task that was opened for somebody who is erased since."""
    gone = office.refs.ref(Namespace.EMAIL, "gone@inbox.halden.example")
    due = office.clock() + timedelta(days=1)
    event = task_event(gone, REPLY, "reply-1", cause_at=office.clock(), due=due, now=office.clock())
    task = Task(id=event.message_id, kind=REPLY, send_id="", due=due, opened=event.key)
    office.tasks.add(task)
    office.log.append([event])
    return task


def test_one_task_about_somebody_who_is_gone_hides_no_other_task_from_anybody() -> None:
    office = _office()
    gone = _task_of_nobody(office)
    seen = {
        who: [each["id"] for each in document(office.ask(who, TASKS))["items"]]
        for who in ("recruiter", "of-norway")
    }
    [kari] = office.everybody
    assert set(seen["recruiter"]) == {kari.task, gone.id}
    assert seen["of-norway"] == [kari.task]
    done = "POST /desk/v1/tasks/{task}/done"
    assert status(office.ask("of-norway", done, task=gone.id)) == 404
    assert status(office.ask("recruiter", done, task=gone.id)) == 200


def test_a_list_of_those_who_may_be_asked_is_refused_with_a_sentence() -> None:
    office = _office()
    office.hire("marketer", Grant(role=Role.MARKETER, brand=BRAND))
    office.rooms.settle()
    [kari] = office.everybody
    key = "POST /desk/v1/lists/{list}/people"
    bodies: tuple[dict[str, Json], ...] = ({"when": "true"}, {"people": [kari.id]})
    for body in bodies:
        answer = office.ask("marketer", key, body=body, list="ask-0123456789ab")
        assert status(answer) == 409
        assert "repermission" in document(answer)["detail"]
    assert not [e for e in office.log.rows.values() if e.type == "List Joined"]


def test_why_somebody_is_not_written_to_stands_in_the_sealed_log_and_in_no_row_that_stays() -> None:
    office = _office()
    [kari] = office.everybody
    key = "POST /desk/v1/people/{person}/stop"
    said: dict[str, Json] = {"why": "Kari Holm rang, her new one is k@x.example"}
    assert document(office.ask("recruiter", key, body=said, person=kari.id))["new"]
    suppressions = [state.suppressions for state in office.book.addresses.values()]
    assert any("employer" in each for each in suppressions)
    assert "Holm" not in str(suppressions)
    told = [e for e in office.log.rows.values() if e.type == "Contact Stopped"]
    assert "Holm" in str(told[0].body), "colleagues still read it"
