"""What operators see of the pilot in the console, in Chromium, signed in as themselves."""

from dataclasses import dataclass
from http import HTTPStatus

from playwright.sync_api import FilePayload

from local.pilot import playbook
from local.pilot.console import Console
from local.pilot.hands import Hands, expect, until
from local.pilot.opening import EN, Opening
from local.pilot.record import Record
from rapport.domain.operators import Role

REFERRALS, REFERRED = "referrals", ("rikke@referred.example", "roald@referred.example")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What is looked at, once the letter has gone out."""

    hands: Hands
    record: Record
    console: Console
    opening: Opening

    def play(self) -> None:
        """Sign in as two operators, and look."""
        self._brought_in()
        self._marketer()
        self._viewer()

    def _brought_in(self) -> None:
        step = self.record.begin(
            "A small table comes in by the console, and goes again",
            who="A marketer",
            door="the console, in Chromium",
        )
        rows = "\n".join(("E-mail", *REFERRED)).encode()
        table = FilePayload(name="referrals.csv", mimeType="text/csv", buffer=rows)
        with self.console.signed_in(Role.MARKETER) as page:
            taken = self.console.bring_in(page, table, REFERRALS, REFERRALS)
            step.picture(taken, "The last that is asked before anything is written")
            for email in REFERRED:
                until(lambda who=email: self.opening.knows(who), "somebody referred")  # type: ignore[misc]
            self.console.take_back(page, REFERRALS)
        for email in REFERRED:
            until(lambda who=email: not self.opening.knows(who), "nobody of that name")  # type: ignore[misc]
        step.tell("Nobody agreed to anything, so nobody of it could be mailed; then it is undone.")
        step.figure("rows brought in", len(REFERRED))
        step.figure("people left of it once it is taken back", 0)
        self.record.done(step)

    def _marketer(self) -> None:
        step = self.record.begin(
            "The console shows what was done", who="A marketer", door="the console, in Chromium"
        )
        person = (self.opening.knows(EN) or {})["person"]
        pages = (
            (f"/candidates/{person}", "console-candidate.png", "One candidate"),
            (f"/campaigns/{playbook.LETTER}", "console-campaign.png", "The letter, and its result"),
            ("/reports", "console-report.png", "The report"),
        )
        with self.console.signed_in(Role.MARKETER) as page:
            for path, name, caption in pages:
                self.console.open(page, path)
                step.picture(self.console.picture(page, name), caption)
        step.figure("pages looked at", len(pages))
        self.record.done(step)

    def _viewer(self) -> None:
        step = self.record.begin(
            "Who may only look can do nothing else",
            who="A viewer",
            door="`/desk/v1`, with a token of the pool",
        )
        person = (self.opening.knows(EN) or {})["person"]
        seen, _ = self.hands.desk(Role.VIEWER, "GET", f"/people/{person}")
        wish = {"topic": "*", "reason": "a try"}
        stopped, _ = self.hands.desk(Role.VIEWER, "POST", f"/people/{person}/stop", wish)
        trail, _ = self.hands.desk(Role.RECRUITER, "GET", "/audit?day=2026-01-01")
        expect("a viewer looking at a candidate", seen, HTTPStatus.OK)
        # As if nobody were there: who may not do it learns nothing by trying.
        expect("a viewer stopping somebody", stopped, HTTPStatus.NOT_FOUND)
        expect("a recruiter reading the trail", trail, HTTPStatus.FORBIDDEN)
        step.figure("calls that their roles do not allow, refused", "2 of 2")
        self.record.done(step)
