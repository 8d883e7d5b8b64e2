"""The first part: systems are connected, the pool comes in, a segment is built."""

import io
import json
from collections.abc import Mapping
from csv import writer
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cli.ats_connecting import settings
from local import ats, outside
from local.ats import Applicant
from local.feed import jobs
from local.pilot import playbook, pool
from local.pilot.hands import Hands, ShortError, expect, expect_words, until
from local.pilot.record import Record
from rapport.ats import Connection
from rapport.settings import DROP_PREFIX

INBOX: Final = "inbox.halden.example"
EN, NB = f"erin@{INBOX}", f"nils@{INBOX}"
CONNECTION: Final = "clinics"
SECRET: Final = "a secret that both sides were told"  # noqa: S105  (of a stack that lives for minutes)
_CONNECTION = """\
brand: halden
stages: {"7101": review, "7102": interview, "7103": offer}
# Greenhouse writes of everything but the interview.
speaks: {interview: rapport, "*": ats}
"""
FILES: Final = "works"
_FILES = """\
brand: halden
mapping:
  files:
    - name: candidates_*.csv
      kind: candidates
      format: csv
      full: true
      id: Candidate ID
      columns: {Name: candidate.full, E-mail: candidate.emails}
"""
DROPPED: Final = ("siri@works.example", "sverre@works.example", "synne@works.example")
PATIENT_S: Final = 1800.0


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the first half works with."""

    hands: Hands
    record: Record
    folder: Path
    sizes: pool.Sizes

    def play(self) -> None:
        """All of it, in order."""
        self._connected()
        self._dropped()
        self._brought_in()
        self._segment()

    def _connected(self) -> None:
        step = self.record.begin(
            "A Greenhouse is connected",
            who="An engineer, then Greenhouse",
            door="`rapport ats connect`, and signed deliveries",
        )
        file = self._file("clinics.yaml", _CONNECTION)
        words = ("ats", "connect", CONNECTION, "--vendor", "greenhouse", "--secret", SECRET)
        self.hands.command(*words, "--file", str(file), by=playbook.ENGINEER)
        tested = self.hands.command("ats", "test", CONNECTION, by=playbook.ENGINEER)
        told = self.deliveries()
        for number, email in enumerate(pool.suppressed(self.sizes)):
            who = applicant(email, number, can_email=False)
            expect("a delivery", told("new_candidate_application", who.told(ats.REVIEW)), 200)
        step.tell(
            "The connection is tested first; then Greenhouse tells of people whom nobody may mail"
            " (`can_email: false`). Each is closed before its delivery is answered."
        )
        forged = ats.delivery(
            Connection(name=CONNECTION, vendor="greenhouse", secrets=("a guess",)),
            "candidate_stage_change",
            applicant(pool.address(0), 999).told(ats.OFFER),
        )
        expect("a forged delivery", ats.post(self.hands.place, forged, CONNECTION), 401)
        expect_words("the test of the connection", tested, "ok ")
        step.figure("people told of, not to be mailed", self.sizes.suppressed)
        step.figure("forged deliveries refused", 1)
        self.record.done(step)

    def deliveries(self) -> Any:
        """A function that delivers as Greenhouse does; tells the status of the answer."""
        made = Connection(name=CONNECTION, vendor="greenhouse", secrets=(SECRET,))

        def told(action: str, payload: Mapping[str, Any]) -> int:
            return ats.post(self.hands.place, ats.delivery(made, action, payload), CONNECTION)

        return told

    def _dropped(self) -> None:
        step = self.record.begin(
            "A system without webhooks drops a file",
            who="An engineer, then that system",
            door="`rapport ats connect`, and an object in the drop bucket",
        )
        file = self._file("works.yaml", _FILES)
        expect("fields of the file", sorted(settings(file)), ["brand", "mapping"])
        words = ("ats", "connect", FILES, "--vendor", "workday", "--file", str(file))
        self.hands.command(*words, by=playbook.ENGINEER)
        out = io.StringIO()
        rows = writer(out)
        rows.writerow(("Candidate ID", "Name", "E-mail"))
        rows.writerows((f"W-{n}", "Siri Sand", each) for n, each in enumerate(DROPPED))
        outside.client(self.hands.stack, "s3").put_object(
            Bucket=self.hands.stack["buckets"]["drop"],
            Key=f"{DROP_PREFIX}{FILES}/candidates_1.csv",
            Body=out.getvalue().encode(),
        )
        for email in DROPPED:
            until(lambda who=email: self.knows(who), "a candidate of the file")  # type: ignore[misc]
        step.tell("Minutes later each row is a candidate, and the file is gone from the bucket.")
        step.figure("rows that became candidates", len(DROPPED))
        self.record.done(step)

    def knows(self, asked: str) -> dict[str, Any] | None:
        """What `rapport who` tells of somebody; None while nobody is known."""
        try:
            said = self.hands.command("who", asked, "--json", by=playbook.AUTHOR)
        except ShortError:
            return None
        found: dict[str, Any] = said.json
        return found

    def _brought_in(self) -> None:
        step = self.record.begin(
            "The pool of a fair is brought in, with proof",
            who="A marketer",
            door="`rapport import`",
        )
        table, mapping = self.hands.folder / "pool.csv", self._file("fair.yaml", pool.MAPPING)
        table.write_bytes(pool.table(self.sizes))
        scan = self._file("scans.txt", "Signed cards, scanned.")
        words = ("import", str(table), "--source", pool.SOURCE, "--mapping", str(mapping),
                 "--basis", "consent", "--statement", "talent-network-1", "--consent-date",
                 "2026-04-02", "--consent-source", "stand at the fair", "--evidence", str(scan),
                 "--list", pool.LIST)  # fmt: skip
        looked = self.hands.command(*words, "--dry-run", "--json", by=playbook.AUTHOR).json
        done = self.hands.command(*words, "--yes", "--json", by=playbook.AUTHOR)
        came = json.loads(done.text[done.text.index("{") :])["counts"]
        sizes = self.sizes
        wanted = {"consents": sizes.consenting, "without_proof": sizes.without_proof,
                  "suppressed": sizes.suppressed}  # fmt: skip
        for name, number in wanted.items():
            expect(f"of the import, {name}", came.get(name, 0), number)
            expect(f"of the dry run, {name}", looked["counts"].get(name, 0), number)
        again = self.hands.command(*words, "--yes", by=playbook.AUTHOR, fails=True)
        expect_words("the same file again", again, "imported")
        self.settled(sizes.rows)
        expect("mails to the pool", self._mails_to_pool(), 0)
        step.tell(
            "The dry run tells what it would come to; the import comes to the same. The file is"
            " refused a second time. A formula in a cell is the text of a formula. Nothing of it"
            " starts a mail."
        )
        step.figure("rows", sizes.rows)
        step.figure("consents, each with its proof", sizes.consenting)
        step.figure("without proof: kept for 90 days, never mailed", sizes.without_proof)
        step.figure("closed for mail before, and stayed so", sizes.suppressed)
        step.figure("writings of employers that became one", len(looked["employers"]))
        step.figure("mails that it started", 0)
        self.record.done(step)

    def settled(self, people: int) -> None:
        """Wait until so many people are on the list of the fair, as the finder tells."""
        until(lambda: self.on_list() == people, "everybody in the finder", seconds=PATIENT_S)

    def on_list(self) -> int:
        """How many people are on the list of the fair."""
        words = ("lists", "count", pool.LIST, "--json")
        return int(self.hands.command(*words, by=playbook.AUTHOR).json["people"])

    def _mails_to_pool(self) -> int:
        mails = self.hands.box.mails()
        return sum(to.endswith(f"@{pool.DOMAIN}") for mail in mails for to in mail["to"])

    def _segment(self) -> None:
        step = self.record.begin(
            "A segment is built, and counted",
            who="A marketer",
            door="a file of `playbooks/segments`, `rapport publish`, `rapport segment`",
        )
        playbook.add_segment(self.folder)
        self.hands.command("publish", str(self.folder), by=playbook.AUTHOR)
        words = ("segment", playbook.SEGMENT, "--json")
        count = self.hands.command(*words, by=playbook.AUTHOR).json
        expect("people in the segment", count["people"], self.sizes.nights)
        step.tell("```\n" + playbook.CONDITION + "\n```")
        step.figure("people in it", count["people"])
        step.figure("profiles read to count them", count["views_read"])
        step.figure("read units", round(count["read_units"]))
        self.record.done(step)

    def _file(self, name: str, text: str) -> Path:
        path = self.hands.folder / name
        path.write_text(text, "utf-8")
        return path


def applicant(email: str, number: int, *, can_email: bool = True) -> Applicant:
    """Somebody who applied, as Greenhouse tells of them."""
    job = next(each for each in jobs() if each.open)
    return Applicant(
        first="Erin",
        last="Eide",
        email=email,
        job=job,
        candidate=57_000 + number,
        application=48_000 + number,
        applied_at=datetime.now(UTC),
        can_email=can_email,
    )
