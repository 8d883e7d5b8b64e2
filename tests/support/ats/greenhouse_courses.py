"""What happens to candidates of an employer who uses Greenhouse.

The deliveries are the vendor's own examples with other ids, times and names in them.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.support.ats.course import BEGAN, History, Told, iso, sample


class Greenhouse(Told):
    """Courses at an employer who uses Greenhouse."""

    SCREEN, ASSESSMENT, OFFER = (9001, "Phone Screen"), (9002, "Assessment"), (9003, "Offer")

    def __init__(self, number: int) -> None:
        super().__init__("greenhouse", number)
        self.applied = self.now

    def of_application(
        self,
        action: str,
        *,
        person: int = 1,
        application: int = 1,
        job: int = 1,
        stage: tuple[int, str] | None = None,
        status: str = "active",
        prospect: bool = False,
        can_email: bool = True,
        reason: str = "",
    ) -> None:
        """Tell what became of an application, as it is now."""
        body = deepcopy(sample(f"greenhouse/{_SAMPLE_OF.get(action, action)}"))
        body["action"] = action
        node = body["payload"]["application"]
        node["id"] = self.base + 100 + application
        node["candidate"] |= self.person(person) | {"can_email": can_email}
        jobs = {"id": self.base + 500 + job, "job_post_id": self.base + 700 + job}
        for each in (*node.get("jobs", ()), *([node["job"]] if "job" in node else ())):
            dates = ("opened_at", "open_date", "created_at", "closed_at", "close_date")
            times = {key: None if "close" in key else iso(BEGAN) for key in dates if key in each}
            each.update(jobs | times)
        if action == "hire_candidate":
            # It tells no status, no stage and no time of its own.
            node["offer"] |= {"created_at": iso(self.now), "resolved_at": iso(self.now)}
        else:
            rejected = status == "rejected"
            why = {"id": 14, "name": "Not now", "type": {"id": 2, "name": reason}}
            node |= {
                "status": status,
                "prospect": prospect,
                "applied_at": iso(self.applied),
                "last_activity_at": iso(self.now),
                "rejected_at": iso(self.now) if rejected else None,
                "rejection_reason": why if rejected else None,
                "current_stage": None
                if stage is None
                else {"id": stage[0], "name": stage[1], "interviews": []},
            }
        self.tell(body)

    def person(self, person: int) -> dict[str, Any]:
        """Who somebody is: an address of their own, and no other that the sample had."""
        number = self.base + person
        return {
            "id": number,
            "first_name": "Robin",
            "last_name": f"Course{number}",
            "external_id": None,
            "created_at": iso(self.applied),
            "email_addresses": [
                {"value": f"robin{number}@greenhouse-course.example", "type": "personal"}
            ],
            "phone_numbers": [],
        }

    def of_person(self, action: str, person: int, **more: object) -> None:
        """Tell what became of a candidate: merged, deleted."""
        body = deepcopy(sample(f"greenhouse/{action}"))
        node = body["payload"]["person"]
        node.pop("deleted_application_ids", None)
        node |= {"id": self.base + person, "created_at": iso(self.applied), **more}
        self.tell(body)

    def deleted_application(self, person: int, application: int, job: int) -> None:
        """Tell that an application is gone, as Greenhouse's reference shows it."""
        node = {
            "id": self.base + 100 + application,
            "candidate_id": self.base + person,
            "job_id": self.base + 500 + job,
            "created_at": iso(self.applied),
            "rejected_at": None,
            "prospect": False,
        }
        self.tell({"action": "delete_application", "payload": {"application": node}})


# Actions of which there is no sample of their own → one of the same form.
_SAMPLE_OF = {
    "application_updated": "history/application_updated__2016-11-30_9c71f4055",
    "unhire_candidate": "history/unhire_candidate__2018-07-30_bd84e927b",
    "unreject_candidate": "history/unreject_candidate__2020-05-28_01a91a36f",
}


