"""What a campaign's worker is asked for, who its audience is, and how one is told of.

The messages of the queue in front of `functions/campaign`, and what `rapport.campaigning` answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Protocol

from rapport.bundle import Bundle
from rapport.campaigns import Campaign
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import Launch
from rapport.domain.tokens import Purpose, issue
from rapport.errors import PoisonError
from rapport.launching import PAGE, most_of
from rapport.ports import Accepted, Mail, NotSent, Unknown
from rapport.searching import Segments, of_list
from rapport.segments import Segment

TEST = "test"


class CampaignError(PoisonError):
    """What was asked of a campaign cannot be; the message says the mend."""


class Audiences(Protocol):
    """Who is in a segment (given whole) or on a static list (by its key) now."""

    def size(self, of: Segment | str) -> int:
        """How many people."""
        ...

    def page(self, of: Segment | str, *, cursor: str) -> tuple[Sequence[PersonId], str]:
        """At most 500 of them, each once over all pages, and the next cursor; empty: the last."""
        ...


class Work(Protocol):
    """The queue in front of `functions/campaign`."""

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        """Have something done."""
        ...


def going(campaign: str) -> Mapping[str, Json]:
    """The message that has a campaign go on from where it stands."""
    return {"do": "go", "campaign": campaign}


def listing(campaign: str, run: str) -> Mapping[str, Json]:
    """The message that has the audience of a rehearsal written down."""
    return {"do": "list", "campaign": campaign, "run": run}


def judging(campaign: str, run: str, page: int) -> Mapping[str, Json]:
    """The message that has a page of a rehearsal judged."""
    return {"do": "judge", "campaign": campaign, "run": run, "page": page}


def audience_of(bundle: Bundle, campaign: Campaign) -> Segment | str:
    """The segment, or the key of the list. CampaignError when it is not published."""
    if campaign.list:
        return campaign.list
    segment = bundle.segment(campaign.segment)
    if segment is None:
        msg = f"The segment {campaign.segment!r} is not published; publish it, or name another."
        raise CampaignError(msg)
    return segment


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a campaign stands: for lists, pages and programs. `counts`: what came of its intents.

    `approved`: what it is now may go out without anybody's further word.
    """

    campaign: Campaign
    launch: Launch
    fingerprint: str
    lacking: str
    approved: bool
    spent: int
    counts: Mapping[str, int]

    @property
    def waits(self) -> bool:
        """Whether a second person's word to it, as it is now, was asked for and is not there."""
        return self.launch.waits(self.fingerprint)

    def may_approve(self, who: str) -> bool:
        """Whether somebody neither wrote nor changed it."""
        return who not in {*self.campaign.authors, *self.launch.changers}

    def to_json(self) -> dict[str, Json]:
        """For programs; times as in ISO 8601."""
        launch, campaign = self.launch, self.campaign
        return {
            "campaign": campaign.key,
            "name": campaign.name,
            "brand": campaign.brand,
            "state": launch.state.value,
            "why": launch.why,
            "fingerprint": self.fingerprint,
            "lacking": self.lacking,
            "changed": launch.at is not None and self.fingerprint != launch.agreed,
            "approved": self.approved,
            "approvals": [
                {"by": a.by, "at": a.at.isoformat(), "current": a.fingerprint == self.fingerprint}
                for a in launch.approvals
            ],
            "asked": None
            if launch.asked is None or not self.waits
            else {"by": launch.asked.by, "at": launch.asked.at.isoformat()},
            "launched_by": launch.by,
            "launched_at": None if launch.at is None else launch.at.isoformat(),
            "begins": None if launch.begins is None else launch.begins.isoformat(),
            "audience": launch.audience,
            "frozen": launch.frozen,
            "put": launch.put,
            "spent": self.spent,
            "most": most_of(campaign),
            "counts": dict(sorted(self.counts.items())),
        }


@dataclass(frozen=True, kw_only=True)
class Example:
    """A mail as one of the audience would get it now; `to` is told to nobody who must not know."""

    person: PersonId
    mail: Mail

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        told = {"subject": self.mail.subject, "text": self.mail.text, "html": self.mail.html}
        return {"person": self.person, "from": self.mail.sender, **told}


def wants_approval(bundle: Bundle, launch: Launch) -> bool:
    """Whether so large an audience goes out on a second person's word alone."""
    return launch.everybody or launch.audience > bundle.policy.approve_over


def as_test(mail: Mail, address: str, unsubscribe: str, *, reply_to: str) -> Mail:
    """The mail that testers get: with a link of its own, told by its tag and its subject.

    The link of the one whose mail it is would end their consent, if a tester tried it.
    """
    links = dict(mail.headers).get("List-Unsubscribe", "")
    theirs = links.partition("<")[2].partition(">")[0]
    headers = (
        ("List-Unsubscribe", f"<{unsubscribe}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
    )
    swapped = [
        part.replace(theirs, unsubscribe) if theirs else part for part in (mail.text, mail.html)
    ]
    return Mail(
        sender=mail.sender,
        to=address,
        reply_to=reply_to,
        subject=f"[{TEST}] {mail.subject}",
        text=swapped[0],
        html=swapped[1],
        headers=headers,
        tags={"class": TEST, "campaign": TEST, "node": mail.tags.get("node", TEST)},
        tracking=False,
    )


def unsubscribe_link(public_url: str, ring: Mapping[str, bytes], address: str) -> str:
    """A link that opens the page and changes nothing: its mail was never sent to anybody."""
    nobody = sha256(f"{TEST}|{address}".encode()).hexdigest()
    return f"{public_url}/u/{issue(ring, Purpose.UNSUBSCRIBE, nobody)}"


def answered(submission: Accepted | NotSent | Unknown) -> str:
    """What SES said to a test mail: its message id, or why it took none."""
    match submission:
        case Accepted(message_id=message_id):
            return message_id
        case NotSent(code=code):
            return code
        case Unknown(detail=detail):
            return detail


class SegmentAudiences:
    """The port `Audiences`, on the finder: a cursor is the last person of the page before."""

    def __init__(self, segments: Segments) -> None:
        """`segments` knows who is in what now."""
        self._segments = segments

    def size(self, of: Segment | str) -> int:
        """How many people."""
        return self._segments.count(_searched(of)).people

    def page(self, of: Segment | str, *, cursor: str) -> tuple[Sequence[PersonId], str]:
        """At most 500 of them, each once over all pages, and the next cursor; empty: the last."""
        after = PersonId(cursor) if cursor else None
        people = [*islice(self._segments.every(_searched(of), after=after), PAGE)]
        return people, people[-1] if len(people) == PAGE else ""


def _searched(of: Segment | str) -> Segment:
    return of_list(of) if isinstance(of, str) else of
