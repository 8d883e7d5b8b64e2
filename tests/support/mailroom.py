"""The rooms behind the bus on fakes: people who may be mailed, and the flows that mail them.

One module, longer than others: it is the one place where all flows are put together on fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import msgspec

from cli.publish import compile_bundle
from functions.engage.alerts import JobAlerts
from functions.engage.clicks import Clicks
from functions.engage.door import Door
from functions.engage.flow import Engage
from functions.engage.places import Places
from functions.engage.signup import Signup
from functions.send.feedback import Feedback
from functions.send.flow import Send
from functions.send.links import Linker
from functions.trigger.flow import Trigger
from functions.trigger.waits import Waits
from rapport.brake import Brake, LiveBrake, SwitchedBundles
from rapport.bundle import CONFIRM_PROGRAM, OCCURRENCE_EVER, Bundle, Playbook
from rapport.domain.address import AddressState, Consent, ConsentStatus, SendRecord, SendState
from rapport.domain.decision import Decision, FactRef, Intent, from_body, send_key
from rapport.domain.event import Event, LogKey, Trust
from rapport.domain.identifiers import Namespace, PersonId, Ref, person_id
from rapport.domain.jobs import Job
from rapport.domain.policy import Frequency, Policy, QuietHours
from rapport.domain.profile import Profile
from rapport.domain.statements import Register
from rapport.launching import LiveStands
from rapport.mailing.around import Around
from rapport.mailing.compose import Composer
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.openings import Lexicon
from rapport.ports import Mail, View
from rapport.rules_form import Review
from rapport.signs import Noticing
from rapport.slates import Picker, Shelf
from rapport.waiting import Holds
from tests.support.alerts import FakeAlerts
from tests.support.braking import FakeSendings
from tests.support.clusters import FakeClusters
from tests.support.doorkeeping import FakeAllowance
from tests.support.fakes import (
    START,
    Calls,
    Clock,
    FakeBook,
    FakeBundles,
    FakeIntents,
    FakeKeyRings,
    FakeLog,
    FakeMailer,
    FakePeople,
    FakePseudonyms,
)
from tests.support.fates import FakeFates, FakeJudgements
from tests.support.launches import FakeLaunches
from tests.support.pacing import FakeSlowdowns, pacing_of
from tests.support.persons import plant
from tests.support.preferences import FakePreferences
from tests.support.settling import FakeAccounts, FakeCounts, FakeTasks
from tests.support.shelf import FakeShelf
from tests.support.suggestions import FakeSuggestions
from tests.support.waits import FakeRuns, FakeSchedules

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
WELCOME = "talent-network-welcome"
TOPIC = "talent-network"
ANA = "ana@inbox.halden.example"
PUBLIC_URL = "https://hello.halden.example"

# No bound on how often and when: tests of that name the bound.
AT_ANY_TIME = Policy(
    frequency=Frequency(
        windows=(),
        min_gap=timedelta(),
        yearly=10_000,
        tired_after=10_000,
        silent_after=10_000,
        asked_windows=(),
    ),
    quiet=QuietHours(
        starts=time(0),
        ends=time(0),
        days_off=frozenset(),
        narrow_starts=time(0),
        narrow_ends=time(0),
    ),
)


@cache
def shipped() -> Bundle:
    """The bundle of the playbooks that this repository ships."""
    return compile_bundle(PLAYBOOKS)


_LEXICA: dict[tuple[int, int], tuple[Bundle, Lexicon]] = {}
_MOST_LEXICA = 20


def lexicon_of(bundle: Bundle) -> Lexicon:
    """What the words of a bundle mean: dear to work out, and most bundles have the same words."""
    words = id(bundle.matching), id(bundle.places)
    if words not in _LEXICA:
        if len(_LEXICA) == _MOST_LEXICA:
            _LEXICA.clear()
        # Whoever is kept here keeps the ids.
        _LEXICA[words] = bundle, Lexicon(bundle.matching, bundle.places)
    return _LEXICA[words][1]


@dataclass(kw_only=True)
class Mailroom:
    """One employer's mail. `bundle` is what is live; change it with `publish`."""

    calls: Calls = field(default_factory=Calls)
    clock: Clock = field(default_factory=Clock)
    refs: FakePseudonyms = field(default_factory=FakePseudonyms)
    rings: FakeKeyRings = field(default_factory=FakeKeyRings)
    bundles: FakeBundles = field(default_factory=FakeBundles)
    live: str = ""
    review: Review = field(default_factory=Review)
    events: int = 0

    def __post_init__(self) -> None:
        self.log = FakeLog(self.calls)
        self.people = FakePeople(self.calls)
        self.clusters = FakeClusters(self.calls)
        self.book = FakeBook(self.log, self.clusters, self.calls)
        self.fates = FakeFates(self.book)
        self.judgements = FakeJudgements()
        self.mailer = FakeMailer(self.calls)
        self.intents = FakeIntents(self.calls)
        self.runs = FakeRuns(self.calls)
        self.schedules = FakeSchedules(self.calls)
        self.suggestions = FakeSuggestions(self.calls)
        self.accounts = FakeAccounts()
        self.counts = FakeCounts(self.calls)
        self.slowdowns = FakeSlowdowns(self.calls)
        self.pacing = pacing_of(self.accounts, self.intents, self.clock, slowdowns=self.slowdowns)
        self.tasks = FakeTasks()
        self.allowance = FakeAllowance()
        self.pages = count(1)
        self.launches = FakeLaunches()
        self.shelf = FakeShelf()
        self.alerts = FakeAlerts()
        self.sendings = FakeSendings()
        self.live_brake = LiveBrake(self.sendings.sending, clock=self._seconds)
        self.switched = SwitchedBundles(self.bundles, self.live_brake)
        self.publish(msgspec.structs.replace(shipped(), policy=AT_ANY_TIME))

    def _seconds(self) -> float:
        # No lambda: a room is pickled by who wants many alike.
        return self.clock().timestamp()

    # What people edit

    def publish(self, bundle: Bundle) -> None:
        self.live = f"bundle-{len(self.bundles.bundles) + 1}"
        self.bundles.bundles[self.live] = bundle

    @property
    def bundle(self) -> Bundle:
        return self.bundles.bundles[self.live]

    def send_mode(self, mode: str, *allow: str) -> None:
        brand = msgspec.structs.replace(self.bundle.brand, send_mode=mode, allow_list=allow)
        self.publish(msgspec.structs.replace(self.bundle, brand=brand))

    def playbook(self, change: Callable[[Playbook], Playbook]) -> None:
        playbooks = tuple(change(p) for p in self.bundle.playbooks)
        self.publish(msgspec.structs.replace(self.bundle, playbooks=playbooks))

    def alone(self, program: str = WELCOME) -> None:
        """Let one playbook have a say and no other."""
        playbooks = tuple(p for p in self.bundle.playbooks if p.program == program)
        self.publish(msgspec.structs.replace(self.bundle, playbooks=playbooks))

    def jobs(self, *titles: str, category: str = "nursing") -> None:
        for title in titles:
            number = len(self.book.jobs) + 1
            self.book.jobs.append(
                Job(
                    id=str(number),
                    title=title,
                    category=category,
                    location="Halden",
                    url=f"https://careers.halden.example/jobs/{number}",
                    opened_at=START - timedelta(days=100 - number),
                )
            )

    # Who there is

    def ref(self, value: str, ns: Namespace = Namespace.EMAIL) -> Ref:
        return self.refs.ref(ns, value)

    def person(self, email: str = ANA, *, trust: Trust = Trust.ASSERTED, **known: str) -> PersonId:
        root = self.ref(email or "nobody@halden.example")
        stated = {"email": email, **known} if email else known
        profile = Profile(
            root=root,
            members=(root,),
            totals={"Talent Network Joined": 1},
            attributes={
                name: Register(trust=trust, at=self.clock(), message_id="m1", value=value)
                for name, value in stated.items()
            },
        )
        self.one_person(root)
        self.people.views[person_id(root)] = View(profile=profile, version=1)
        return person_id(root)

    def one_person(self, *members: Ref) -> None:
        """Let identifiers be one person, the first its root; views are left as they are."""
        plant(self.clusters, members)

    def confirmed(self, email: str = ANA, *, consent: bool = True) -> PersonId:
        """Somebody who confirmed their address, with consent unless told otherwise."""
        person = self.person(email, trust=Trust.VERIFIED, first_name="Ana", job_category="nursing")
        word = Consent(
            status=ConsentStatus.GRANTED,
            at=self.clock(),
            statement="talent-network-1",
            statement_hash="h",
            event_id="c_1",
        )
        self.state(
            email,
            lambda state: replace(
                state,
                version=state.version + 1,
                confirmed_at=self.clock(),
                consents={TOPIC: word} if consent else {},
            ),
        )
        return person

    def state(self, email: str, change: Callable[[AddressState], AddressState]) -> None:
        ref = self.ref(email)
        before = self.book.addresses.get(ref, AddressState(ref=ref))
        self.book.addresses[ref] = change(before)

    # What happens

    def fact(
        self,
        person: PersonId,
        *,
        name: str = "TalentNetworkJoined",
        origin: str = "live",
        job: str = "",
    ) -> FactRef:
        self.events += 1
        now = self.clock()
        return FactRef(
            name=name,
            event_id=f"event-{self.events}",
            person=person,
            origin=origin,
            occurred_at=now,
            received_at=now,
            log_pk=f"anon#{self.events}",
            log_sk="2026-03-02T09#site#1",
            job=job,
        )

    def intent(self, person: PersonId, *, origin: str = "live", program: str = WELCOME) -> Intent:
        return Intent(
            program=program,
            occurrence=OCCURRENCE_EVER,
            person=person,
            fact=self.fact(person, origin=origin),
            bundle=self.live,
            decided_at=self.clock(),
        )

    # Who works here

    @property
    def trigger(self) -> Trigger:
        return Trigger(
            people=self.people,
            clusters=self.clusters,
            log=self.log,
            bundles=self.switched,
            jobs=self.book,
            intents=self.intents,
            waits=Waits(
                people=self.people,
                clusters=self.clusters,
                runs=self.runs,
                schedules=self.schedules,
            ),
            funnel=self.fates,
            live=lambda: self.live,
            now=self.clock,
        )

    @property
    def send(self) -> Send:
        return Send(
            reader=Reader(
                people=self.people,
                clusters=self.clusters,
                book=self.book,
                bundles=self.switched,
                pseudonyms=self.refs,
                live=lambda: self.live,
                stopped=self.live_brake.stopped,
                stands=LiveStands(self.launches, clock=lambda: self.clock().timestamp()),
                doubts=Doubts(review=lambda: self.review, suggestions=self.suggestions),
                around=self.around,
            ),
            composer=Composer(ring=self._tokens, public_url=PUBLIC_URL),
            book=self.book,
            log=self.log,
            mailer=self.mailer,
            linker=self.linker,
            funnel=self.fates,
            holds=Holds(runs=self.runs, schedules=self.schedules),
            accounts=self.accounts,
            counts=self.counts,
            pacing=self.pacing,
            now=self.clock,
        )

    @property
    def brake(self) -> Brake:
        return Brake(sendings=self.sendings, now=self.clock)

    @property
    def picker(self) -> Picker:
        shelf = Shelf(book=self.book)
        if self.live in self.bundles.bundles:
            shelf._bundle, shelf._lexicon = self.live, lexicon_of(self.bundle)
        return Picker(book=self.book, log=self.log, shelf=shelf, now=self.clock)

    @property
    def clicks(self) -> Clicks:
        return Clicks(
            book=self.book,
            log=self.log,
            links=self.fates,
            noticing=self.noticing,
            ring=self._tokens,
            site=lambda: self.bundle.brand.site_url,
            now=self.clock,
        )

    @property
    def linker(self) -> Linker:
        return Linker(ring=self._tokens, public_url=PUBLIC_URL, links=self.fates)

    @property
    def around(self) -> Around:
        return Around(
            accounts=self.accounts,
            counts=self.counts,
            runs=self.runs,
            picker=self.picker,
            now=self.clock,
        )

    @property
    def holds(self) -> Holds:
        return Holds(runs=self.runs, schedules=self.schedules)

    @property
    def feedback(self) -> Feedback:
        return Feedback(
            book=self.book,
            log=self.log,
            fates=self.fates,
            noticing=self.noticing,
            policy=lambda: self.bundle.policy,
            now=self.clock,
        )

    @property
    def noticing(self) -> Noticing:
        return Noticing(
            book=self.book,
            log=self.log,
            fates=self.fates,
            signs=self.fates,
            links=self.fates,
            marks=self.fates,
            pseudonyms=self.refs,
            judgements=self.judgements,
            now=self.clock,
        )

    @property
    def engage(self) -> Engage:
        return Engage(
            book=self.book,
            log=self.log,
            bundles=self.bundles,
            preferences=FakePreferences(self.book),
            fates=self.fates,
            ring=self._tokens,
            live=lambda: self.live,
            now=self.clock,
        )

    @property
    def places(self) -> Places:
        return Places(
            book=self.book,
            bundles=self.bundles,
            occasions=self.book.occasions,
            ring=self._tokens,
            live=lambda: self.live,
            now=self.clock,
        )

    @property
    def door(self) -> Door:
        return Door(
            bundles=self.bundles,
            occasions=self.book.occasions,
            log=self.log,
            refs=self.refs,
            ring=self._tokens,
            live=lambda: self.live,
            now=self.clock,
        )

    @property
    def job_alerts(self) -> JobAlerts:
        return JobAlerts(
            engage=self.engage,
            alerts=self.alerts,
            people=self.people,
            clusters=self.clusters,
            now=self.clock,
        )

    @property
    def signup(self) -> Signup:
        return Signup(
            signatures=self.book,
            occasions=self.book.occasions,
            bundles=self.bundles,
            refs=self.refs,
            allowance=self.allowance,
            ring=self._tokens,
            live=lambda: self.live,
            shelf=self.shelf,
            random=lambda size: next(self.pages).to_bytes(size, "big"),
            now=self.clock,
        )

    def _tokens(self) -> dict[str, bytes]:
        return dict(self.rings.ring("tokens"))

    # What is left of it

    @property
    def mails(self) -> list[Mail]:
        return self.mailer.accepted

    def logged(self, kind: str) -> list[Event]:
        return [event for event in self.log.rows.values() if event.type == kind]

    @property
    def decisions(self) -> list[Decision]:
        found = []
        for event in self.logged("Decision"):
            properties = event.body["properties"]
            assert isinstance(properties, dict)
            found.append(from_body(properties))
        return found

    @property
    def reasons(self) -> list[str]:
        return [decision.reason.value for decision in self.decisions]

    def record(self, email: str = ANA) -> SendRecord:
        """The welcome's record."""
        return self.book.sends[send_key(WELCOME, OCCURRENCE_EVER, self.ref(email))]


def a_record(
    room: Mailroom,
    *,
    state: SendState,
    program: str = WELCOME,
    occurrence: str = OCCURRENCE_EVER,
    claimed_at: datetime = START,
) -> SendRecord:
    """A send to Ana as it may stand in the book."""
    key = send_key(program, occurrence, room.ref(ANA))
    return SendRecord(
        send_key=key,
        send_id=key,
        state=state,
        attempt=1,
        lease=claimed_at + timedelta(seconds=60),
        person=person_id(room.ref(ANA)),
        subject=room.ref(ANA),
        address=room.ref(ANA),
        program=program,
        template="confirm" if program == CONFIRM_PROGRAM else "welcome",
        topic=TOPIC,
        mail_class="confirmation" if program == CONFIRM_PROGRAM else "marketing",
        bundle=room.live,
        decision=LogKey("user#x", "2026-03-02T09#engine#d_other_consented"),
        claimed_at=claimed_at,
    )
