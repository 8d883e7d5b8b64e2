"""Opens and clicks: kept as they come, judged a little later, when it is known what came with them.

1. Whoever agreed to be noticed when the mail went out, and has not said no since, is noticed. All
   others' signs are dropped: nothing of them is stored.
2. A sign is an event in the log and a member of its mail's set, with what it is judged by.
3. Two minutes later all signs of the mail are judged. A scanner shows itself by what else it does:
   a click that looks like a person's may be the first of ten.
4. What is a person's becomes an event of its own, a fact of the mail, and a mark in the ledger.

Every step may be repeated: the same sign is the same event, and facts only grow. So a fact that a
sign made is not taken back when a later edition of the rules calls it a machine's; the events say
under which edition it was judged, and `rapport.domain.marks.rejudged` judges all of them again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rapport import events
from rapport.domain.address import SendRecord
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, from_millis, millis
from rapport.domain.fate import NOTHING_KNOWN, Said
from rapport.domain.marks import KINDS, details_of, news_of_sign, still_tracked
from rapport.domain.privacy import network
from rapport.domain.verdict import (
    CROWD,
    NO_LINK,
    RULES,
    TRAP,
    Act,
    Sent,
    Sign,
    Verdict,
    Who,
    agent_of,
    judge,
)
from rapport.outcomes import MAX_SIGNS, Fates, Judgements, Link, Links, Marks, Signs
from rapport.ports import Book, Log, Pseudonyms
from rapport.records import ID_CHARS, engine_event, reported_event

# What the port `Pseudonyms` is told that a network is hashed for.
_PURPOSE = "network"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An open or a click as it was seen; `link` None for one that is none of the mail's."""

    act: Act
    at: datetime
    agent: str
    ip: str
    link: int | None = None


@dataclass(frozen=True, kw_only=True)
class Noticing:
    """The flow. Without `judgements` signs are judged as they come, each as if it were the last."""

    book: Book
    log: Log
    fates: Fates
    signs: Signs
    links: Links
    marks: Marks
    pseudonyms: Pseudonyms
    now: Callable[[], datetime]
    judgements: Judgements | None = None

    def notice(self, record: SendRecord, seen: Seen) -> bool:
        """Keep a sign and have it judged; False when its person is not to be noticed."""
        if not record.tracked:
            return False
        if not still_tracked(self.book.address(record.address), self.now()):
            return False
        if len(self.signs.of(record.send_key)) >= MAX_SIGNS:
            # Whoever follows a link without end makes no events without end.
            return False
        links = self.links.links(record.send_key)
        sign = self._sign(seen, links)
        self.log.append([self._as_it_came(record, sign)])
        self.signs.note(record.send_key, sign)
        if self.judgements is None:
            self.judge(record.send_key)
        else:
            self.judgements.later(record.send_key)
        return True

    def judge(self, send_key: str) -> Sequence[tuple[Sign, Verdict]]:
        """Judge all signs of a mail by what is known now, and let those of people count."""
        record = self.book.send(send_key)
        if record is None or not still_tracked(self.book.address(record.address), self.now()):
            return ()
        signs = self.signs.of(send_key)
        sent = self._sent(record, signs)
        judged = [(sign, judge(sign, signs, sent)) for sign in signs]
        humans = [sign for sign, verdict in judged if verdict.who is Who.HUMAN]
        if humans:
            self.log.append([self._a_persons(record, sign) for sign in humans])
        news = NOTHING_KNOWN
        for sign, verdict in judged:
            news |= news_of_sign(sign, verdict.who)
        if news != NOTHING_KNOWN:
            self.fates.learn(send_key, news)
        if any(sign.act is Act.CLICK for sign in humans):
            self.marks.mark_human(record.address, send_key)
        return judged

    def _sign(self, seen: Seen, links: Sequence[Link]) -> Sign:
        agent, system = agent_of(seen.agent)
        near = network(seen.ip)
        # Rows keep milliseconds; so do events.
        at = from_millis(millis(seen.at))
        sign = Sign(
            act=seen.act,
            at=at,
            agent=agent,
            system=system,
            network=self.pseudonyms.digest(_PURPOSE, near) if near else "",
        )
        if seen.link is None or not 0 <= seen.link < len(links):
            return sign
        link = links[seen.link]
        return replace(sign, link=TRAP if link.trap else seen.link, block=link.block)

    def _sent(self, record: SendRecord, signs: Sequence[Sign]) -> Sent:
        at = self.fates.fate(record.send_key).at
        clicks = {s.network: s for s in signs if s.act is Act.CLICK and s.network}
        crowded = {name for name, sign in clicks.items() if self.signs.crowd(sign) >= CROWD}
        visible = [link for link in self.links.links(record.send_key) if not link.trap]
        return Sent(
            delivered=at.get(Said.DELIVERED) or at.get(Said.ACCEPTED) or record.settled_at,
            links=len(visible),
            crowded=frozenset(crowded),
        )

    def _as_it_came(self, record: SendRecord, sign: Sign) -> Event:
        return reported_event(
            record,
            kind=KINDS[sign.act],
            report_id=_id(sign),
            reported_at=sign.at,
            now=self.now(),
            details=details_of(sign),
        )

    def _a_persons(self, record: SendRecord, sign: Sign) -> Event:
        clicked = sign.act is Act.CLICK
        named = events.MailClicked if clicked else events.MailOpened
        block: dict[str, Json] = {"block": sign.block, "link": sign.link} if clicked else {}
        return engine_event(
            named.event,
            subject=record.subject,
            message_id=f"h_{digest(record.send_key, _id(sign))[:ID_CHARS]}",
            cause_at=sign.at,
            now=self.now(),
            properties={"send_id": record.send_id, "rules": RULES, **block},
        )


def number_of(links: Sequence[Link], url: str) -> int | None:
    """The number of the link that leads to an address; None when it is none of the mail's."""
    return next((n for n, link in enumerate(links) if link.url == url), None)


def _id(sign: Sign) -> str:
    link = "" if sign.link == NO_LINK else str(sign.link)
    return digest(sign.act, str(millis(sign.at)), sign.agent, sign.system, sign.network, link)
