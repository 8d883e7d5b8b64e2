"""Reports counted by a second hand, straight from the events of a log.

It is naive on purpose: everything is asked of the whole list, every time; it shares neither folds
nor rows with rapport, only what a number is called.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rapport.bundle import Bundle
from rapport.domain.event import Event
from rapport.domain.identifiers import person_id
from rapport.domain.rules import Rules
from tests.support.histories import alike, told
from tests.support.oracle import Oracle

MONTH = timedelta(days=30)
Counted = dict[tuple[str, str, str, str], set[tuple[str, str]]]
_REPORTED = {"Delivery": "delivered", "Reject": "rejected"}
_DONE_TO_THEM = {"Decision", "Mail Submitted", "Mail Reported", "Candidate Hired", "Hire Undone"}


def said(event: Event) -> dict[str, Any]:
    """What an event carries."""
    found: Any = event.body.get("properties", {})
    return found  # type: ignore[no-any-return]


class Recount:
    """A log, its bundles, and which mails were allowed to tell on their readers."""

    def __init__(
        self, log: Sequence[Event], bundles: dict[str, Bundle], tracked: set[str], now: datetime
    ) -> None:
        self.log, self.bundles, self.tracked, self.now = log, bundles, tracked, now
        self.persons = Oracle([told(event) for event in log], Rules(), alike).persons()

    # Who

    def owner(self, ref: str) -> str:
        for root, members in self.persons.items():
            if ref in members:
                return person_id(root)
        return ""

    def everybody(self) -> list[tuple[str, list[Event], bool]]:
        """Id, events, and whether they are known, of everybody."""
        found: list[tuple[str, list[Event], bool]] = []
        for root, members in self.persons.items():
            cookies = {e.partition for e in self.log if e.owner in members}
            mine = [e for e in self.log if e.owner in members or e.partition in cookies]
            found.append((person_id(root), mine, True))
        for cookie in {e.partition for e in self.log if e.partition.startswith("anon#")}:
            mine = [e for e in self.log if e.partition == cookie]
            if not any(e.owner for e in mine):
                found.append((person_id(cookie), mine, False))
        return found

    def source(self, events: list[Event]) -> str:
        told_by = sorted(
            (e.at, e.message_id, e.body["context"]["campaign"]["source"])  # type: ignore[call-overload,index]
            for e in events
            if "context" in e.body
        )
        return str(told_by[0][2]) if told_by else ""

    def applications(self, events: list[Event]) -> dict[str, tuple[datetime, datetime | None]]:
        """Per application when it was sent, and when the person was hired."""
        found: dict[str, list[datetime]] = {}
        hired: dict[tuple[str, str], datetime] = {}
        for e in sorted(events, key=lambda e: e.at):
            name = said(e).get("job_id") or f"~{said(e).get('application')}"
            if e.type in {"Application Submitted", "Application Received"}:
                found.setdefault(name, []).append(e.at)
            if e.type == "Candidate Hired":
                hired[name, said(e)["application"]] = e.at
            if e.type == "Hire Undone":
                hired.pop((name, said(e)["application"]), None)
        return {
            name: (min(at), min((h for (of, _), h in hired.items() if of == name), default=None))
            for name, at in found.items()
        }

    # Mails

    def mails(self) -> list[dict[str, Any]]:
        found = []
        decided = [e for e in self.log if e.type == "Decision"]
        wishes = {
            (said(e)["intent"]["program"], said(e)["intent"]["occurrence"], e.home) for e in decided
        }
        for program, occurrence, subject in wishes:
            mine = [
                said(e)
                for e in decided
                if e.home == subject
                and said(e)["intent"]["program"] == program
                and said(e)["intent"]["occurrence"] == occurrence
            ]
            sent = [each for each in mine if each["outcome"] == "send"]
            last = max(mine, key=lambda each: each["decided_at"])
            mail = self._mail(sent[0] if sent else last, claimed=bool(sent))
            if not mail["left"]:
                mail["decided_at"], mail["outcome"] = last["decided_at"], last["outcome"]
                mail["bundle"], mail["reason"] = last["bundle"], last["reason"]
            box = sent[0]["address"] if sent else ""
            mail["person"] = self.owner(box) or self.owner(subject)
            mail["program"] = program
            found.append(mail)
        return found

    def _mail(self, decision: dict[str, Any], *, claimed: bool) -> dict[str, Any]:
        about = [e for e in self.log if said(e).get("send_id") == decision["send_id"] and claimed]
        states = {said(e)["state"] for e in about if e.type == "Mail Submitted"}
        mail = {**decision, "said": {}, "failed": "failed" in states}
        for e in about:
            what = {"Mail Clicked": "clicked", "Mail Replied": "replied"}.get(e.type, "")
            if e.type == "Unsubscribed":
                what = "unsubscribed"
            if e.type == "Mail Reported":
                what = _REPORTED.get(said(e)["kind"], "")
                if said(e)["kind"] == "Bounce":
                    what = "hard" if said(e)["type"] == "Permanent" else "soft"
                if said(e).get("feedback") == "abuse":
                    what = "complained"
            mail["said"][what] = min(e.at, mail["said"].get(what, e.at))
        order = ("accepted", "lost", "uncertain")
        mail["left"] = next((state for state in order if state in states), "")
        mail["tracked"] = decision["send_id"] in self.tracked
        got = [
            mail["said"][what]
            for what in ("delivered", "clicked", "replied")
            if what in mail["said"]
        ]
        stopped = {"hard", "rejected"} & mail["said"].keys()
        mail["had"] = min(got) if got and mail["left"] == "accepted" and not stopped else None
        return mail

    def group(
        self, mail: dict[str, Any], by: str, program: str, people: dict[str, list[Event]]
    ) -> str | None:
        campaign = mail["program"] == "campaign:spring"
        if program not in {"", mail["program"]}:
            return None
        if campaign == (by == "playbook") and by in {"campaign", "segment", "playbook"}:
            return None
        names: dict[str, str] = {
            "campaign": "spring",
            "playbook": mail["program"],
            "segment": "nurses" if mail["bundle"] == "a" else "list:fair",
            "sender": "Rita" if campaign and mail["bundle"] == "b" else "Halden",
            "source": self.source(people.get(mail["person"], [])),
            "brand": self.bundles[mail["bundle"]].brand.key,
        }
        return names[by]

    def of_mails(self, by: str, program: str, first: date, last: date) -> Counted:
        counted: Counted = {}
        mails = self.mails()
        people = {person: events for person, events, _ in self.everybody()}

        def add(
            mail: dict[str, Any], of: str, name: str, reason: str = "", thing: str = ""
        ) -> None:
            where = self.group(mail, by, program, people)
            if not mail["person"] or not first <= _moment(mail).date() <= last:
                return
            if where is not None:
                thing = thing or f"{mail['intent']['occurrence']} {mail['subject']}"
                place = (where, of, name, reason)
                counted.setdefault(place, set()).add((thing, mail["person"]))

        for mail in mails:
            for of, name, reason in self.steps(mail):
                add(mail, of, name, reason)
        for person, events in people.items():
            for mail, of, name, thing in self.won(person, events, mails):
                add(mail, of, name, thing=thing)
        return counted

    def won(
        self, person: str, events: list[Event], mails: list[dict[str, Any]]
    ) -> list[tuple[dict[str, Any], str, str, str]]:
        """Mails with the applications and hires that came out of them."""
        found = []
        mine = [mail for mail in mails if mail["person"] == person and mail["had"]]
        for name, (at, hired) in self.applications(events).items():
            clicked = [
                mail
                for mail in mine
                if timedelta() <= at - mail["said"].get("clicked", at + MONTH) <= MONTH
                and at - _moment(mail) <= 3 * MONTH
            ]
            last = sorted(clicked, key=lambda mail: mail["said"]["clicked"])[-1:]
            near = [mail for mail in mine if timedelta() <= at - mail["had"] <= 3 * MONTH]
            told_of = [(mail, "clicked by a person", "after a click") for mail in last]
            told_of += [(mail, "delivered", "after a mail") for mail in near]
            for mail, of, how in told_of:
                found.append((mail, of, f"applied {how}", f"{person} {name}"))
                if hired:
                    found.append((mail, of, f"hired {how}", f"{person} {name}"))
        return found

    def steps(self, mail: dict[str, Any]) -> list[tuple[str, str, str]]:
        found = [("intended", "intended", "")]
        if not mail["left"]:
            if mail["failed"]:
                return [*found, ("intended", "dropped", "rejected")]
            name = {"hold": "held now", "drop": "dropped", "send": "underway"}[mail["outcome"]]
            return [*found, ("intended", name, "" if name == "underway" else mail["reason"])]
        found.append(("intended", "sent", ""))
        names = {"uncertain": "nobody can tell", "lost": "given up: nobody can tell"}
        found.append(("sent", names.get(mail["left"], "accepted"), ""))
        answers = ("replied", "unsubscribed", "complained")
        found += [("sent", answer, "") for answer in answers if answer in mail["said"]]
        if mail["left"] != "accepted":
            return found
        if mail["had"]:
            found.append(("accepted", "delivered", ""))
            seen = "not clicked" if mail["tracked"] else "may not be noted"
            clicked = "clicked" in mail["said"]
            found.append(("delivered", "clicked by a person" if clicked else seen, ""))
        elif "hard" in mail["said"]:
            found.append(("accepted", "bounced for good", ""))
        elif "rejected" in mail["said"]:
            found.append(("accepted", "rejected", ""))
        else:
            soft = "soft" in mail["said"]
            found.append(("accepted", "not taken for now" if soft else "no word yet", ""))
        return found

    # People

    def of_people(self, first: date, last: date) -> Counted:
        counted: Counted = {}
        lately = {
            mail["person"]
            for mail in self.mails()
            if mail["had"] and self.now - _moment(mail) <= timedelta(days=90)
        }

        def add(where: str, of: str, name: str, thing: str, person: str) -> None:
            counted.setdefault((where, of, name, ""), set()).add((thing, person))

        for person, events, known in self.everybody():
            if self._opted_in(events):
                add("pool", "opted in", "opted in", person, person)
                add(
                    "pool",
                    "opted in",
                    "touched" if person in lately else "not touched",
                    person,
                    person,
                )
            applications = self.applications(events)
            hired = [(name, at) for name, (_, at) in applications.items() if at is not None]
            source = self.source(events)
            for name, at in hired:
                if first <= at.date() <= last:
                    add(f"hires {source}", "hired", "hired", f"{person} {name}", person)
            begun = [e.at for e in events if e.type not in _DONE_TO_THEM | {"Identity Decreed"}]
            if not begun or not first <= min(begun).date() <= last:
                continue
            visited = any(e.partition.startswith("anon#") for e in events)
            begin = "visitors" if visited else "brought in"
            add(source, begin, begin, person, person)
            add(source, begin, "known" if known else "not known", person, person)
            if known:
                add(source, "known", "applied" if applications else "not applied", person, person)
            if applications:
                add(source, "applied", "hired" if hired else "not hired", person, person)
        return counted

    def _opted_in(self, events: list[Event]) -> bool:
        for e in events:
            if e.type == "Address Confirmed":
                noes = [
                    u
                    for u in events
                    if u.type == "Unsubscribed"
                    and said(u)["scope"] in {"marketing", said(e)["topic"]}
                    and u.received_at >= e.received_at
                ]
                if not noes:
                    return True
        return False


def _moment(mail: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(mail["decided_at"] / 1000, tz=UTC)
