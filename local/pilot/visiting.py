"""The visitors of the pilot: they fill in forms, begin to apply, are reminded and invited."""

import time
from dataclasses import dataclass
from typing import Any, Final

from local import ats
from local.inbox import ask, unsubscribe_url
from local.pilot import playbook
from local.pilot.chromium import NARROW, WIDE, Chromium
from local.pilot.hands import Hands, expect, until
from local.pilot.opening import EN, NB, Opening, applicant
from local.pilot.record import Record, Step

# A page that was opened this short a while ago is sent by a robot.
READS_S: Final = 2.5


@dataclass(frozen=True, kw_only=True)
class Visiting:
    """What this part works with; `opening` has connected what tells of stages."""

    hands: Hands
    record: Record
    screen: Chromium
    opening: Opening

    def play(self) -> None:
        """All of it, in order."""
        self._joined()
        self._applied()

    def _joined(self) -> None:
        step = self.record.begin(
            "Visitors fill in a form on the career site",
            who="Two visitors, one of them on two devices",
            door="a page of the career site that carries the form by its one-line embed",
        )
        site = f"{self.hands.place.site_url}/stay-in-touch"
        until(lambda: ask("GET", site).ok, "the career site")
        self._fill(f"{site}?lang=en", EN, step, "form-en.png", "The form in English")
        self._fill(f"{site}?lang=nb", NB, step, "form-nb.png", "The same in Norwegian, on a phone")
        for email in (EN, NB):
            # Of nobody known yet: what was ticked counts at once, and the welcome follows.
            until(lambda who=email: self._of(who, "talent-network-welcome"), "the welcome")  # type: ignore[misc]
            expect("consents with proof", self._proofs(email), 2)
        self._fill(f"{site}?lang=en", EN, step, "", "")
        expect("consents after a second device", self._proofs(EN), 2)
        with self.screen.visitor(size=NARROW) as page:
            welcome = self._of(EN, "talent-network-welcome")[0]
            page.goto(f"{self.hands.place.mailbox_url}/messages/{welcome['id']}/html")
            step.picture(self.screen.picture(page, "welcome.png"), "The welcome that follows")
            page.goto(unsubscribe_url(welcome))
            page.get_by_role("heading", level=1).wait_for()
            step.picture(self.screen.picture(page, "own-page.png"), "What its link opens")
        step.tell(
            "Whose address nobody knew is welcomed at once. Of the same address from a second"
            " device nothing that was ticked counts by itself: anybody can type an address."
        )
        step.figure("forms filled in", 3)
        step.figure("consents that can be proven, at once", 4)
        step.figure("consents that a second device added by itself", 0)
        self.record.done(step)

    def _fill(self, url: str, email: str, step: Step, name: str, caption: str) -> None:
        norwegian = "lang=nb" in url
        words = (
            ("E-postadresse", "Fagfeltet ditt") if norwegian else ("E-mail address", "Your field")
        )
        size = NARROW if norwegian else WIDE
        with self.screen.visitor(language="nb-NO" if norwegian else "en-GB", size=size) as page:
            page.goto(url)
            frame = page.frame_locator("iframe[title='Join us']")
            frame.get_by_label(words[0]).fill(email)
            frame.get_by_label(words[1], exact=True).select_option("nursing")
            for box in frame.get_by_role("checkbox").all()[-2:]:
                box.check()
            time.sleep(READS_S)
            page.get_by_role("button", name="No, thank you").click()
            if name:
                frame.get_by_label(words[0]).scroll_into_view_if_needed()
                step.picture(self.screen.picture(page, name), caption)
            frame.get_by_role("button").click()
            frame.get_by_role("status").wait_for()

    def _proofs(self, email: str) -> int:
        """How many consents are in force, each with the words that were agreed to."""
        said = self.hands.command("consent", email, "--proof", "--json", by=playbook.AUTHOR).json
        held = {
            word["event_id"]
            for each in said["addresses"]
            for word in each["holds"].values()
            if word["status"] == "granted"
        }
        words = [word for each in said["addresses"] for word in each["words"]]
        return sum(word["event_id"] in held and word["text_matches_hash"] for word in words)

    def _applied(self) -> None:
        step = self.record.begin(
            "A reminder fires, and a change of stage",
            who="A visitor, then Greenhouse",
            door="the form `/f/apply-nursing`, and signed deliveries",
        )
        with self.screen.visitor(language="nb-NO", size=NARROW) as page:
            page.goto(f"{self.hands.place.api_url}/f/apply-nursing?lang=nb")
            page.get_by_label("Fornavn").fill("Nils")
            page.get_by_label("Etternavn").fill("Nordby")
            page.get_by_label("E-postadresse").fill(NB)
            page.get_by_role("radio").first.check()
            time.sleep(READS_S)
            step.picture(self.screen.picture(page, "apply.png"), "The first step of three")
            page.get_by_role("button").click()
            page.get_by_role("status").wait_for()
        told = self.opening.deliveries()
        who = applicant(EN, 1000)
        expect("the application", told("new_candidate_application", who.told(ats.REVIEW)), 200)
        expect("the interview", told("candidate_stage_change", who.told(ats.INTERVIEW)), 200)
        invited = until(lambda: self._of(EN, "before-interview"), "the mail before the interview")
        reminded = until(lambda: self._of(NB, "application-reminder"), "the reminder")
        step.tell(
            "Who began to apply and stopped is reminded (after 20 hours; here an hour is a second)."
            " Who is invited to an interview is told what happens there, once."
        )
        step.figure("reminders", len(reminded))
        step.figure("mails of a change of stage", len(invited))
        self.record.done(step)

    def _of(self, email: str, program: str) -> list[Any]:
        mails = self.hands.box.mails(email)
        return [mail for mail in mails if mail["tags"].get("campaign") == program]
