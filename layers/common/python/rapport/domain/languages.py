"""Which of the languages that something is there in serves somebody best. Tags are of RFC 5646."""

from collections.abc import Iterable

# Whose readers read the other as easily: browsers in Norway name any of the three.
_CLOSE = {"no": "nb", "nn": "nb"}


def best(languages: Iterable[str], known: Iterable[str]) -> str | None:
    """The first of these languages that is among the known ones, as it stands there; else None.

    `nb-NO` is served by `nb`, and so are `no` and `nn`.
    """
    there = {language.lower(): language for language in known}
    for language in languages:
        plain = language.lower().partition("-")[0]
        for wanted in (language.lower(), plain, _CLOSE.get(plain, plain)):
            if wanted in there:
                return there[wanted]
    return None
