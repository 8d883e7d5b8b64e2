"""How mails fare, in DynamoDB: facts, signs, links, and what became of intents.

The facts of a mail are one row under a version, written only when there is news. A sign is added to
a set of its mail, so that it counts once however often it comes, in one write.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.book_rows import address_row, read_address
from rapport.adapters.dynamo.models import (
    AddressRow,
    BookTable,
    FateRow,
    IntendedRow,
    LinksRow,
    NearRow,
    ProgramRow,
    SignsRow,
    bind,
    store_errors,
)
from rapport.domain.decision import Decision
from rapport.domain.event import day_of, from_millis, hour_of, millis
from rapport.domain.fate import NOTHING_KNOWN, Fate, Said
from rapport.domain.identifiers import Ref
from rapport.domain.verdict import Act, Agent, Sign
from rapport.errors import ConflictError, RetryableError
from rapport.outcomes import MAX_SIGNS, Intended, Link

_TRIES = 8
_AT_ONCE = 16
# SES tells of opens and clicks for 60 days.
_SIGNS_KEPT = timedelta(days=90)
_NEAR_KEPT = timedelta(hours=3)
_NEAR = timedelta(seconds=60)
_INTENDED_KEPT = timedelta(days=400)


class DynamoFates:
    """The ports `Fates`, `Signs`, `Links`, `Marks` and `Funnel`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)
        # The days and programs whose row this process has written.
        self._listed: set[tuple[str, str]] = set()

    def fate(self, send_key: str) -> Fate:
        """What is known of a mail; an empty `Fate` when nothing is."""
        return read_fate(_row(send_key))

    def fates(self, send_keys: Iterable[str]) -> Mapping[str, Fate]:
        """What is known of several mails; those of which nothing is are left out."""
        asked = [*dict.fromkeys(send_keys)]
        found = calls.side_by_side(self.fate, asked, at_once=_AT_ONCE)
        return {key: fate for key, fate in zip(asked, found, strict=True) if fate != NOTHING_KNOWN}

    def learn(self, send_key: str, news: Fate) -> Fate:
        """Join news into what is known, and what is known then; no write when it was known."""
        for _ in range(_TRIES):
            row = _row(send_key)
            known = read_fate(row)
            both = known | news
            if both == known:
                return known
            version = 0 if row is None else int(row.version)
            fresh = FateRow(*keys.fate_key(send_key), version=version + 1, facts=_facts(both))
            unchanged = FateRow.version == version if version else FateRow.pk.does_not_exist()
            try:
                with store_errors():
                    fresh.save(condition=unchanged)
            except ConflictError:
                continue
            return both
        msg = "too much is learnt of one mail at once"
        raise RetryableError(msg)

    def note(self, send_key: str, sign: Sign) -> None:
        """Keep a sign with its mail, and a click with its network; harmless to repeat."""
        _add(
            SignsRow(*keys.signs_key(send_key)),
            SignsRow.signs,
            _sign_text(sign),
            until=sign.at + _SIGNS_KEPT,
        )
        if sign.act is Act.CLICK and sign.network:
            _add(
                NearRow(*keys.near_key(sign.network, hour_of(sign.at))),
                NearRow.clicks,
                f"{millis(sign.at)} {send_key[:16]}",
                until=sign.at + _NEAR_KEPT,
            )

    def of(self, send_key: str) -> Sequence[Sign]:
        """The signs of a mail, in order of time."""
        with store_errors():
            try:
                row = SignsRow.get(*keys.signs_key(send_key), consistent_read=True)
            except SignsRow.DoesNotExist:
                return ()
        return sorted(map(_sign, row.signs or ()), key=lambda sign: (sign.at, sign.link))

    def crowd(self, sign: Sign) -> int:
        """In how many mails there were clicks from its network within a minute, in its hour."""
        with store_errors():
            try:
                place = keys.near_key(sign.network, hour_of(sign.at))
                row = NearRow.get(*place, consistent_read=True)
            except NearRow.DoesNotExist:
                return 0
        clicks = (click.split() for click in row.clicks or ())
        return len({mail for at, mail in clicks if abs(from_millis(int(at)) - sign.at) <= _NEAR})

    def keep(self, send_key: str, links: Sequence[Link]) -> None:
        """Keep where the links of a mail lead; nothing if it has none."""
        if links:
            told = [[link.url, link.block, link.trap] for link in links]
            with store_errors():
                LinksRow(*keys.links_key(send_key), links=_dumps(told)).save()

    def links(self, send_key: str) -> Sequence[Link]:
        """Where the links of a mail lead, by number; none when it has none."""
        with store_errors():
            try:
                row = LinksRow.get(*keys.links_key(send_key), consistent_read=True)
            except LinksRow.DoesNotExist:
                return ()
        return tuple(Link(url=u, block=b, trap=t) for u, b, t in json.loads(row.links))

    def mark_human(self, address: Ref, send_key: str) -> None:
        """Note in the ledger that a person answered to a mail; no write when that is known."""
        for _ in range(_TRIES):
            with store_errors():
                rows = list(BookTable.query(keys.address_key(address).pk, consistent_read=True))
            state = read_address(address, rows)
            if not any(e.send_key == send_key and not e.human for e in state.ledger):
                return
            ledger = tuple(
                replace(entry, human=entry.human or entry.send_key == send_key)
                for entry in state.ledger
            )
            marked = replace(state, version=state.version + 1, ledger=ledger)
            try:
                with store_errors():
                    address_row(marked).save(condition=AddressRow.version == state.version)
            except ConflictError:
                continue
            return
        msg = "the address is being written by too many at once"
        raise RetryableError(msg)

    def tell(self, decision: Decision) -> None:
        """Note what was decided on an intent; of several decisions of a day the latest stands."""
        day, at = day_of(decision.decided_at), millis(decision.decided_at)
        program, expires = decision.intent.program, millis(decision.decided_at + _INTENDED_KEPT)
        if (day, program) not in self._listed:
            with store_errors():
                ProgramRow(*keys.program_key(day, program), expires=expires // 1000).save()
            self._listed.add((day, program))
        row = IntendedRow(*keys.intended_key(program, day, decision.intent.id))
        actions: list[Action] = [
            IntendedRow.kind.set(IntendedRow),
            IntendedRow.outcome.set(decision.outcome.value),
            IntendedRow.reason.set(decision.reason.value),
            IntendedRow.at.set(at),
            IntendedRow.subject.set(decision.subject),
            IntendedRow.bundle.set(decision.bundle),
            IntendedRow.expires.set(expires // 1000),
        ]
        if decision.send_key:
            actions.append(IntendedRow.send_key.set(decision.send_key))
        try:
            with store_errors():
                row.update(
                    actions=actions,
                    condition=IntendedRow.pk.does_not_exist() | (IntendedRow.at <= at),
                )
        except ConflictError:
            return  # somebody decided on it later

    def intended(self, program: str, day: str) -> Sequence[Intended]:
        """The intents of a program that were decided on on a UTC day."""
        pk = keys.intended_key(program, day, "").pk
        with store_errors():
            rows = list(IntendedRow.query(pk, consistent_read=True))
        return [
            Intended(
                intent=row.sk,
                outcome=row.outcome,
                reason=row.reason,
                at=from_millis(int(row.at)),
                send_key=row.send_key or "",
                subject=Ref(row.subject or ""),
                bundle=row.bundle or "",
            )
            for row in rows
        ]

    def programs(self, day: str) -> Sequence[str]:
        """The programs of which any intent was decided on on a UTC day, in order."""
        with store_errors():
            return [
                row.sk
                for row in ProgramRow.query(keys.program_key(day, "").pk, consistent_read=True)
            ]


def _add(
    row: SignsRow | NearRow, place: UnicodeSetAttribute, text: str, *, until: datetime
) -> None:
    """Add a text to a row's set, unless it holds as many as it may."""
    kind, expires = type(row), type(row).expires.set(millis(until) // 1000)
    room = place.does_not_exist() | (size(place) < MAX_SIGNS)  # type: ignore[no-untyped-call]
    try:
        with store_errors():
            row.update(actions=[kind.kind.set(kind), place.add({text}), expires], condition=room)
    except ConflictError:
        return  # it keeps as many as it may


def _row(send_key: str) -> FateRow | None:
    with store_errors():
        try:
            return FateRow.get(*keys.fate_key(send_key), consistent_read=True)
        except FateRow.DoesNotExist:
            return None


def _facts(fate: Fate) -> str:
    told = {
        "at": {said.value: millis(at) for said, at in fate.at.items()},
        "bounce": fate.bounce,
        "machine_opens": fate.machine_opens,
        "machine_clicks": fate.machine_clicks,
        "blocks": sorted(fate.clicked_blocks),
    }
    return _dumps({name: value for name, value in told.items() if value})


def read_fate(row: FateRow | None) -> Fate:
    """What a row tells; an empty `Fate` of none."""
    if row is None:
        return NOTHING_KNOWN
    told = json.loads(row.facts)
    return Fate(
        at={Said(said): from_millis(at) for said, at in told.get("at", {}).items()},
        bounce=told.get("bounce", ""),
        machine_opens=told.get("machine_opens", False),
        machine_clicks=told.get("machine_clicks", False),
        clicked_blocks=frozenset(told.get("blocks", ())),
    )


def _sign_text(sign: Sign) -> str:
    return _dumps(
        [
            *(sign.act.value, millis(sign.at), sign.agent.value, sign.system, sign.network),
            *(sign.link, sign.block),
        ]
    )


def _sign(text: str) -> Sign:
    act, at, agent, system, network, link, block = json.loads(text)
    return Sign(
        act=Act(act),
        at=from_millis(at),
        agent=Agent(agent),
        system=system,
        network=network,
        link=link,
        block=block,
    )


def _dumps(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
