"""However the stream delivers a browser's events, what is stored is the fold of the log.

Plain seeded chaos, as in `tests.support.histories`, on one partition alone: batches of any size
that die before any write, come again whole or in halves, a log that is ahead of its stream, late
twins. A few people share the browser, so that labels move; ids come again under other times,
sources and kinds, so that copies stand for one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest

from rapport.domain import copies
from rapport.domain.event import Event, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.tally import fold_partition
from rapport.refreshing.partitions import Record, apply, planned
from tests.support.depth import rounds
from tests.support.fakes import Calls, CrashError, FakeLog, FakePeople
from tests.support.histories import EVE, event

TABLET = Ref("anon#tablet")
PEOPLE = tuple(Ref(f"user#{n}") for n in ("ana", "bo", "cy", "di"))
HISTORIES = rounds(1_200)


def history(random: Random) -> list[Event]:
    """Up to 16 events of a browser and up to four people, mostly in order of time."""
    people = PEOPLE[: random.randint(0, len(PEOPLE))]
    copied = random.choice([0.0, 0.0, 0.4])
    minute = random.choice([0, 180, 230])
    told: dict[object, Event] = {}
    for n in range(random.randint(1, 16)):
        late = random.choice([0, 0, 0, 0, 1, 30, 300])
        minute += random.choice([0, 0, 1, 29, 30, 31, 200])
        one = event(
            max(0, minute - late),
            cookie=TABLET,
            user=random.choice([None, None, *people]),
            kind=random.choice(["page", "page", "Unsubscribed", "Candidate Recorded"]),
            # What machines do, and what is done to people, logs in and comes late like all else.
            body={"bot": ["crawler"]} if random.random() < 0.1 else {},
            message_id=random.choice("ab") if random.random() < copied else f"m-{n}",
            trust=random.choice(list(Trust)),
            late=random.randint(0, 120),
        )
        if random.random() < copied:
            one = replace(one, source="server")
        told.setdefault(one.key, one)
    return list(told.values())


def record_of(log: FakeLog) -> Record:
    """The last that the stream has."""
    row = log.stream[-1]
    return Record(sequence=row.sequence, event=log.rows[row.key])


def counted(records: Sequence[Record], log: FakeLog, people: FakePeople) -> None:
    """One invocation for the partition."""
    apply(planned(TABLET, records, log=log, people=people), log=log, people=people)


class Twin(Calls):
    """Calls of an invocation that dies before one of them, or stands still there for a while."""

    def __init__(self, *, die_at: int = 0, pause_at: int = 0, meanwhile: object = None) -> None:
        super().__init__()
        self._die_at, self._pause_at, self._meanwhile = die_at, pause_at, meanwhile

    def touch(self, name: str) -> None:
        super().touch(name)
        if len(self.names) == self._pause_at and callable(self._meanwhile):
            self._meanwhile()
        if len(self.names) == self._die_at:
            raise CrashError(name)


class DiesIn(Calls):
    """Calls of an invocation that dies instead of making one for the n-th time."""

    def __init__(self, call: str, times: int) -> None:
        super().__init__()
        self._call, self._times = call, times

    def touch(self, name: str) -> None:
        super().touch(name)
        if name == self._call and self.count(name) == self._times:
            raise CrashError(name)


@dataclass
class Counted:
    """What the chaos came to."""

    crashes: int = 0
    twins: int = 0
    batches: int = 0
    reads: int = 0


class Shard:
    """Delivers a history, badly; `wrong` once what is stored is not the fold of what there is."""

    def __init__(self, events: Sequence[Event], random: Random, counted: Counted) -> None:
        self.log, self.people = FakeLog(), FakePeople()
        self.wrong = False
        self._events, self._random, self._counted = list(events), random, counted
        self._done = 0
        # Whether the log is ahead of what the stream delivers, or each batch has all there is.
        self._ahead = random.random() < 0.5

    def play(self) -> None:
        while self._done < len(self.log.stream) or self._events:
            for _ in range(self._random.randint(0, 5) if self._ahead else 1):
                self._arrive()
            size = self._random.randint(1, 6) if self._ahead else len(self.log.stream)
            self._deliver(self._done, size)
            if self._done >= len(self.log.stream):
                stored, _ = self.people.partition(TABLET)
                self.wrong |= stored != fold_partition(TABLET, self.log.rows.values())
            if self._ahead and self._random.random() < 0.3:
                self._done -= self._random.randint(0, min(self._done, 4))

    def _arrive(self) -> None:
        if self._events:
            self.log.put(self._events.pop(0))

    def _records(self, start: int, size: int) -> list[Record]:
        rows = self.log.stream[start : start + size]
        return [Record(sequence=row.sequence, event=self.log.rows[row.key]) for row in rows]

    def _deliver(self, start: int, size: int) -> None:
        records = self._records(start, size)
        dice = self._random.random()
        if dice < 0.2 and records:
            self._counted.crashes += not self._run(records, self._dying())
            half = self._random.randint(0, len(records))
            for part in (records[:half], records[half:]):
                self._run(part, Calls())
        elif dice < 0.4 and records:
            self._counted.twins += 1
            self._run(records, self._standing_still(records, start, size))
        else:
            self._run(records, Calls())
        self._done = start + len(records)

    def _dying(self) -> Twin:
        return Twin(die_at=self._random.randint(2, 8))

    def _standing_still(self, records: list[Record], start: int, size: int) -> Twin:
        """An invocation that waits, while its twin and perhaps the next batch go through."""

        def meanwhile() -> None:
            outer = self.people.calls
            self._run(records, Calls())
            if self._random.random() < 0.5:
                self._arrive()
                self._run(self._records(start + len(records), size), Calls())
            self.people.calls = self.log.calls = outer

        return Twin(pause_at=self._random.randint(2, 8), meanwhile=meanwhile)

    def _run(self, records: list[Record], calls: Calls) -> bool:
        if not records:
            return True
        self.log.calls = self.people.calls = calls
        try:
            counted(records, self.log, self.people)
        except CrashError:
            return False
        finally:
            self._counted.batches += 1
            self._counted.reads += calls.count("log.partition")
        return True


def differing(seeds: range, counted: Counted) -> list[int]:
    """The seeds whose stored partition is not the fold of the log."""
    found = []
    for seed in seeds:
        random = Random(seed)
        shard = Shard(history(random), random, counted)
        shard.play()
        if shard.wrong:
            found.append(seed)
    return found


def test_whatever_the_stream_does_a_partition_is_the_fold_of_the_log() -> None:
    counted = Counted()
    assert differing(range(HISTORIES), counted) == []
    print(
        f"{HISTORIES} histories of a shared browser: {counted.batches} batches,"
        f" {counted.crashes} deaths, {counted.twins} twins, {counted.reads} looks into the log"
    )
    assert counted.crashes > HISTORIES / 5
    assert counted.twins > HISTORIES / 4
    assert counted.reads < counted.batches


def test_so_it_is_beyond_the_number_of_messages_among_which_copies_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A browser that several people use is folded from the log there, each time."""
    monkeypatch.setattr(copies, "MAX_SEARCHED", 6)
    found = []
    for seed in range(200):
        random = Random(seed)
        events = [replace(e, message_id=f"m-{n}") for n, e in enumerate(history(random))]
        if len({e.owner for e in events} - {None}) > 1:
            shard = Shard(events, random, Counted())
            shard.play()
            if shard.wrong:
                found.append(seed)
    assert found == []


