"""The page of an event's door, in the brand; its words by language."""

from dataclasses import dataclass
from functools import cache

from functions.engage import pages
from functions.engage.door import Opened
from functions.engage.words import words
from rapport.bundle import Brand
from rapport.domain.languages import best
from rapport.headers import SAFE
from rapport.mailing.occasion import when


@dataclass(frozen=True, kw_only=True)
class DoorWords:
    """One language."""

    tag: str
    title: str
    who: str
    help: str
    check: str
    inside: str
    done: str
    nobody: str
    ready: str
    offline: str
    waiting: str


ENGLISH = DoorWords(
    tag="en",
    title="Check-in: {event}",
    who="Name, e-mail address or code",
    help="At least two letters. Nobody is listed before you search.",
    check="Find and check in",
    inside="Check in",
    done="checked in",
    nobody="Nobody with a place is found by that.",
    ready="Ready.",
    offline="No network: what you do is kept here and told later.",
    waiting="Not told yet:",
)
NORWEGIAN = DoorWords(
    tag="nb",
    title="Innsjekking: {event}",
    who="Navn, e-postadresse eller kode",
    help="Minst to bokstaver. Ingen vises før du søker.",
    check="Finn og sjekk inn",
    inside="Sjekk inn",
    done="sjekket inn",
    nobody="Fant ingen med plass.",
    ready="Klar.",
    offline="Ikke nett: det du gjør, tas vare på her og sendes senere.",
    waiting="Ikke sendt ennå:",
)
_WORDS = {said.tag: said for said in (ENGLISH, NORWEGIAN)}


def door_words(*languages: str) -> DoorWords:
    """The words of the first of these languages that there are words in, else English."""
    return _WORDS[best((*languages, ENGLISH.tag), _WORDS) or ENGLISH.tag]


def door_page(opened: Opened, token: str, result: str) -> str:
    """The page; `result` is what came of what was typed, without a script."""
    said, brand = door_words(opened.language), opened.bundle.brand
    return pages.page(
        brand,
        words(opened.language),
        said.title.format(event=opened.title),
        "check-in",
        event=f"{opened.title}, {when(opened.occasion, opened.language)}",
        result=result,
        token=token,
        occasion=opened.occasion.id,
        who=said.who,
        help=said.help,
        check=said.check,
        done=said.done,
        nobody=said.nobody,
        ready=said.ready,
        offline=said.offline,
        waiting=said.waiting,
        inside=said.inside,
    )


def door_headers(brand: Brand) -> dict[str, str]:
    """Its headers: scripts of ours, which ask us alone."""
    own = " script-src 'self'; worker-src 'self'; connect-src 'self';"
    return {**SAFE, **pages.policy(brand, "'none'", own)}


@cache
def script(name: str) -> str:
    """A script of the page."""
    return (pages.FOLDER / name).read_text(encoding="utf-8")
