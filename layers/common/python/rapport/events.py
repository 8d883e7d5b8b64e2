"""THE vocabulary: every event, what it carries, which of them become facts on the bus.

A tracked event whose name is listed here is stored under that name; any other is welcome and is
stored as plain `track`, because a name that somebody makes up may hold personal data and event
names stand in clear. To add an event: name it in `rapport.domain.names`, write its class in
`rapport.vocabulary`, list it and, if others should hear of it, give it a fact. Bus rules, schemas,
docs and tests follow from these. What only the engine writes stands here, in one long file on
purpose: it is a list, to be read from top to bottom.
"""

from rapport import ats_events
from rapport.domain import names
from rapport.domain.event import ENGINE, Json
from rapport.vocabulary import TRACKED, Fact, Properties

SOURCE = "rapport"
ENGINE_SOURCE = ENGINE
# Rows of `people` whose partition key starts so are views: the only ones that are published.
VIEW_PREFIX = "V#"

CALLS: tuple[str, ...] = ("identify", "track", "page", "screen", "alias", "group")


class AddressConfirmed(Properties, frozen=True, kw_only=True):
    """The owner of an address confirmed it, and the consent shown beside it, by POST."""

    event = names.ADDRESS_CONFIRMED
    fact = Fact(
        name="AddressConfirmed",
        meaning="An address was confirmed and its owner agreed to be mailed.",
        starts_playbooks=True,
    )
    engine_only = True
    email: str
    topic: str
    statement: str
    statement_hash: str
    language: str = ""


class Unsubscribed(Properties, frozen=True, kw_only=True):
    """The owner of an address withdrew consent; `scope` is a topic or `marketing` for all."""

    event = names.UNSUBSCRIBED
    fact = Fact(name="Unsubscribed", meaning="A candidate withdrew consent to mail.")
    engine_only = True
    scope: str
    method: str


class ConsentGranted(Properties, frozen=True, kw_only=True):
    """The owner of a confirmed address agreed on the page behind a mail's link, where it stood.

    Or an employer imported that they had: then `basis`, `given_at` (ms since 1970), `source` and
    `evidence` (the SHA-256 of a file, or a reference) prove it, of `row` of the `import`.
    """

    event = names.CONSENT_GRANTED
    engine_only = True
    topic: str
    statement: str
    statement_hash: str
    language: str = ""
    basis: str = ""
    given_at: int = 0
    source: str = ""
    evidence: str = ""
    row: int = 0


class PreferencesChanged(Properties, frozen=True, kw_only=True):
    """The owner of an address changed how often, from when and in what language they are mailed.

    `per_year` is 0 for as often as it comes; `paused_until` an ISO time, or empty.
    """

    event = names.PREFERENCES_CHANGED
    engine_only = True
    per_year: int
    paused_until: str
    topics_off: list[str]
    language: str


class JobAlertChanged(Properties, frozen=True, kw_only=True):
    """The owner of a job alert paused it, went on with it or deleted it; the rest is as it stood.

    `alert` is its id, `state` one of on, paused and deleted. What they changed of what it asks for
    is a `Job Alert Created` of theirs, with the `alert` that it takes the place of.
    """

    event = names.JOB_ALERT_CHANGED
    engine_only = True
    alert: str
    state: str
    alert_name: str = ""


class MailSubmitted(Properties, frozen=True, kw_only=True):
    """SES accepted a mail, or what became of it instead.

    `possible_duplicate`: an earlier attempt may have reached the candidate too.
    """

    event = names.MAIL_SUBMITTED
    engine_only = True
    send_id: str
    state: str
    message_id: str = ""
    code: str = ""
    possible_duplicate: bool = False


class MailReported(Properties, frozen=True, kw_only=True):
    """SES told what became of a mail: `kind` is Send, Delivery, Bounce or Complaint."""

    event = names.MAIL_REPORTED
    engine_only = True
    send_id: str
    kind: str
    message_id: str = ""


class MailOpened(Properties, frozen=True, kw_only=True):
    """A person, and no machine, looked at a mail. Only with their consent to being noticed."""

    event = names.MAIL_OPENED
    engine_only = True
    send_id: str
    rules: str


class MailClicked(Properties, frozen=True, kw_only=True):
    """A person, and no machine, followed a link of a mail: to a block of content, if it was one.

    Only with their consent to being noticed.
    """

    event = names.MAIL_CLICKED
    engine_only = True
    send_id: str
    block: str
    rules: str


