"""Signs of people as the log keeps them, whose signs may be kept, and judging them again.

A sign is stored once, as it came, with what it is judged by (`Mail Reported` of the kind `Open` or
`Click`). What it is judged to be is an event of its own, so that a later edition of the rules can
judge all of them again: `rejudged` makes the fate of a mail from its events by the present rules.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from rapport.domain import names
from rapport.domain.address import TRACKING, AddressState
from rapport.domain.event import Event, Json
from rapport.domain.fate import NOTHING_KNOWN, Fate, Said, fate_of
from rapport.domain.granting import holds
from rapport.domain.statements import section, text_of
from rapport.domain.verdict import Act, Agent, Sent, Sign, Who, judge

KINDS: Mapping[Act, str] = {Act.OPEN: "Open", Act.CLICK: "Click"}
_ACTS = {kind: act for act, kind in KINDS.items()}


def still_tracked(state: AddressState, now: datetime) -> bool:
    """Whether signs of mails that went out with consent may still be kept: nobody said no since."""
    return TRACKING not in state.consents or holds(state.consents[TRACKING], now)


def details_of(sign: Sign) -> dict[str, Json]:
    """What the log keeps of a sign beside its time."""
    return {
        "agent": sign.agent.value,
        "system": sign.system,
        "network": sign.network,
        "link": sign.link,
        "block": sign.block,
    }


def sign_of(event: Event) -> Sign | None:
    """The sign in an event of the log; None in any other event."""
    told = section(event.body, "properties")
    act = _ACTS.get(text_of(told, "kind"))
    if event.type != names.MAIL_REPORTED or act is None or "agent" not in told:
        return None
    return Sign(
        act=act,
        at=event.original_at or event.at,
        agent=Agent(text_of(told, "agent")),
        system=text_of(told, "system"),
        network=text_of(told, "network"),
        link=cast("int", told["link"]),
        block=text_of(told, "block"),
    )


def news_of_sign(sign: Sign, who: Who) -> Fate:
    """What a judged sign adds to the fate of its mail; nothing while nobody knows whose it was."""
    clicked = sign.act is Act.CLICK
    if who is Who.MACHINE:
        return Fate(machine_opens=not clicked, machine_clicks=clicked)
    if who is Who.UNKNOWN:
        return NOTHING_KNOWN
    blocks = frozenset({sign.block} if sign.block else ())
    return Fate(at={Said.CLICKED if clicked else Said.OPENED: sign.at}, clicked_blocks=blocks)


def rejudged(events: Iterable[Event], send_id: str, *, links: int) -> Fate:
    """The fate of a mail by the present rules, whatever its signs were judged to be before.

    `links`: how many its reader could see. Clicks from one network in the mails of several people
    are no part of one person's events; what they showed is in the verdicts of then alone.
    """
    mine = [e for e in events if text_of(section(e.body, "properties"), "send_id") == send_id]
    judged = {names.MAIL_OPENED, names.MAIL_CLICKED}
    known = fate_of([event for event in mine if event.type not in judged], send_id)
    fate, at = known, known.at
    sent = Sent(delivered=at.get(Said.DELIVERED) or at.get(Said.ACCEPTED), links=links)
    signs = [sign for sign in map(sign_of, mine) if sign is not None]
    for sign in signs:
        fate |= news_of_sign(sign, judge(sign, signs, sent).who)
    return fate
