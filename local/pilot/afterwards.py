"""The last part: what comes back, one person's rights, the brake, and the report that adds up."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from local import inbox, outside
from local.pilot import playbook, pool
from local.pilot.chromium import Chromium
from local.pilot.hands import Hands, expect, expect_that, expect_words, until
from local.pilot.mailing import HEARD_S, Mailing
from local.pilot.opening import NB, Opening
from local.pilot.record import Record

REPLIES, AWAY, UNSUBSCRIBED, COMPLAINTS, BOUNCES, FULL_BOXES = 2, 1, 2, 1, 2, 1
SPECIAL: Final = REPLIES + AWAY + UNSUBSCRIBED + COMPLAINTS + BOUNCES + FULL_BOXES
YES: Final = "Yes, please. Could we talk on Tuesday?"
AWAY_WORDS: Final = "I am away until Monday and read no mail."


@dataclass(frozen=True, kw_only=True)
class Afterwards:
    """What the last part works with. `mailing` and `opening` are the parts before it."""

    hands: Hands
    record: Record
    screen: Chromium
    opening: Opening
    mailing: Mailing
    sizes: pool.Sizes

    def play(self) -> None:
        """All of it, in order."""
        counted = self._came_back()
        self._merged()
        self._exported()
        self._erased()
        self._stopped()
        self._reported(counted)

    def _came_back(self) -> dict[str, int]:
        step = self.record.begin(
            "What comes back",
            who="People of the pool and their mail servers",
            door="the inbox, one-click links, and reports in the shapes of SES",
        )
        letters = sorted(self.mailing.letters(), key=lambda mail: str(mail["to"]))
        some, rest = iter(letters[:SPECIAL]), letters[SPECIAL:]

        def take(number: int) -> list[dict[str, Any]]:
            return [next(some) for _ in range(number)]

        bounced, full, complained = take(BOUNCES), take(FULL_BOXES), take(COMPLAINTS)
        replied, away, left = take(REPLIES), take(AWAY), take(UNSUBSCRIBED)
        delivered = [*complained, *replied, *away, *left, *rest]
        self.hands.reported("Delivery", delivered)
        self.hands.reported("Bounce", bounced, lambda mail: _bounce(mail, "Permanent"))
        self.hands.reported("Bounce", full, lambda mail: _bounce(mail, "Transient"))
        self.hands.reported("Complaint", complained, _complaint)
        for mail in replied:
            outside.answer(self.hands.stack, mail, YES)
        for mail in away:
            outside.answer(self.hands.stack, mail, AWAY_WORDS, outside.OUT_OF_OFFICE)
        for mail in left:
            inbox.unsubscribe(mail)
        counted = {
            "sent": len(letters),
            "delivered": len(delivered),
            "bounced for good": len(bounced),
            "not taken for now": len(full),
            "complained": len(complained),
            "replied": len(replied),
            "unsubscribed": len(left),
        }
        step.tell(
            "Reports of deliveries, bounces and complaints are made up: the local AWS delivers"
            " nothing. Answers come in as SES's receipt rule would put them; whoever unsubscribes"
            " does it as a mail program does, by one POST (RFC 8058)."
        )
        for name, number in counted.items():
            if name not in {"sent", "delivered"}:
                step.figure(name, number)
        step.figure("answers of machines, which are no replies", AWAY)
        self.record.done(step)
        return counted

    def _merged(self) -> None:
        step = self.record.begin(
            "Two profiles are said to be one person, and that is taken back",
            who="A recruiter",
            door="`rapport link`, `rapport unmerge`",
        )
        one, other = pool.others(self.sizes)[:2]
        before = {who: self._seen(who) for who in (one, other)}
        self.hands.command("link", one, other, "--reason", "the same phone", by=playbook.SECOND)
        until(lambda: self._is_one(one, other), "one person")
        words = ("link", one, other, "--undo", "--reason", "a mistake")
        self.hands.command(*words, by=playbook.SECOND)
        until(lambda: not self._is_one(one, other), "two people again")
        for who in (one, other):
            expect_that("a profile is as before", holds=self._seen(who) == before[who])
        step.tell(
            "One person while the word stands; two again, as they were, when it is taken back."
        )
        step.figure("profiles as before", "2 of 2")
        self.record.done(step)

    def _is_one(self, one: str, other: str) -> bool:
        first, second = (self.opening.knows(who) or {} for who in (one, other))
        return first.get("person") == second.get("person")

    def _seen(self, who: str) -> tuple[Any, ...]:
        told = self.opening.knows(who) or {}
        return (told.get("person"), json.dumps(told.get("attributes"), sort_keys=True))

    def _exported(self) -> None:
        step = self.record.begin(
            "One asks what is held of them",
            who="The privacy officer",
            door="`rapport export`",
        )
        who = next(to for mail in self.mailing.letters() for to in mail["to"])
        target = self.hands.folder / "export.json"
        self.hands.command("export", who, "--to", str(target), by=playbook.PRIVACY)
        held = target.read_text("utf-8")
        expect_that("their address is in the export", holds=who in held)
        with self.screen.visitor() as page:
            page.goto(target.with_suffix(".html").as_uri())
            step.picture(self.screen.picture(page, "export.png"), "The export, to be read")
        step.tell("As JSON for programs and as a page to read, with purpose, basis and retention.")
        step.figure("exports", 1)
        self.record.done(step)

    def _erased(self) -> None:
        step = self.record.begin(
            "One asks to be forgotten",
            who="The privacy officer",
            door="`rapport erase`",
        )
        who = pool.others(self.sizes)[2]
        before = self.opening.on_list()
        said = self.hands.command("erase", who, "--why", "asked by mail", by=playbook.PRIVACY)
        file = self.hands.folder / "certificate.json"
        # Beside the certificate, what was done is told on the other stream.
        printed = said.text
        file.write_text(printed[printed.index("{") : printed.rindex("}") + 1], "utf-8")
        verified = self.hands.command("erase", "--verify", str(file), by=playbook.PRIVACY)
        expect_words("the certificate", verified, "Genuine")
        expect_that("the certificate is clean", holds="NOT clean" not in verified.text)
        until(lambda: self.opening.on_list() == before - 1, "one person less")
        table = self.hands.folder / "pool.csv"
        words = ("import", str(table), "--source", pool.SOURCE, "--dry-run", "--json")
        again = self.hands.command(*words, by=playbook.AUTHOR).json
        expect("of the pool, erased", again["counts"].get("erased"), 1)
        step.tell(
            "The certificate is signed here and can be verified; its last round is a scan of every"
            " store. Whoever brings the pool in again leaves this person out."
        )
        step.figure("rows that the last scan found", 0)
        step.figure("brought back by an import", 0)
        self.record.done(step)

    def _stopped(self) -> None:
        step = self.record.begin(
            "The brake", who="Anybody with a hand", door="`rapport stop`, `rapport go`"
        )
        self.hands.command("stop", "--why", "a wrong link", by=playbook.ENGINEER)
        time.sleep(HEARD_S)
        before = len(self.hands.box.mails())
        words = (
            "write",
            NB,
            "--subject",
            "A question",
            "--text",
            "Would you like to see the ward?",
        )
        self.hands.command(*words, by=playbook.SECOND)
        until(lambda: self._holds(NB), "the hold")
        expect("mails while all is stopped", len(self.hands.box.mails()) - before, 0)
        self.hands.command("go", "--why", "mended", by=playbook.ENGINEER)
        step.tell("A mail that is written while all is stopped is held, with that reason.")
        step.figure("mails that left while all was stopped", 0)
        self.record.done(step)

    def _holds(self, who: str) -> bool:
        said = self.hands.command("why", who, "--json", by=playbook.SECOND)
        return "stopped" in said.text

    def _reported(self, counted: dict[str, int]) -> None:
        step = self.record.begin(
            "The report adds up",
            who="A marketer",
            door="`rapport report`",
        )
        program = f"campaign:{playbook.LETTER}"
        words = ("report", "--by", "campaign", "--program", program, "--json")

        def told() -> dict[str, int] | None:
            lines = self.hands.command(*words, by=playbook.AUTHOR).json
            got = _numbers(lines)
            return got if all(got.get(n, 0) == c for n, c in counted.items()) else None

        got = until(told, f"a report with {counted}", seconds=180)
        expect("intended", got["intended"], self.sizes.nights)
        divided = got["sent"] + got.get("held now", 0) + got.get("dropped", 0)
        expect("sent, held and dropped", divided, self.sizes.nights)
        page, table = self.hands.folder / "report.html", self.hands.folder / "report.csv"
        files = ("--page", str(page), "--csv", str(table))
        self.hands.command("report", "--by", "campaign", *files, by=playbook.AUTHOR)
        with self.screen.visitor() as window:
            window.goto(page.as_uri())
            step.picture(self.screen.picture(window, "report.png"), "The report as a page")
        step.tell("Every number of the letter is the number that was counted at its door.")
        for name in ("intended", *counted):
            step.figure(name, got[name])
        step.figure("numbers that differ from what was counted at the doors", 0)
        self.record.done(step)


def _numbers(report: Any) -> dict[str, int]:
    """Step → number of the mails of a report, reasons added up."""
    found: dict[str, int] = {}
    for line in report["numbers"]:
        if line["table"] == "mails":
            found[line["step"]] = found.get(line["step"], 0) + line["count"]
    return found


def _bounce(mail: Any, kind: str) -> dict[str, Any]:
    return {
        "bounceType": kind,
        "bounceSubType": "General" if kind == "Permanent" else "MailboxFull",
        "feedbackId": f"bounce-{mail['message_id']}",
        "bouncedRecipients": [{"emailAddress": mail["to"][0]}],
    }


def _complaint(mail: Any) -> dict[str, Any]:
    return {
        "complainedRecipients": [{"emailAddress": mail["to"][0]}],
        "feedbackId": f"complaint-{mail['message_id']}",
        "complaintFeedbackType": "abuse",
    }