class MailReplied(Properties, frozen=True, kw_only=True):
    """A person answered to a mail. The text is what they wrote, without what they quoted.

    `attachments` tells how many came with it; none of them is kept.
    """

    event = names.MAIL_REPLIED
    fact = Fact(name="MailReplied", meaning="A candidate answered to a mail.", ends_waits=True)
    engine_only = True
    send_id: str
    subject: str
    text: str
    attachments: int = 0


class AutoReplyReceived(Properties, frozen=True, kw_only=True):
    """A machine answered to a mail for a person: out of office, read, vacation."""

    event = names.AUTO_REPLY_RECEIVED
    engine_only = True
    send_id: str
    subject: str


class TaskOpened(Properties, frozen=True, kw_only=True):
    """Somebody of the employer has to look at a mail or at a person: `kind` says what for.

    `reply`: a candidate answered. `uncertain_mail`: nobody can tell whether it went out.
    `erasure`: somebody is to be forgotten; `erasure_held`: and is not, because they are held. These
    are about no mail, so `send_id` is empty. `due` is in milliseconds since 1970.
    """

    event = names.TASK_OPENED
    engine_only = True
    kind: str
    send_id: str
    due: int


class TaskClosed(Properties, frozen=True, kw_only=True):
    """Somebody of the employer did what a task asked for; `by` says who."""

    event = names.TASK_CLOSED
    engine_only = True
    kind: str
    send_id: str
    by: str


class DecisionMade(Properties, frozen=True, kw_only=True):
    """A mail was decided on; the body is `rapport.domain.decision`'s."""

    event = names.DECISION
    engine_only = True


class MessageWritten(Properties, frozen=True, kw_only=True):
    """A person of the employer wrote to one candidate; `owner` is where replies are forwarded to.

    `block` is the key of a content block beneath the text, `by` who wrote it.
    """

    event = names.MESSAGE_WRITTEN
    fact = Fact(
        name="MessageWritten",
        meaning="A recruiter wrote to a candidate.",
        starts_playbooks=True,
    )
    engine_only = True
    subject: str
    text: str
    block: str = ""
    sender_name: str = ""
    owner: str = ""
    by: str = ""


class NoteWritten(Properties, frozen=True, kw_only=True):
    """Somebody of the employer noted something of a candidate, for colleagues of the brand."""

    event = names.NOTE_WRITTEN
    engine_only = True
    text: str
    by: str
    brand: str


class ContactStopped(Properties, frozen=True, kw_only=True):
    """The employer will not write to a candidate, whatever the candidate agreed to."""

    event = names.CONTACT_STOPPED
    engine_only = True
    why: str
    by: str


class ContactAllowed(Properties, frozen=True, kw_only=True):
    """The employer took back that word of its own; what the candidate said stands as it is."""

    event = names.CONTACT_ALLOWED
    engine_only = True
    by: str


class IdentityDecreed(Properties, frozen=True, kw_only=True):
    """An operator's word on who is one person: refs, in pairs or alone, and a ruling on each."""

    event = names.IDENTITY_DECREED
    engine_only = True
    about: list[list[str]]
    ruling: str
    reason: str
    by: str


class _Regrouped(Properties, frozen=True, kw_only=True):
    """Profiles that became others: who was one person before, who is after, and why.

    `before`, `after`: persons as lists of refs. `joins`: what ties them now, each with `pair`,
    `rule`, `verified` and `witness` (log partition and sort key). `refused`: what does not tie them
    any more, with `pair`, `guard`, `detail`. `rules` is the hash of the rules, `cause` the log key
    of the event that brought it about. `brought`: per root the attributes that its profile had;
    `won`: per attribute the root whose value stands.
    """

    engine_only = True
    before: list[list[str]]
    after: list[list[str]]
    joins: list[dict[str, Json]]
    refused: list[dict[str, Json]]
    rules: str
    cause: list[str]
    brought: dict[str, dict[str, str]]
    won: dict[str, str]


class ProfileMerged(_Regrouped, frozen=True, kw_only=True):
    """Profiles of several people turned out to be one person's."""

    event = names.PROFILE_MERGED
    fact = Fact(name="ProfileMerged", meaning="Profiles turned out to be one person's.")