def _hired(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later()
    at.of_application("candidate_stage_change", stage=at.ASSESSMENT)
    at.later()
    at.of_application("candidate_stage_change", stage=at.OFFER)
    at.later()
    at.of_application("hire_candidate")
    at.later()
    at.of_application("unhire_candidate", stage=at.OFFER)
    at.later()
    at.of_application("hire_candidate")
    return at.history("applied, two stages, hired, not hired after all, hired")


def _rejected(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later(hours=2)
    at.of_application("candidate_stage_change", stage=at.ASSESSMENT)
    at.later()
    at.of_application(
        "reject_candidate", stage=at.ASSESSMENT, status="rejected", reason="We rejected them"
    )
    at.later(hours=3)
    at.of_application("unreject_candidate", stage=at.ASSESSMENT)
    at.later(minutes=5)
    at.of_application("candidate_stage_change", stage=at.SCREEN)
    at.later()
    at.of_application(
        "reject_candidate", stage=at.SCREEN, status="rejected", reason="They rejected us"
    )
    return at.history("rejected, taken up again, back a stage, withdrawn")


def _prospect(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_prospect_application", prospect=True)
    at.later(days=9)
    at.of_application("application_updated", stage=at.SCREEN)
    at.later()
    at.of_application("candidate_stage_change", stage=at.ASSESSMENT)
    return at.history("a prospect becomes a candidate")


def _merged(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN, can_email=False)
    at.later()
    at.of_application("new_candidate_application", person=2, application=2, job=2, stage=at.SCREEN)
    at.later()
    at.of_person("merge_candidate", 1, new_candidate_id=at.base + 2, can_email=False)
    at.later()
    # The application of the one who ended goes on with the other.
    at.of_application("candidate_stage_change", person=2, stage=at.ASSESSMENT)
    return at.history("merged, the one who ended did not want mail")


def _merged_on_one_job(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later(minutes=4)
    at.of_application("new_candidate_application", person=2, application=2, stage=at.SCREEN)
    at.later()
    at.of_person("merge_candidate", 1, new_candidate_id=at.base + 2, can_email=True)
    at.deleted_application(1, 1, 1)
    at.later()
    at.of_application("new_candidate_application", person=3, application=3, job=2, stage=at.SCREEN)
    at.later()
    at.of_person("merge_candidate", 2, new_candidate_id=at.base + 3, can_email=True)
    at.later()
    at.of_application("candidate_stage_change", person=3, application=2, stage=at.ASSESSMENT)
    return at.history("merged twice in a row, the first time on one job")


def _deleted(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later()
    at.of_application("candidate_stage_change", stage=at.ASSESSMENT)
    at.later()
    at.of_person("delete_candidate", 1, deleted_application_ids=[at.base + 101])
    return at.history("deleted")


def _anonymized(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later()
    at.of_application(
        "reject_candidate", stage=at.SCREEN, status="rejected", reason="We rejected them"
    )
    at.later(days=30)
    body = deepcopy(sample("greenhouse/candidate_anonymized"))
    body["payload"] |= {
        "candidate_id": at.base + 1,
        "anonymized_fields": ["full_name", "email_addresses"],
    }
    at.tell(body)
    return at.history("rejected, then anonymised")


def _changed(number: int) -> History:
    at = Greenhouse(number)
    at.of_application("new_candidate_application", stage=at.SCREEN)
    at.later(hours=1)
    at.of_application("application_updated", stage=at.SCREEN)
    at.later()
    # A changed candidate has no time but that of their first day.
    body = deepcopy(sample("greenhouse/update_candidate"))
    body["payload"]["candidate"] |= at.person(1) | {"title": "Senior designer"}
    at.tell(body)
    at.later()
    at.of_application("candidate_stage_change", stage=at.ASSESSMENT)
    at.later(minutes=1)
    at.of_application("application_updated", stage=at.ASSESSMENT)
    return at.history("changed between stages")


COURSES: tuple[Callable[[int], History], ...] = (
    _hired,
    _rejected,
    _prospect,
    _merged,
    _merged_on_one_job,
    _deleted,
    _anonymized,
    _changed,
)