def test_a_shared_browser_whose_events_come_in_order_needs_no_look_into_the_log() -> None:
    log, people = FakeLog(), FakePeople()
    ana, bo, cy = PEOPLE[:3]
    for n in range(300):
        user = {0: ana, 50: bo, 100: cy}.get(n, (ana, bo, cy)[n % 3] if n % 25 == 0 else None)
        each = event(n * 11, cookie=TABLET, user=user, message_id=f"m-{n}")
        log.put(each)
        counted([record_of(log)], log, people)
    stored, _ = people.partition(TABLET)
    assert stored == fold_partition(TABLET, log.rows.values())
    looks = log.calls.count("log.partition")
    print(f"300 events of three people on one browser: {looks} looks into the log")
    assert looks == 1, "for the second person, and not since"


def test_a_death_between_two_months_does_not_count_a_message_in_both() -> None:
    log, people = FakeLog(), FakePeople()
    march = event(300, cookie=TABLET, message_id="m")
    february = event(0, cookie=TABLET, message_id="m", trust=Trust.VERIFIED)
    log.put(march)
    counted([record_of(log)], log, people)
    log.put(february)
    second = record_of(log)
    people.calls = DiesIn("people.save_month", 2)
    with pytest.raises(CrashError):
        counted([second], log, people)
    people.calls = Calls()
    assert people.partition(TABLET)[0].counted == 2, "once in each month"
    counted([second], log, people)
    stored, _ = people.partition(TABLET)
    assert stored.counted == 1
    assert stored == fold_partition(TABLET, log.rows.values())


def test_who_folded_a_month_when_the_log_held_less_does_not_write_over_it() -> None:
    log, people = FakeLog(), FakePeople()
    ana, bo = PEOPLE[:2]
    told = (
        event(0, cookie=TABLET, user=ana),
        event(10, cookie=TABLET),
        event(5, cookie=TABLET, user=bo),
    )
    records = []
    slow = None
    for each in told:
        log.put(each)
        records.append(record_of(log))
        if len(records) == 1:
            counted(records, log, people)
        elif len(records) == 2:
            # It came again, so it is folded from the log, which is ahead of the stream by one.
            slow = planned(TABLET, records[:1], log=log, people=people)
    counted(records[:1], log, people)
    counted(records[1:], log, people)
    assert slow is not None
    apply(slow, log=log, people=people)
    stored, _ = people.partition(TABLET)
    assert stored == fold_partition(TABLET, log.rows.values())


def test_an_event_that_comes_late_is_looked_up() -> None:
    log, people = FakeLog(), FakePeople()
    ana, bo = PEOPLE[:2]
    told = [
        event(0, cookie=TABLET, user=ana),
        event(10, cookie=TABLET, user=bo),
        event(20, cookie=TABLET),
        event(5, cookie=TABLET),
    ]
    looks = []
    for each in told:
        log.put(each)
        counted([record_of(log)], log, people)
        looks.append(log.calls.count("log.partition"))
    assert looks == [0, 0, 0, 1]
    stored, _ = people.partition(TABLET)
    assert stored.labels == {ana, bo, f"~{ana}", f"~{bo}"}
    assert EVE + timedelta(minutes=20) == stored.last_unnamed
