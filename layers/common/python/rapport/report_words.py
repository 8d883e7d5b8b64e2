"""The words of report pages and of the weekly mail, in each language that there are any in."""

from collections.abc import Mapping
from dataclasses import dataclass

from rapport.domain.languages import best
from rapport.domain.numbers import Step


@dataclass(frozen=True, kw_only=True)
class Words:
    """All of it in one language."""

    language: str
    title: str
    period: str
    heads: tuple[str, str, str, str]
    tables: Mapping[str, str]
    by: Mapping[str, str]
    part: str
    unknown: str
    no_mails: str
    rules: str
    fewer: str
    steps: Mapping[Step, str]


_ENGLISH = Words(
    language="en",
    title="What came of it",
    period="From {first} to {last} (UTC days), by {by}; as known at {at}.",
    heads=("Step", "Number", "People", "Share"),
    tables={
        "mails": "Mails",
        "pool": "Pool: people who opted in, with a mail of the last 90 days delivered",
        "sources": "First seen in the period, by what brought them",
        "hires": "Hired in the period, by what brought them",
    },
    by={
        "campaign": "campaign",
        "playbook": "playbook",
        "segment": "segment",
        "sender": "sender",
        "source": "source",
        "brand": "brand",
    },
    part="of {of}: {name}",
    unknown="not known",
    no_mails="No mail was intended in this period.",
    rules=(
        "An application belongs to the mail that was clicked last within 30 days before it, of"
        " mails sent within 90 days before it; it follows each mail delivered within 90 days before"
        " it. A hire goes with its application. Opens are not counted."
    ),
    fewer="Of {n} people there are more applications than are kept; some of these are missing.",
    steps={step: step.value for step in Step},
)
_NORWEGIAN = Words(
    language="nb",
    title="Hva det ble til",
    period="Fra {first} til {last} (UTC-dager), etter {by}; slik det er kjent {at}.",
    heads=("Trinn", "Antall", "Personer", "Andel"),
    tables={
        "mails": "E-poster",
        "pool": "Nettverket: personer med samtykke som fikk e-post de siste 90 dagene",
        "sources": "Sett for første gang i perioden, etter hva som førte dem hit",
        "hires": "Ansatt i perioden, etter hva som førte dem hit",
    },
    by={
        "campaign": "kampanje",
        "playbook": "arbeidsflyt",
        "segment": "segment",
        "sender": "avsender",
        "source": "kilde",
        "brand": "merke",
    },
    part="av {of}: {name}",
    unknown="ikke kjent",
    no_mails="Ingen e-post var tiltenkt i denne perioden.",
    rules=(
        "En søknad hører til e-posten som sist ble klikket innen 30 dager før den, av e-poster"
        " sendt innen 90 dager før den; den følger hver e-post levert innen 90 dager før den. En"
        " ansettelse følger sin søknad. Åpninger telles ikke."
    ),
    fewer="For {n} personer finnes det flere søknader enn det lagres; noen av dem mangler her.",
    steps={
        Step.INTENDED: "tiltenkt",
        Step.SENT: "sendt",
        Step.HELD: "holdes tilbake nå",
        Step.DROPPED: "ikke sendt",
        Step.UNDERWAY: "underveis",
        Step.ACCEPTED: "tatt imot for utsending",
        Step.UNCERTAIN: "ingen kan si det",
        Step.LOST: "oppgitt: ingen kan si det",
        Step.DELIVERED: "levert",
        Step.HARD_BOUNCED: "avvist for godt",
        Step.REJECTED: "nektet",
        Step.SOFT_BOUNCED: "ikke tatt imot foreløpig",
        Step.NO_WORD: "ingen beskjed ennå",
        Step.CLICKED: "klikket av en person",
        Step.NOT_CLICKED: "ikke klikket",
        Step.NOT_NOTED: "kan ikke registreres",
        Step.REPLIED: "besvart",
        Step.UNSUBSCRIBED: "avmeldt",
        Step.COMPLAINED: "klaget",
        Step.APPLIED_AFTER_CLICK: "søkte etter et klikk",
        Step.APPLIED_AFTER_MAIL: "søkte etter en e-post",
        Step.HIRED_AFTER_CLICK: "ansatt etter et klikk",
        Step.HIRED_AFTER_MAIL: "ansatt etter en e-post",
        Step.OPTED_IN: "har samtykket",
        Step.TOUCHED: "fikk e-post",
        Step.NOT_TOUCHED: "fikk ingen e-post",
        Step.VISITORS: "besøkende",
        Step.BROUGHT_IN: "hentet inn",
        Step.KNOWN: "kjente",
        Step.NOT_KNOWN: "ukjente",
        Step.APPLIED: "søkte",
        Step.NOT_APPLIED: "søkte ikke",
        Step.HIRED: "ansatt",
        Step.NOT_HIRED: "ikke ansatt",
    },
)
ALL = (_ENGLISH, _NORWEGIAN)


def words_in(language: str) -> Words:
    """The words of a language tag; English where there are none."""
    found = best((language,), (words.language for words in ALL))
    return next((words for words in ALL if words.language == found), _ENGLISH)
