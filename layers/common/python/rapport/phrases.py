"""Why a job is in a mail, in a few words of the reader's language."""

from collections.abc import Iterable, Mapping

from rapport.domain.matching import Why

_FALLBACK = "en"
# By language; `{n}` is the reason's number. What is told once has a phrase of its own.
_PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "chosen": "in the field you chose",
        "headline": "in your line of work",
        "near": "{n} km from you",
        "here": "where you live",
        "home": "can be done from home",
        "viewed": "you looked at this field {n} times",
        "viewed once": "you looked at this field",
        "words": "close to what you do",
        "new": "new this week",
        "alert": "your job alert: {name}",
        "an alert": "your job alert",
    },
    "de": {
        "chosen": "in dem Bereich, den Sie gewählt haben",
        "headline": "in Ihrem Beruf",
        "near": "{n} km von Ihnen",
        "here": "an Ihrem Ort",
        "home": "von zu Hause aus möglich",
        "viewed": "Sie haben sich diesen Bereich {n}-mal angesehen",
        "viewed once": "Sie haben sich diesen Bereich angesehen",
        "words": "nah an dem, was Sie tun",
        "new": "neu in dieser Woche",
        "alert": "Ihre Stellensuche: {name}",
        "an alert": "Ihre Stellensuche",
    },
    "nb": {
        "chosen": "i fagfeltet du valgte",
        "headline": "i yrket ditt",
        "near": "{n} km fra deg",
        "here": "der du bor",
        "home": "kan gjøres hjemmefra",
        "viewed": "du har sett på dette fagfeltet {n} ganger",
        "viewed once": "du har sett på dette fagfeltet",
        "words": "nær det du gjør",
        "new": "ny denne uken",
        "alert": "jobbvarselet ditt: {name}",
        "an alert": "jobbvarselet ditt",
    },
}
_SAME: Mapping[str, str] = {"no": "nb", "nn": "nb"}


def spoken(reasons: Iterable[Why], *languages: str) -> tuple[str, ...]:
    """Reasons in the first of these languages that there are words in, else in English."""
    phrases = _phrases(languages)
    return tuple(_phrase(phrases, why) for why in reasons)


def of_alert(name: str, *languages: str) -> str:
    """That a job is there because of an alert, with its name if it has one."""
    phrases = _phrases(languages)
    return phrases["alert"].replace("{name}", name) if name else phrases["an alert"]


def _phrases(languages: tuple[str, ...]) -> Mapping[str, str]:
    tags = (tag.lower().partition("-")[0] for tag in languages)
    known = (tag for each in tags if (tag := _SAME.get(each, each)) in _PHRASES)
    return _PHRASES[next(known, _FALLBACK)]


def _phrase(phrases: Mapping[str, str], why: Why) -> str:
    once = f"{why.code} once"
    code = once if why.number == 1 and once in phrases else why.code
    return phrases[code].format(n=why.number)
