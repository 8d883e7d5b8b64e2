"""What a career site may track: every event that has a name of its own, and what it carries.

A class here is the contract with whoever sends the event: its schema is served
(`rapport.schemas`), its page is docs/events.md. Nothing is refused for its properties; what has
the wrong type is stored as it came and read by nobody.
"""

from typing import Annotated, ClassVar, TypeAlias

import msgspec
from msgspec import Meta

from rapport.domain import names


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An occurrence that other rooms may hear of on the bus."""

    name: str
    meaning: str
    starts_playbooks: bool = False
    # Whether it ends what waits for the person, without ever starting anything.
    ends_waits: bool = False

    @property
    def routed(self) -> bool:
        """Whether playbooks may name it, so that the bus has a rule for it."""
        return self.starts_playbooks or self.ends_waits


class Properties(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of its name is meant to carry, for whoever sends or reads it and for the docs.

    Nothing is refused or changed for its properties. What comes is stored as it came, and a reader
    takes from it what it can use (`rapport.domain.statements`, `rapport.domain.jobs`).
    """

    event: ClassVar[str]
    # It grows when a property changes its meaning or type, never when one is added.
    schema_version: ClassVar[int] = 1
    fact: ClassVar[Fact | None] = None
    # Whether only Rapport itself may write it. A tracked event of such a name stays `track`.
    engine_only: ClassVar[bool] = False


JobId: TypeAlias = Annotated[
    str | int,
    Meta(description="The job's id in the applicant tracking system.", examples=["4105"]),
]
Title: TypeAlias = Annotated[str, Meta(description="The job's title.", examples=["Ward Nurse"])]
Category: TypeAlias = Annotated[
    str,
    Meta(
        description="The field of work. Profiles count interest by it, in lower case.",
        examples=["nursing"],
    ),
]
Location: TypeAlias = Annotated[str, Meta(description="Where the job is.", examples=["Halden"])]
Email: TypeAlias = Annotated[
    str,
    Meta(
        description="The visitor's own address, never somebody else's.",
        examples=["ana@inbox.halden.example"],
    ),
]
FirstName: TypeAlias = Annotated[
    str, Meta(description="What the visitor is called.", examples=["Ana"])
]
Steps: TypeAlias = Annotated[
    int, Meta(description="How many steps the form has.", ge=1, le=999, examples=[4])
]


class JobViewed(Properties, frozen=True, kw_only=True):
    """A visitor looked at a job."""

    event = names.JOB_VIEWED
    job_id: JobId = ""
    title: Title = ""
    category: Category = ""
    location: Location = ""


class JobSearched(Properties, frozen=True, kw_only=True):
    """A visitor searched for jobs, or filtered the list of them."""

    event = names.JOB_SEARCHED
    query: Annotated[
        str, Meta(description="What was typed into the search.", examples=["night nurse"])
    ] = ""
    category: Category = ""
    location: Location = ""
    results: Annotated[int, Meta(description="How many jobs were found.", ge=0, examples=[7])] = 0


class ContentViewed(Properties, frozen=True, kw_only=True):
    """A visitor read a content page."""

    event = names.CONTENT_VIEWED
    block: Annotated[str, Meta(description="Which content it was.", examples=["how-we-hire"])] = ""
    version: Annotated[str, Meta(description="The content's edition.", examples=["2026-11"])] = ""
    category: Category = ""


class ApplicationStarted(Properties, frozen=True, kw_only=True):
    """A visitor began to apply for a job."""

    event = names.APPLICATION_STARTED
    fact = Fact(
        name="ApplicationStarted",
        meaning="A visitor began to apply for a job.",
        starts_playbooks=True,
    )
    job_id: JobId = ""
    title: Title = ""
    category: Category = ""
    location: Location = ""
    email: Email = ""
    first_name: FirstName = ""
    steps: Steps = 1


class ApplicationStepCompleted(Properties, frozen=True, kw_only=True):
    """A visitor completed a step of an application form."""

    event = names.APPLICATION_STEP_COMPLETED
    job_id: JobId = ""
    title: Title = ""
    category: Category = ""
    location: Location = ""
    step: Annotated[
        int, Meta(description="Which step was completed, from 1.", ge=1, le=999, examples=[2])
    ] = 1
    step_name: Annotated[
        str, Meta(description="What the step is called.", examples=["experience"])
    ] = ""
    steps: Steps = 1
    email: Email = ""
    first_name: FirstName = ""


class ApplicationSubmitted(Properties, frozen=True, kw_only=True):
    """A visitor sent an application off."""

    event = names.APPLICATION_SUBMITTED
    fact = Fact(
        name="ApplicationSubmitted",
        meaning="A visitor sent an application off.",
        starts_playbooks=True,
    )
    job_id: JobId = ""
    title: Title = ""
    category: Category = ""
    location: Location = ""
    email: Email = ""
    first_name: FirstName = ""


