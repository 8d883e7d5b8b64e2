"""What became of a mail, as facts that only grow: the earliest time of each, never a status.

Of two fates the join is the same in any order and with any repeats. The raw signs (opens, clicks)
stay in the log with what they were judged by, so that a better rule can judge them again;
`fate_of` makes the fate of a mail from its events alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rapport.domain import names
from rapport.domain.event import Event, from_millis
from rapport.domain.statements import section, text_of

HARD = "Permanent"
NOT_A_COMPLAINT = "not-spam"
# The detail of a report that says it is an automatic answer (out of office), not a bounce.
AUTO_REPLY = "auto_reply"
# The detail of a report that names several people and not the mail's own recipient.
ABOUT_OTHERS = "about_others"
# The detail of a report in ms since 1970: when SES took the mail that it is about.
TAKEN_AT = "taken_at"


class Said(StrEnum):
    """One thing that can be known of a mail."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    REJECTED = "rejected"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    UNSUBSCRIBED = "unsubscribed"
    APPLIED = "applied"


# What a mail is shown as when several things are true of it: the first of these that is.
_GRAVEST_FIRST = (
    *(Said.COMPLAINED, Said.HARD_BOUNCED, Said.REJECTED, Said.UNSUBSCRIBED, Said.APPLIED),
    *(Said.REPLIED, Said.CLICKED, Said.OPENED, Said.DELIVERED, Said.SOFT_BOUNCED, Said.DELAYED),
    Said.ACCEPTED,
)
_REPORTED: Mapping[str, Said] = {
    "Delivery": Said.DELIVERED,
    "DeliveryDelay": Said.DELAYED,
    "Reject": Said.REJECTED,
    "Rendering Failure": Said.REJECTED,
}
_HAPPENED: Mapping[str, Said] = {
    names.MAIL_OPENED: Said.OPENED,
    names.MAIL_CLICKED: Said.CLICKED,
    names.MAIL_REPLIED: Said.REPLIED,
    names.UNSUBSCRIBED: Said.UNSUBSCRIBED,
}
_SIGNS = frozenset({Said.OPENED, Said.CLICKED})
# Only people do these.
HUMAN = frozenset({Said.OPENED, Said.CLICKED, Said.REPLIED, Said.APPLIED})


@dataclass(frozen=True, kw_only=True)
class Fate:
    """`at`: when each thing was true first. `opened` and `clicked` hold human ones only.

    `bounce`: type and subtype of the earliest bounce, as `Permanent/General`. `machine_opens`,
    `machine_clicks`: whether machines did. `clicked_blocks`: keys of blocks that humans clicked.
    """

    at: Mapping[Said, datetime] = field(default_factory=dict)
    bounce: str = ""
    machine_opens: bool = False
    machine_clicks: bool = False
    clicked_blocks: frozenset[str] = frozenset()

    def __or__(self, other: "Fate") -> "Fate":
        """Both together; the order does not matter, and neither do repeats."""
        both = [*self.at.items(), *other.at.items()]
        return Fate(
            at={said: min(at for s, at in both if s is said) for said in sorted({*dict(both)})},
            bounce=_earlier_bounce(self, other),
            machine_opens=self.machine_opens or other.machine_opens,
            machine_clicks=self.machine_clicks or other.machine_clicks,
            clicked_blocks=self.clicked_blocks | other.clicked_blocks,
        )

    @property
    def shown(self) -> Said | None:
        """The gravest thing that is known of the mail; None while nothing is."""
        return next((said for said in _GRAVEST_FIRST if said in self.at), None)

    @property
    def human_at(self) -> datetime | None:
        """When a person showed first that they had the mail; None if nobody did."""
        return min((at for said, at in self.at.items() if said in HUMAN), default=None)


NOTHING_KNOWN = Fate()


def fate_of(events: Iterable[Event], send_id: str) -> Fate:
    """The fate of one mail from its events alone, in any order and with any repeats.

    What machines did is in no event of its own; `rapport.domain.marks.rejudged` tells it.
    """
    fate = NOTHING_KNOWN
    for event in events:
        if text_of(section(event.body, "properties"), "send_id") == send_id:
            fate |= news_of(event)
    return fate


def news_of(event: Event) -> Fate:
    """What one event of the log adds to what is known of its mail; nothing for other events."""
    told = section(event.body, "properties")
    at = event.original_at or event.at
    if event.type == names.MAIL_REPORTED:
        details = {name: text_of(told, name) for name in told}
        taken = told.get(TAKEN_AT)
        when = from_millis(taken) if isinstance(taken, int) else at
        return reported(details.pop("kind", ""), at=at, taken_at=when, details=details)
    said = _HAPPENED.get(event.type)
    if said is None:
        return NOTHING_KNOWN
    if said not in _SIGNS:
        # Those hang on the hour of their mail, so that a repeat lands on them.
        at = event.at
    block = text_of(told, "block") if said is Said.CLICKED else ""
    return Fate(at={said: at}, clicked_blocks=frozenset({block} if block else ()))


def reported(kind: str, *, at: datetime, taken_at: datetime, details: Mapping[str, str]) -> Fate:
    """What a report of SES says: that SES took the mail, and what its kind tells.

    `taken_at` is when SES took it. An open or a click proves only that: whose it was is judged.
    """
    said = _said(kind, details)
    told = {Said.ACCEPTED: min(at, taken_at)} | ({} if said is None else {said: at})
    bounced = said in {Said.SOFT_BOUNCED, Said.HARD_BOUNCED}
    bounce = f"{details.get('type', '')}/{details.get('subtype', '')}" if bounced else ""
    return Fate(at=told, bounce=bounce)


def _said(kind: str, details: Mapping[str, str]) -> Said | None:
    if details.get(AUTO_REPLY) or details.get(ABOUT_OTHERS):
        return None
    if kind == "Bounce":
        return Said.HARD_BOUNCED if details.get("type") == HARD else Said.SOFT_BOUNCED
    if kind == "Complaint":
        return None if details.get("feedback") == NOT_A_COMPLAINT else Said.COMPLAINED
    return _REPORTED.get(kind)


def _earlier_bounce(mine: Fate, theirs: Fate) -> str:
    """The bounce text of whichever bounced first; by text when both did at once."""
    told = [(_bounced_at(fate), fate.bounce) for fate in (mine, theirs)]
    return min(((at, text) for at, text in told if at is not None), default=(None, ""))[1]


def _bounced_at(fate: Fate) -> datetime | None:
    times = (fate.at.get(said) for said in (Said.SOFT_BOUNCED, Said.HARD_BOUNCED))
    return min((at for at in times if at is not None), default=None)
