"""The words of the pages, by language. A language that is missing gets English.

What stands in whole paragraphs is a file per language in `pages/`.

Values in braces are filled in by the pages.
"""

from dataclasses import dataclass
from datetime import datetime

from rapport.domain.languages import best


@dataclass(frozen=True, kw_only=True)
class Words:
    """One language. `often` goes by mails a year, `pause` by months; `months` from January on.

    `tag` and `direction` are what the page says of its language. `asked`, `confirmed` and `used`
    are the titles of the pages by the standing of a request to confirm.
    """

    tag: str
    direction: str
    asked: str
    confirmed: str
    used: str
    unknown: str
    unclear: str
    later: str
    fault: str
    absent: str
    title: str
    saved: str
    for_address: str
    why: str
    sent: str
    stop_title: str
    stop_topic: str
    stop_all: str
    topics: str
    agree: str
    unconfirmed: str
    frequency: str
    often: dict[int, str]
    pause: str
    no_pause: str
    keep_pause: str
    end_pause: str
    pause_for: dict[int, str]
    language: str
    tracking: str
    tracking_yes: str
    save: str
    in_force: str
    nothing: str
    only: str
    paused: str
    date: str
    months: tuple[str, ...]

    def day(self, moment: datetime) -> str:
        """`2 March 2026`."""
        return self.date.format(
            day=moment.day, month=self.months[moment.month - 1], year=moment.year
        )


ENGLISH = Words(
    tag="en",
    direction="ltr",
    asked="Confirm your address",
    confirmed="Your address is confirmed",
    used="You are unsubscribed",
    unknown="This link does not work",
    unclear="Nothing was changed",
    later="This could not be done just now. Please try again in a minute.",
    fault="This could not be done, and the fault is ours. It was logged.",
    absent="There is nothing here.",
    title="Your mails from {brand}",
    saved="Saved. This holds from now on.",
    for_address="These choices are for {to}.",
    why="You agreed to “{topic}” on {day}.",
    sent="The mail that brought you here was sent on {day}.",
    stop_title="Stop mails",
    stop_topic="Stop “{topic}”",
    stop_all="No more marketing mail at all",
    topics="What may we write to you about?",
    agree="By ticking this you agree:",
    unconfirmed="This address was never confirmed, so nothing can be switched on here.",
    frequency="How often at most?",
    often={
        0: "As it comes: about once a month",
        12: "Once a month",
        6: "Every 2 months",
        4: "Every 3 months",
        2: "Twice a year",
    },
    pause="A break",
    no_pause="No break",
    keep_pause="Keep the break until {day}",
    end_pause="End the break now",
    pause_for={1: "No mail for 1 month", 3: "No mail for 3 months", 6: "No mail for 6 months"},
    language="Language",
    tracking="Noticing what you read",
    tracking_yes="Yes, you may notice what I open and follow",
    save="Save",
    in_force="In force now",
    nothing="You get no marketing mail from us.",
    only="You get: {topics}.",
    paused="Nothing before {day}.",
    date="{day} {month} {year}",
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
)
NORWEGIAN = Words(
    tag="nb",
    direction="ltr",
    asked="Bekreft adressen din",
    confirmed="Adressen din er bekreftet",
    used="Du er meldt av",
    unknown="Denne lenken virker ikke",
    unclear="Ingenting ble endret",
    later="Dette lot seg ikke gjøre akkurat nå. Prøv igjen om et minutt.",
    fault="Dette lot seg ikke gjøre, og feilen er vår. Den er notert.",
    absent="Her er det ingenting.",
    title="E-postene dine fra {brand}",
    saved="Lagret. Dette gjelder fra nå av.",
    for_address="Valgene gjelder {to}.",
    why="Du sa ja til «{topic}» {day}.",
    sent="E-posten som førte deg hit, ble sendt {day}.",
    stop_title="Stopp e-poster",
    stop_topic="Stopp «{topic}»",
    stop_all="Ingen flere markedsføringseposter",
    topics="Hva kan vi skrive til deg om?",
    agree="Ved å krysse av her sier du ja til dette:",
    unconfirmed="Denne adressen ble aldri bekreftet, så ingenting kan slås på her.",
    frequency="Hvor ofte høyst?",
    often={
        0: "Når det er noe: omtrent en gang i måneden",
        12: "En gang i måneden",
        6: "Hver 2. måned",
        4: "Hver 3. måned",
        2: "To ganger i året",
    },
    pause="En pause",
    no_pause="Ingen pause",
    keep_pause="Behold pausen til {day}",
    end_pause="Avslutt pausen nå",
    pause_for={
        1: "Ingen e-post i 1 måned",
        3: "Ingen e-post i 3 måneder",
        6: "Ingen e-post i 6 måneder",
    },
    language="Språk",
    tracking="Å legge merke til hva du leser",
    tracking_yes="Ja, dere kan legge merke til hva jeg åpner og følger",
    save="Lagre",
    in_force="Dette gjelder nå",
    nothing="Du får ingen markedsføring fra oss på e-post.",
    only="Du får: {topics}.",
    paused="Ingenting før {day}.",
    date="{day}. {month} {year}",
    months=(
        *("januar", "februar", "mars", "april", "mai", "juni", "juli"),
        *("august", "september", "oktober", "november", "desember"),
    ),
)
_WORDS = {said.tag: said for said in (ENGLISH, NORWEGIAN)}
# What a language calls itself; others stand as their tag.
NAMES = {"en": "English", "nb": "Norsk bokmål", "no": "Norsk", "de": "Deutsch", "sv": "Svenska"}


def words(*languages: str) -> Words:
    """The words of the first of these languages that there are words in, else English."""
    return _WORDS[best((*languages, ENGLISH.tag), _WORDS) or ENGLISH.tag]