class Wished(Properties, frozen=True, kw_only=True):
    """What somebody wishes of a job, as forms that ask for an address may ask for it.

    A list may come as one text with commas. What is left out is no wish.
    """

    email: Email = ""
    first_name: FirstName = ""
    category: Category = ""
    city: Annotated[
        str, Meta(description="The town that they start from.", examples=["Halden"])
    ] = ""
    country: Annotated[str, Meta(description="Its country, ISO 3166 alpha-2.", examples=["NO"])] = (
        ""
    )
    radius_km: Annotated[
        int | str, Meta(description="How far from there a job may be, in km.", examples=[25])
    ] = ""
    employment: Annotated[
        tuple[str, ...] | str, Meta(description="How much they work.", examples=["part-time"])
    ] = ""
    shift: Annotated[
        tuple[str, ...] | str, Meta(description="When they work.", examples=["night"])
    ] = ""
    licences: Annotated[
        tuple[str, ...] | str,
        Meta(description="All licences that they hold.", examples=[["registered nurse"]]),
    ] = ""
    languages: Annotated[
        tuple[str, ...] | str,
        Meta(description="All languages that they work in.", examples=[["Norwegian", "English"]]),
    ] = ""
    remote_ok: Annotated[
        bool | str, Meta(description="Whether work from home will do.", examples=[True])
    ] = ""


class TalentNetworkJoined(Wished, frozen=True, kw_only=True):
    """A visitor asked to hear from the employer. From a browser key this is a wish, not consent."""

    event = names.TALENT_NETWORK_JOINED
    fact = Fact(
        name="TalentNetworkJoined",
        meaning="A visitor joined the talent network.",
        starts_playbooks=True,
    )


class JobAlertCreated(Wished, frozen=True, kw_only=True):
    """A visitor asked to be told of new jobs. From a browser key this is a wish, not consent."""

    event = names.JOB_ALERT_CREATED
    fact = Fact(
        name="JobAlertCreated",
        meaning="A visitor asked to be told of new jobs.",
        starts_playbooks=True,
    )
    location: Location = ""
    query: Annotated[
        str, Meta(description="Words that must all occur in a job.", examples=["night nurse"])
    ] = ""
    alert_id: Annotated[
        str, Meta(description="The site's own id of the alert.", examples=["search-17"])
    ] = ""
    alert_name: Annotated[
        str, Meta(description="What the person calls it.", examples=["Nights in Halden"])
    ] = ""


EventId: TypeAlias = Annotated[
    str | int,
    Meta(description="The id of the recruiting event.", examples=["open-day-2026"]),
]
EventTitle: TypeAlias = Annotated[
    str, Meta(description="What the recruiting event is called.", examples=["Open day"])
]


class EventRegistered(Properties, frozen=True, kw_only=True):
    """A visitor signed up for a recruiting event: a fair, an open day, a webinar."""

    event = names.EVENT_REGISTERED
    fact = Fact(
        name="EventRegistered",
        meaning="A visitor signed up for a recruiting event.",
        starts_playbooks=True,
    )
    event_id: EventId = ""
    title: EventTitle = ""
    category: Category = ""
    email: Email = ""
    first_name: FirstName = ""
    place: Annotated[
        str,
        Meta(description="What came of it, on a form: seated or waiting.", examples=["seated"]),
    ] = ""


class EventAttended(Properties, frozen=True, kw_only=True):
    """A visitor was at a recruiting event."""

    event = names.EVENT_ATTENDED
    fact = Fact(
        name="EventAttended",
        meaning="A visitor was at a recruiting event.",
        starts_playbooks=True,
    )
    event_id: EventId = ""
    title: EventTitle = ""
    category: Category = ""
    email: Email = ""
    first_name: FirstName = ""


class ReferralMade(Properties, frozen=True, kw_only=True):
    """Somebody recommended a job to another. Of the other it carries nothing: they did not ask."""

    event = names.REFERRAL_MADE
    job_id: JobId = ""
    title: Title = ""
    category: Category = ""
    channel: Annotated[
        str, Meta(description="How it was passed on.", examples=["link", "email"])
    ] = ""


TRACKED: tuple[type[Properties], ...] = (
    JobViewed,
    JobSearched,
    ContentViewed,
    ApplicationStarted,
    ApplicationStepCompleted,
    ApplicationSubmitted,
    TalentNetworkJoined,
    JobAlertCreated,
    EventRegistered,
    EventAttended,
    ReferralMade,
)
