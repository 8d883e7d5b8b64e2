"""What mail costs: units and modelled dollars of each thing that happens to a mail, beside SES.

A small employer's mail, played through the real rooms: `PEOPLE` join, are asked to confirm, do,
are welcomed with jobs, click, answer; a recruiter's message to each is held until it may go out.
Each figure has in it what follows: its events in the log, folded and published.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec

from bench.cost import WRITE_KEY, request
from bench.rooms import Mailed, Rooms
from bench.steps import REPORTED, SENT, SETTLED, Figures, Step
from cli.jobs import parse
from cli.publish import compile_bundle
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.schedule import Wake, encode
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.address import TRACKING, Consent, ConsentStatus
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.policy import QuietHours
from rapport.door import WriteKey
from rapport.records import engine_event
from rapport.settings import INBOX_PREFIX
from rapport.writing import written_event

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = 25
# As SES tells it: that it took a mail by two ways, lest it be lost, that it delivered it by one.
TOLD = ("Send", "Send", "Delivery")
SETTLED_AFTER = timedelta(minutes=20)
# The one bound on how often: what a recruiter writes right after a mail waits so long.
GAP = timedelta(days=2)


def measure(url: str) -> Figures:
    """Play it on fresh stores of the emulator."""
    bundle = _bundle()
    rooms = Rooms(url, bundle.brand.sender.rpartition("@")[2])
    scene = _Scene(rooms, bundle)
    return scene.play()


class _Scene:
    """The people, and what happens to them."""

    def __init__(self, rooms: Rooms, bundle: Bundle) -> None:
        self.rooms = rooms
        tables = rooms.names
        vault = DynamoVault(tables["vault"])
        self.log = DynamoLog(tables["log"], vault)
        self.book = DynamoBook(tables["book"], log=self.log, people_table=tables["people"])
        self.refs = Pseudonymiser(vault)
        config = DynamoConfig(tables["book"])
        config.put_write_key(
            WriteKey(key=WRITE_KEY, source="site", brand="bench", trust=Trust.ASSERTED)
        )
        feed, now = (ROOT / "local" / "jobs.json").read_bytes(), rooms.now()
        config.put_jobs(parse(feed, now=now), now=now)
        config.set_live_bundle(S3Bundles(rooms.bundles).put(bundle), now=now)
        self.people = [f"reader{n}@inbox.halden.example" for n in range(PEOPLE)]
        self.steps: dict[str, Step] = {}

    def play(self) -> Figures:
        self._asked()
        welcomed = self._welcomed()
        idle = self._settled()
        self._clicked(welcomed)
        self._held()
        self._answered()
        return Figures(steps=self.steps, idle_minute=idle)

    def _asked(self) -> None:
        rooms = self.rooms
        self._join("first")
        rooms.follow()
        with self._step("a request to confirm"):
            rooms.facts()
            rooms.intents()
            rooms.follow()
        asked = self._mails("/f/confirm")
        with self._step("its confirmation"):
            for mail in asked:
                rooms.request("engage", "POST", mail.link("/f/confirm"))
            rooms.follow()

    def _welcomed(self) -> list[Mailed]:
        rooms = self.rooms
        self._let_be_tracked()
        with self._step("a fact that starts a mail and two rhythms"):
            rooms.facts()
        with self._step(SENT):
            rooms.intents()
            rooms.follow()
        welcomed = self._mails("/c/")
        with self._step(REPORTED):
            for mail in welcomed:
                for kind in TOLD:
                    self._report(mail, kind)
            rooms.follow()
        return welcomed

    def _settled(self) -> Step:
        rooms = self.rooms
        rooms.later += SETTLED_AFTER
        with self._step(SETTLED):
            rooms.call("settle", {})
        with rooms.step(1) as idle:
            rooms.call("settle", {})
        return idle

    def _clicked(self, mails: list[Mailed]) -> None:
        rooms = self.rooms
        with self._step("a click"):
            for mail in mails:
                rooms.request("engage", "GET", mail.link("/c/"))
            for mail in mails:
                rooms.say("send", json.dumps({"judge": mail.send_key}))
            rooms.follow()

    def _held(self) -> None:
        rooms = self.rooms
        self._write()
        rooms.follow()
        rooms.facts()
        with self._step("a mail that is held"):
            rooms.intents()
            rooms.follow()
        rooms.later += GAP
        with self._step("its wake-up"):
            for ref in self._refs():
                rooms.came("scheduler.Wake")
                rooms.say("trigger", encode(Wake(subject=ref)))
            rooms.follow()
        with self._step("a recruiter's mail"):
            rooms.intents()
            rooms.follow()

    def _answered(self) -> None:
        rooms = self.rooms
        with self._step("a reply"):
            for mail in rooms.mails[-PEOPLE:]:
                self._reply(mail)
            rooms.follow()
        rooms.later += GAP
        self._join("second")
        rooms.follow()
        rooms.facts()
        with self._step("a mail that is dropped"):
            rooms.intents()
            rooms.follow()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        with self.rooms.step(PEOPLE) as step:
            yield
        self.steps[name] = step

    def _mails(self, path: str) -> list[Mailed]:
        """The newest mail to each, which must have a link that begins so."""
        newest = {mail.to: mail for mail in self.rooms.mails}
        if len(newest) != PEOPLE:
            msg = f"{len(newest)} of {PEOPLE} people were mailed"
            raise RuntimeError(msg)
        for mail in newest.values():
            mail.link(path)
        return [*newest.values()]

    def _refs(self) -> list[Ref]:
        return [self.refs.ref(Namespace.EMAIL, each) for each in self.people]

    def _join(self, which: str) -> None:
        """Everybody fills the form of the talent network in; the door is not what is counted."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        messages = [
            {
                "type": "track",
                "event": "Talent Network Joined",
                "anonymousId": f"c-{number}",
                "messageId": f"{which}-{number}",
                "timestamp": now,
                "sentAt": now,
                "properties": {"email": email, "first_name": "Robin", "category": "Nursing"},
            }
            for number, email in enumerate(self.people)
        ]
        self.rooms.call("track", request(tuple(messages)))

    def _let_be_tracked(self) -> None:
        """They agree that clicks are noted: a mail costs most with it."""
        now = self.rooms.now()
        for number, ref in enumerate(self._refs()):
            said = engine_event(
                names.PREFERENCES_CHANGED,
                subject=ref,
                message_id=f"t-{number}",
                cause_at=now,
                now=now,
                properties={},
            )
            word = Consent(
                status=ConsentStatus.GRANTED,
                at=now,
                statement="tracking-1",
                statement_hash="h",
                event_id=said.message_id,
            )
            self.book.grant(ref, TRACKING, word, said, confirmed_at=now)

    def _report(self, mail: Mailed, kind: str) -> None:
        """What SES tells of a mail: through the bus, which is free, into the queue."""
        at = self.rooms.now().isoformat()
        told = {
            "source": "aws.ses",
            "detail": {
                "eventType": kind,
                "mail": {
                    "timestamp": at,
                    "messageId": mail.send_key[:20],
                    "destination": [mail.to],
                    "tags": {"send_id": [mail.send_key]},
                },
                kind.lower(): {"timestamp": at},
            },
        }
        self.rooms.came("sqs.SendMessage")
        self.rooms.say("send", json.dumps(told))

    def _write(self) -> None:
        """A recruiter writes to each."""
        for ref in self._refs():
            event = written_event(
                ref,
                subject="The post on the ward",
                text="I read your application and would like to talk to you. " * 6,
                block="",
                sender_name="Robin Vik",
                owner="robin@halden.example",
                by="bench",
                now=self.rooms.now(),
            )
            self.log.append([event])

    def _reply(self, mail: Mailed) -> None:
        """An answer, as SES stores it."""
        raw = (
            f"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\nFrom: {mail.to}\r\n"
            f"To: {mail.reply_to}\r\nSubject: Re: The post\r\nMessage-ID: <1@x.example>\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\nYes, on Tuesday.\r\n"
        )
        name = f"{INBOX_PREFIX}{mail.send_key}"
        self.rooms.put(name, raw.encode())
        self.rooms.came("sqs.SendMessage")
        self.rooms.say("receive", json.dumps({"detail": {"object": {"key": name}}}))


def _bundle() -> Bundle:
    """The shipped playbooks, at any hour of any day, with one bound on how often."""
    shipped = compile_bundle(ROOT / "playbooks")
    often = replace(shipped.policy.frequency, windows=(), asked_windows=(), min_gap=GAP)
    any_time = QuietHours(
        starts=time(0),
        ends=time(0),
        days_off=frozenset(),
        narrow_starts=time(0),
        narrow_ends=time(0),
    )
    policy = replace(shipped.policy, frequency=often, quiet=any_time)
    return msgspec.structs.replace(shipped, policy=policy)
