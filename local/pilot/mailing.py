"""The second half: a rehearsal on the allow-list, going live, and the letter to the segment."""

import json
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.pilot import playbook, pool
from local.pilot.console import Console
from local.pilot.hands import Hands, Said, ShortError, expect, expect_words, until
from local.pilot.opening import EN, NB
from local.pilot.record import Record
from rapport.domain.operators import Role

# As long as a change of hands may take to reach `send`: it reads the row every 10 s.
HEARD_S: Final = 14.0
LONG_S: Final = 1800.0
PROC: Final = Path("/proc")
ENDS: Final = ("sent", "held ramp")
ACCEPTS: Final = (
    *("production", "standing", "quota", "identity", "dkim", "mail-from", "spf", "dmarc"),
    *("replies", "tracking", "reports", "route", "bounce"),
)
WHY: Final = "A pilot on a laptop: its mail reaches nobody"


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """What the second half works with."""

    hands: Hands
    record: Record
    console: Console
    folder: Path
    sizes: pool.Sizes

    def play(self) -> None:
        """All of it, in order."""
        self._rehearsed()
        self._live()
        self._launched()
        self._paused_and_resumed()

    def _rehearsed(self) -> None:
        step = self.record.begin(
            "A campaign is written, and rehearsed on the allow-list",
            who="A marketer, and a second person who approves",
            door="a file of `playbooks/campaigns`, `rapport lists`, `rapport campaign`",
        )
        playbook.add_campaigns(self.folder)
        self.hands.command("publish", str(self.folder), by=playbook.AUTHOR)
        outside = pool.of_night(self.sizes)[:3]
        for email in (EN, NB, *outside):
            self.hands.command("lists", "add", playbook.REHEARSAL, email, by=playbook.AUTHOR)
        words = ("lists", "count", playbook.REHEARSAL, "--json")
        size = 2 + len(outside)
        until(
            lambda: self.hands.command(*words, by=playbook.AUTHOR).json["people"] == size,
            "the list of the rehearsal",
        )
        looked = self.looked(playbook.FIRST)
        expect("of the rehearsal, now", looked["now"], 2)
        expect("of the rehearsal, never", sum(looked["never"].values()), len(outside))
        refused = self.campaign(playbook.FIRST, "approve", by=playbook.AUTHOR, fails=True)
        expect_words("the author's own approval", refused, "somebody else")
        self.campaign(playbook.FIRST, "approve", by=playbook.SECOND)
        self.campaign(playbook.FIRST, "launch", by=playbook.AUTHOR)
        counts = until(lambda: self._ended(playbook.FIRST, size), "the end of the rehearsal")
        expect("ends of the rehearsal", counts, {"sent": 2, "dropped test_mode": len(outside)})
        step.tell(
            "Its author cannot approve it; a second person does. The brand is in the mode"
            " `allow-list`: two of the list are on it and get the letter, the others do not."
        )
        step.figure("on the list", size)
        step.figure("sent", 2)
        step.figure("not sent: not on the allow-list", len(outside))
        self.record.done(step)

    def _live(self) -> None:
        step = self.record.begin(
            "The brand goes live", who="An engineer", door="`rapport doctor`, `rapport golive`"
        )
        found = self.hands.command("doctor", "--json", by=playbook.ENGINEER).json
        levels = [each["level"] for each in found]
        expect("failures that the doctor finds", levels.count("fail"), 0)
        self.hands.command("golive", by=playbook.ENGINEER, fails=True)
        accepted = tuple(each["name"] for each in found if each["level"] == "unknown")
        expect("what cannot be told here", accepted, ACCEPTS)
        words = ("golive", "--accept", ",".join(accepted), "--why", WHY)
        self.hands.command(*words, by=playbook.ENGINEER)
        told = self.hands.command("mode", "--json", by=playbook.ENGINEER).json
        expect("the mode", told["modes"], {"halden": "live"})
        time.sleep(HEARD_S)
        step.tell(
            "The doctor finds nothing wrong, and says what a laptop cannot tell. `golive` refuses"
            " until an engineer accepts each of these by name, and says why; both stay with their"
            " name. The ramp of the sending domain begins on this day."
        )
        step.figure("checks that are ok", levels.count("ok"))
        step.figure("checks that a laptop cannot tell, accepted by name", levels.count("unknown"))
        step.figure(
            "mails that the ramp lets leave on its first day", playbook.first_day(self.sizes)
        )
        self.record.done(step)

    def _launched(self) -> None:
        step = self.record.begin(
            "The letter is looked at, approved and launched",
            who="A marketer, and a second person who approves",
            door="`rapport campaign`, then the console",
        )
        nights, key = self.sizes.nights, playbook.LETTER
        refused = self.campaign(key, "launch", by=playbook.AUTHOR, fails=True)
        expect_words("a launch without a second person", refused, "second person")
        looked = self.looked(key)
        waiting = sum(each["count"] for each in looked["held"].values())
        told = looked["now"] + waiting + sum(looked["never"].values())
        expect("people in the preview", told, nights)
        examples = self.campaign(key, "examples", by=playbook.AUTHOR).json
        expect("examples", len(examples), min(10, nights))
        seeded = self.campaign(key, "seed", by=playbook.AUTHOR)
        expect("the tester's mail", len(self.hands.box.mails("tester@inbox.halden.example")), 1)
        expect_words("what SES said of it", seeded, "tester@")
        refused = self.campaign(key, "approve", by=playbook.AUTHOR, fails=True)
        expect_words("the author's own approval", refused, "somebody else")
        with self.console.signed_in(Role.APPROVER) as page:
            self.console.approve(page, key)
            step.picture(self.console.picture(page, "approved.png"), "Approved by another")
        with self.console.signed_in(Role.MARKETER) as page:
            taken = self.console.launch(page, key, nights, "launch.png")
            step.picture(taken, "Before it goes, the number of people is typed")
        again = self.campaign(key, "launch", by=playbook.AUTHOR, fails=True)
        expect_words("a second launch", again, "already")
        step.tell(
            "Everybody is judged beforehand by the very gates of sending, and the counts add up to"
            " the audience. To so many people it goes only with a second person's word, and once."
        )
        step.figure("people in the audience", nights)
        step.figure("may be mailed today, by the preview", looked["now"])
        step.figure("would wait for a later day of the ramp", waiting)
        step.figure("rendered examples", len(examples))
        step.figure("mails to testers, which count nowhere", 1)
        self.record.done(step)

    def _paused_and_resumed(self) -> None:
        step = self.record.begin(
            "It is paused, its worker dies, it is resumed",
            who="A marketer; and somebody who ends a process",
            door="the console",
        )
        nights, key = self.sizes.nights, playbook.LETTER
        until(lambda: len(self.letters()) >= min(10, nights // 4) or None, "the first letters")
        with self.console.signed_in(Role.MARKETER) as page:
            self.console.pause(page, key)
            step.picture(self.console.picture(page, "paused.png"), "Paused while it was sent")
        time.sleep(HEARD_S)
        before = len(self.letters())
        killed = self._kill_worker()
        time.sleep(HEARD_S)
        expect("letters that left after the pause", len(self.letters()) - before, 0)
        with self.console.signed_in(Role.MARKETER) as page:
            self.console.resume(page, key)
        counts = until(lambda: self._ended(key, nights), "the end of the letter", seconds=LONG_S)
        sent = counts.get("sent", 0)
        by_person = [to for mail in self.letters() for to in mail["to"]]
        expect("letters in mailboxes", len(by_person), sent)
        expect("people who got it twice", len(by_person) - len({*by_person}), 0)
        expect("what the counts add up to", sum(counts.values()), nights)
        expect("ends of intents", sorted(counts), ["held ramp", "sent"])
        expect("sent beyond the ramp", max(sent - playbook.first_day(self.sizes), 0), 0)
        step.tell(
            "Fourteen seconds after the pause nothing leaves any more. A worker that is ended while"
            " it is paused leaves nothing behind: resumed, the campaign goes on where it stood."
        )
        step.figure("processes of the worker ended", killed)
        step.figure("letters that left after the pause was heard", 0)
        step.figure("sent + held", f"{nights} of {nights}")
        step.figure("got it twice", 0)
        step.figure("more than the ramp allows", 0)
        self.record.done(step)

    def letters(self) -> list[dict[str, Any]]:
        """The letters that SES took, without those to testers."""
        subjects = {"The night shift, as it is", "Nattvakten, slik den er"}
        return [mail for mail in self.hands.box.mails() if mail["subject"] in subjects]

    def looked(self, key: str) -> dict[str, Any]:
        """What a preview comes to, when all of it is judged."""

        def judged() -> dict[str, Any] | None:
            said = self.campaign(key, "preview", by=playbook.AUTHOR).text
            found = re.search(r"\{.*\}", said, re.DOTALL)
            if found is None:
                return None
            told: dict[str, Any] = json.loads(found[0])
            return told if told["complete"] else None

        return until(judged, f"the preview of {key}", seconds=LONG_S)

    def campaign(self, key: str, what: str, *, by: str, fails: bool = False) -> Said:
        """`rapport campaign KEY WHAT` as somebody."""
        shown = ("--json",) if what in {"show", "result"} else ()
        return self.hands.command("campaign", key, what, *shown, "--by", by, by=by, fails=fails)

    def _ended(self, key: str, people: int) -> dict[str, int] | None:
        """What came of all intents of a campaign; None while some are underway or wait a moment."""
        told = self.campaign(key, "result", by=playbook.AUTHOR).json
        counts: dict[str, int] = told["counts"]
        # What waits for another reason than the ramp waits for seconds, and is judged again.
        judged = sum(n for name, n in counts.items() if name in ENDS or name.startswith("dropped"))
        return counts if told["state"] == "done" and judged == people else None

    def _kill_worker(self) -> int:
        """End the processes of `functions/campaign`: children of this stack's emulator."""
        name = self.hands.stack["functions"]["campaign"]
        emulator = self.hands.stack["pids"].get("emulator", 0)
        ended = 0
        for each in PROC.glob("[0-9]*"):
            try:
                environment = (each / "environ").read_bytes()
                status = (each / "status").read_text()
            except OSError:
                continue
            ours = f"PPid:\t{emulator}\n" in status
            if ours and f"AWS_LAMBDA_FUNCTION_NAME={name}\0".encode() in environment + b"\0":
                os.kill(int(each.name), signal.SIGKILL)
                ended += 1
        if not ended:
            msg = "no process of the campaign's worker was found to be ended"
            raise ShortError(msg)
        return ended
