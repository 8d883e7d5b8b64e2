"""The words of the pages of forms, by language. A language that is missing gets English.

What a form itself says stands in its file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.engage.answers import Wrong
from functions.engage.signup import Turn
from rapport.domain.languages import best


@dataclass(frozen=True, kw_only=True)
class FormWords:
    """One language. `turns` and `wrong` are sentences; `problem` stands before the page's title."""

    tag: str
    problem: str
    summary: str
    optional: str
    choose: str
    yes: str
    no: str
    agree: str
    trap: str
    send: str
    thanks: str
    confirm: str
    when: str
    where: str
    seated: str
    waits: str
    full: str
    told: str
    code: str
    give_up: str
    resume: str
    file: str
    file_help: str
    upload: str
    sent: str
    alert: str
    called: str
    free: str
    most: str
    change: str
    pause: str
    go_on: str
    paused: str
    delete: str
    turns: Mapping[Turn, str]
    wrong: Mapping[Wrong, str]


ENGLISH = FormWords(
    tag="en",
    problem="Please look again",
    summary="This could not be sent yet:",
    optional="not required",
    choose="Please choose",
    yes="Yes",
    no="No",
    agree="I agree to this:",
    trap="Leave this empty",
    send="Send",
    thanks="Thank you",
    confirm="If your address has to be confirmed first, a mail with a link is on its way to you.",
    when="When",
    where="Where",
    seated="You have a place.",
    waits="You are on the waiting list.",
    full="All places are taken. Whoever signs up now is put on the waiting list.",
    told="You hear by e-mail whether you have a place.",
    code="Your code for the door",
    give_up="I cannot come: give my place to somebody else",
    resume="Would you like to add your résumé?",
    file="Your résumé",
    file_help="PDF, Word (.docx), OpenDocument (.odt) or text, at most 5 MB. Not required.",
    upload="Send the résumé",
    alert="Your job alert",
    called="Your name for it",
    free="Words that must all occur",
    most="You have ten job alerts. A new one finds its place when you delete one.",
    change="Save the alert",
    pause="Pause the alert",
    go_on="Go on with the alert",
    paused="The alert is paused: it mails nothing until you go on with it.",
    delete="Delete the alert",
    sent="We have your résumé. It is looked over for viruses before anybody opens it.",
    turns={
        Turn.CLOSED: "This form is closed.",
        Turn.FULL: "All places are taken.",
        Turn.QUICK: "That was very quick. Please look once more and send it again.",
        Turn.STALE: "This page stood open for long. Please look once more and send it again.",
        Turn.BUSY: "Too much was sent from here just now. Please try again in a few minutes.",
    },
    wrong={
        Wrong.MISSING: "Please answer this.",
        Wrong.LONG: "This is too long.",
        Wrong.EMAIL: "This is no e-mail address. It looks like name@example.com.",
        Wrong.PHONE: "This is no phone number. Write it with the country code, as +47 22 33 44 55.",
        Wrong.URL: "This is no address of a page. It looks like https://example.com/me.",
        Wrong.NUMBER: "Please write a number.",
        Wrong.DATE: "Please write a day as 2027-03-01.",
        Wrong.CHOICE: "Please choose one of these.",
        Wrong.WORDS: "These words have changed. Please read them and tick the box again.",
    },
)
NORWEGIAN = FormWords(
    tag="nb",
    problem="Se over en gang til",
    summary="Skjemaet kunne ikke sendes ennå:",
    optional="ikke påkrevd",
    choose="Velg",
    yes="Ja",
    no="Nei",
    agree="Jeg sier ja til dette:",
    trap="La dette stå tomt",
    send="Send",
    thanks="Takk",
    confirm="Hvis adressen din må bekreftes først, er en e-post med en lenke på vei til deg.",
    when="Når",
    where="Hvor",
    seated="Du har plass.",
    waits="Du står på ventelisten.",
    full="Alle plassene er tatt. Den som melder seg på nå, settes på ventelisten.",
    told="Du får e-post om du har fått plass.",
    code="Koden din til døren",
    give_up="Jeg kan ikke komme: gi plassen min til en annen",
    resume="Vil du legge ved CV-en din?",
    file="CV-en din",
    file_help="PDF, Word (.docx), OpenDocument (.odt) eller tekst, høyst 5 MB. Ikke påkrevd.",
    upload="Send CV-en",
    alert="Jobbvarselet ditt",
    called="Ditt navn på det",
    free="Ord som alle må forekomme",
    most="Du har ti jobbvarsler. Et nytt du ber om får plass når du sletter ett.",
    change="Lagre varselet",
    pause="Sett varselet på pause",
    go_on="Fortsett varselet",
    paused="Varselet er på pause: det sender ingenting før du fortsetter det.",
    delete="Slett varselet",
    sent="Vi har fått CV-en din. Den sjekkes for virus før noen åpner den.",
    turns={
        Turn.CLOSED: "Dette skjemaet er stengt.",
        Turn.FULL: "Alle plassene er tatt.",
        Turn.QUICK: "Det gikk veldig fort. Se over en gang til, og send på nytt.",
        Turn.STALE: "Siden sto lenge åpen. Se over en gang til, og send på nytt.",
        Turn.BUSY: "Det ble sendt for mye herfra akkurat nå. Prøv igjen om noen minutter.",
    },
    wrong={
        Wrong.MISSING: "Dette må du svare på.",
        Wrong.LONG: "Dette er for langt.",
        Wrong.EMAIL: "Dette er ingen e-postadresse. Den ser ut som navn@example.com.",
        Wrong.PHONE: "Dette er ikke et telefonnummer. Skriv landkoden først, som +47 22 33 44 55.",
        Wrong.URL: "Dette er ingen nettadresse. Den ser ut som https://example.com/meg.",
        Wrong.NUMBER: "Skriv et tall.",
        Wrong.DATE: "Skriv dagen som 2027-03-01.",
        Wrong.CHOICE: "Velg en av disse.",
        Wrong.WORDS: "Disse ordene er endret. Les dem, og kryss av på nytt.",
    },
)
_WORDS = {said.tag: said for said in (ENGLISH, NORWEGIAN)}


def form_words(*languages: str) -> FormWords:
    """The words of the first of these languages that there are words in, else English."""
    return _WORDS[best((*languages, ENGLISH.tag), _WORDS) or ENGLISH.tag]