class ProfileSplit(_Regrouped, frozen=True, kw_only=True):
    """A profile turned out to be several people's."""

    event = names.PROFILE_SPLIT
    fact = Fact(name="ProfileSplit", meaning="A profile turned out to be several people's.")


class _ListChanged(Properties, frozen=True, kw_only=True):
    """Who is on a static list changed; `by` says who did it, `form:<key>` for a form."""

    engine_only = True
    list: str
    by: str


class ListJoined(_ListChanged, frozen=True, kw_only=True):
    """A candidate was put on a static list: a pool, a tag."""

    event = names.LIST_JOINED
    fact = Fact(
        name="ListJoined",
        meaning="A candidate was put on a list.",
        starts_playbooks=True,
    )


class _PlaceChanged(Properties, frozen=True, kw_only=True):
    """What somebody has at a recruiting event changed after they signed up."""

    engine_only = True
    event_id: str


class EventPlaceGiven(_PlaceChanged, frozen=True, kw_only=True):
    """Somebody on the waiting list of an event has a place now."""

    event = names.EVENT_PLACE_GIVEN
    fact = Fact(
        name="EventPlaceGiven",
        meaning="Somebody on the waiting list of an event has a place now.",
        starts_playbooks=True,
    )


class EventPlaceGivenUp(_PlaceChanged, frozen=True, kw_only=True):
    """Somebody who signed up for an event cannot come."""

    event = names.EVENT_PLACE_GIVEN_UP
    fact = Fact(
        name="EventPlaceGivenUp", meaning="Somebody who signed up for an event cannot come."
    )


class ResumeReceived(Properties, frozen=True, kw_only=True):
    """Somebody handed in a résumé with a form, and a scanner found it harmless.

    `object` is where it stands, `kind` what is in it: pdf, docx, odt or txt.
    """

    event = names.RESUME_RECEIVED
    engine_only = True
    object: str
    kind: str
    bytes: int
    form: str


class ListLeft(_ListChanged, frozen=True, kw_only=True):
    """A candidate was taken off a static list."""

    event = names.LIST_LEFT
    fact = Fact(name="ListLeft", meaning="A candidate was taken off a list.")


WRITTEN: tuple[type[Properties], ...] = (
    AddressConfirmed,
    Unsubscribed,
    ConsentGranted,
    PreferencesChanged,
    JobAlertChanged,
    MailSubmitted,
    MailReported,
    MailOpened,
    MailClicked,
    MailReplied,
    AutoReplyReceived,
    TaskOpened,
    TaskClosed,
    DecisionMade,
    MessageWritten,
    NoteWritten,
    ContactStopped,
    ContactAllowed,
    IdentityDecreed,
    ProfileMerged,
    ProfileSplit,
    ListJoined,
    ListLeft,
    EventPlaceGiven,
    EventPlaceGivenUp,
    ResumeReceived,
    *ats_events.WRITTEN,
)
VOCABULARY: dict[str, type[Properties]] = {cls.event: cls for cls in (*TRACKED, *WRITTEN)}
# What a view tells of itself; no event of the log stands for it.
PROFILE_CREATED = Fact(
    name="ProfileCreated", meaning="Somebody is known by an identifier for the first time."
)
PROFILE_CHANGED = Fact(
    name="ProfileChanged", meaning="An attribute of a person has another value than before."
)
# What is told of jobs; they are nobody's, and so no events of the log.
JOB_OPENED = Fact(name="JobOpened", meaning="Somebody can apply for a job.")
JOB_CHANGED = Fact(name="JobChanged", meaning="An open job is told otherwise than before.")
JOB_CLOSED = Fact(name="JobClosed", meaning="Nobody can apply for a job any more.")
OF_JOBS = (JOB_OPENED, JOB_CHANGED, JOB_CLOSED)
FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        *(cls.fact for cls in VOCABULARY.values()),
        PROFILE_CREATED,
        PROFILE_CHANGED,
        *OF_JOBS,
    )
    if fact is not None
}


def stored_type(call: str, name: object) -> str:
    """The clear type of a tracked message: a vocabulary name, else the kind of call."""
    if call == "track" and isinstance(name, str):
        known = VOCABULARY.get(name)
        if known is not None and not known.engine_only:
            return known.event
    return call


def fact_of(event_type: str) -> Fact | None:
    """The fact that an event of this stored type gives rise to."""
    known = VOCABULARY.get(event_type)
    return None if known is None else known.fact
