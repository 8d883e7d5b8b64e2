"""How mails fare, in dicts: the twins of the ports of `rapport.outcomes`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rapport.domain.decision import Decision
from rapport.domain.event import day_of
from rapport.domain.fate import Fate
from rapport.domain.identifiers import Ref
from rapport.domain.verdict import Act, Sign
from rapport.outcomes import Intended, Link
from tests.support.fakes import FakeBook


class FakeFates:
    """Facts, signs, links, marks and intents. `writes` counts what a store would have written."""

    def __init__(self, book: FakeBook) -> None:
        self.book = book
        self.known: dict[str, Fate] = {}
        self.noted: dict[str, set[Sign]] = {}
        self.kept: dict[str, tuple[Link, ...]] = {}
        self.told: dict[tuple[str, str, str], Intended] = {}
        self.writes = 0
        self.tells = 0

    def fate(self, send_key: str) -> Fate:
        return self.known.get(send_key, Fate())

    def fates(self, send_keys: Iterable[str]) -> Mapping[str, Fate]:
        return {key: self.known[key] for key in send_keys if key in self.known}

    def learn(self, send_key: str, news: Fate) -> Fate:
        both = self.fate(send_key) | news
        if both != self.fate(send_key):
            self.known[send_key] = both
            self.writes += 1
        return both

    def note(self, send_key: str, sign: Sign) -> None:
        self.noted.setdefault(send_key, set()).add(sign)

    def of(self, send_key: str) -> Sequence[Sign]:
        return sorted(self.noted.get(send_key, ()), key=lambda sign: (sign.at, sign.link))

    def crowd(self, sign: Sign) -> int:
        near = timedelta(seconds=60)
        return sum(
            any(
                s.act is Act.CLICK and s.network == sign.network and abs(s.at - sign.at) <= near
                for s in signs
            )
            for signs in self.noted.values()
        )

    def keep(self, send_key: str, links: Sequence[Link]) -> None:
        if links:
            self.kept[send_key] = tuple(links)

    def links(self, send_key: str) -> Sequence[Link]:
        return self.kept.get(send_key, ())

    def mark_human(self, address: Ref, send_key: str) -> None:
        state = self.book.addresses[address]
        if any(e.send_key == send_key and not e.human for e in state.ledger):
            ledger = tuple(
                replace(e, human=e.human or e.send_key == send_key) for e in state.ledger
            )
            changed = replace(state, version=state.version + 1, ledger=ledger)
            self.book.addresses[address] = changed
            self.writes += 1

    def tell(self, decision: Decision) -> None:
        self.tells += 1
        intent = decision.intent
        place = (intent.program, day_of(decision.decided_at), intent.id)
        known = self.told.get(place)
        if known is None or known.at <= decision.decided_at:
            self.told[place] = Intended(
                intent=intent.id,
                outcome=decision.outcome.value,
                reason=decision.reason.value,
                at=decision.decided_at,
                send_key=decision.send_key or (known.send_key if known else ""),
                subject=decision.subject,
                bundle=decision.bundle,
            )

    def intended(self, program: str, day: str) -> Sequence[Intended]:
        return [told for (p, d, _), told in self.told.items() if (p, d) == (program, day)]

    def programs(self, day: str) -> Sequence[str]:
        return sorted({p for p, d, _ in self.told if d == day})


@dataclass
class FakeJudgements:
    """Mails whose signs are to be judged in a while."""

    mails: list[str] = field(default_factory=list)

    def later(self, send_key: str) -> None:
        self.mails.append(send_key)
