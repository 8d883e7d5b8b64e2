"""Job alerts: what they mail, how they are called, and the jobs that they match.

An alert is searched for as if it was all that its owner said: what it asks for takes the place of
what the profile says of the same, and what another alert of theirs asks for is none of its own.
What it leaves open is read from the profile as in any mail: licences, languages, pay.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from rapport import events
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.address import LedgerEntry
from rapport.domain.alerts import QUERY, AlertWord, JobAlert
from rapport.domain.event import Trust
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import Job
from rapport.domain.languages import best
from rapport.domain.market import Market, Opening, Seeker
from rapport.domain.matching import Judge, Match
from rapport.domain.policy import Relevance
from rapport.domain.profile import Profile
from rapport.domain.ranking import Row, counted, ranked, varied
from rapport.domain.statements import Register
from rapport.domain.titles import plain
from rapport.forms import JOB_ALERT, Form, said
from rapport.openings import Lexicon
from rapport.seekers import seeker

# Of how many jobs the description is read for one mail, to see whether an alert's words are there.
MOST_READ = 24
_WORD = re.compile(r"\w+[+#]*")
# Words of so many letters are found within longer ones: `pleier` in `sykepleier`.
_INNER = 5
_SETTLED = ("city", "country", "radius_km", "remote_ok", "employment", "shift", "job_category")


class Alerts(Protocol):
    """What owners said on the page behind a link, until their profiles know it."""

    def said(self, address: Ref) -> Mapping[str, AlertWord]:
        """The last words said from an address, by alert."""
        ...

    def say(self, address: Ref, words: Mapping[str, AlertWord]) -> None:
        """Keep these instead of the ones before."""
        ...


def form_of(bundle: Bundle) -> Form | None:
    """The form whose questions an alert is made of."""
    return next((form for form in bundle.forms if form.kind == JOB_ALERT), None)


def topic_of(bundle: Bundle) -> str:
    """The topic that alerts are mailed on; empty where none are."""
    used = {playbook.template for playbook in bundle.playbooks if _of_alerts(playbook.facts)}
    return next((template.topic for template in bundle.templates if template.name in used), "")


def mails_alerts(bundle: Bundle, program: str) -> bool:
    """Whether a program is the one that whoever asked for alerts gets."""
    return any(p.program == program and _of_alerts(p.facts) for p in bundle.playbooks)


def _of_alerts(facts: Sequence[str]) -> bool:
    fact = events.VOCABULARY[names.JOB_ALERT_CREATED].fact
    return fact is not None and fact.name in facts


def called(alert: JobAlert, bundle: Bundle, lexicon: Lexicon | None, *languages: str) -> str:
    """How an alert is called: by its owner's name for it, else by what it asks for.

    With a lexicon only what its tables or the form know is repeated of an alert that anybody may
    have asked for: a stranger's words are not mailed in the employer's name.
    """
    trusted = alert.own or lexicon is None
    if alert.name and trusted:
        return alert.name
    parts = [*_labels(alert, bundle, *languages)]
    for town in alert.values.get("city", ()):
        place = None if lexicon is None else lexicon.place(town, alert.first("country").upper())
        parts += [town] if trusted else [] if place is None else [place.name]
    if trusted:
        parts += [f"“{words}”" for words in alert.values.get(QUERY, ())]
    return ", ".join(parts)


def _labels(alert: JobAlert, bundle: Bundle, *languages: str) -> Iterable[str]:
    """What the form calls the options that an alert asks for."""
    form = form_of(bundle)
    asked = {} if form is None else {field.name: field for field in form.fields}
    for name in ("job_category", "employment", "shift"):
        known = asked.get(name)
        for value in alert.values.get(name, ()):
            options = () if known is None else known.options
            label = next((option.label for option in options if option.value == value), None)
            if label is not None:
                yield said(label, best(languages, label) or bundle.brand.language)
            elif value in bundle.matching.families:
                yield value


class Search(NamedTuple):
    """One place to look for jobs at for one alert, with the words that must all occur."""

    alert: str
    seeker: Seeker
    words: tuple[str, ...]


class Found(NamedTuple):
    """A job, as it fits, and the alert that it was found by."""

    match: Match
    alert: str


def searches(
    profile: Profile,
    lexicon: Lexicon,
    relevance: Relevance,
    now: datetime,
    *,
    ledger: Iterable[LedgerEntry],
    openings: Mapping[str, Opening],
) -> list[Search]:
    """What the alerts of a person look for that are not paused: one search per town."""
    entries, alerts, found = tuple(ledger), profile.alerts or {}, list[Search]()
    for key, alert in alerts.items():
        if alert.paused:
            continue
        words = words_in(*alert.values.get(QUERY, ()))
        for town in alert.values.get("city", ("",)):
            asking = _as_asked(profile, alert, town)
            who = seeker(asking, lexicon, relevance, now, ledger=entries, openings=openings)
            fields = alert.values.get("job_category", ())
            if fields:
                chosen = frozenset(f for each in fields for f in lexicon.field_of(each))
                who = replace(who, chosen=chosen)
            elif words:
                # The words say which jobs, whatever field their owner is of.
                none = frozenset[str]()
                who = replace(who, chosen=none, headline=none, viewed={}, by_words=True)
            found.append(Search(key, who, words))
    return found


def _as_asked(profile: Profile, alert: JobAlert, town: str) -> Profile:
    """The person as if they had said what an alert asks for, and nothing of their other alerts."""
    others = [other for other in (profile.alerts or {}).values() if other is not alert]
    attributes = dict(profile.attributes)
    for name in _SETTLED:
        values = (town,) if name == "city" and town else alert.values.get(name, ())
        if values:
            attributes[name] = Register(
                trust=Trust.ASSERTED, at=alert.at, message_id="", value=", ".join(values)
            )
        elif name in attributes and _is_of(others, name, attributes[name].value):
            del attributes[name]
    return replace(profile, attributes=attributes)


def _is_of(alerts: Iterable[JobAlert], name: str, value: str) -> bool:
    return any(
        value.casefold() in {each.casefold() for each in (*said, ", ".join(said), "; ".join(said))}
        for alert in alerts
        if (said := alert.values.get(name, ()))
    )


def words_in(*texts: str) -> tuple[str, ...]:
    """The words of texts, plain, each once; a quotation mark is none."""
    return tuple(dict.fromkeys(word for text in texts for word in _WORD.findall(plain(text))))


def occurs(words: Iterable[str], text: str) -> bool:
    """Whether all of the plain words are in a plain text.

    A long one, and one of a script that need not part words, may stand within another.
    """
    tokens = frozenset(_WORD.findall(text))
    return all(
        word in tokens or ((len(word) >= _INNER or not word.isascii()) and word in text)
        for word in words
    )


@dataclass(kw_only=True)
class Reading:
    """Jobs whole, by ref, so many at most; each is read once."""

    job: Callable[[str], Job | None]
    left: int = MOST_READ
    _seen: dict[str, str] = field(default_factory=dict)

    def text(self, ref: str) -> str:
        """What a job says, plain; empty for one that is not there, or is one too many."""
        if ref not in self._seen:
            if not self.left:
                return ""
            self.left -= 1
            job = self.job(ref)
            said = "" if job is None else f"{job.title} {job.category} {job.description}"
            self._seen[ref] = plain(said)
        return self._seen[ref]


def matching(
    asked: Iterable[Search],
    market: Market,
    relevance: Relevance,
    reading: Reading,
    now: datetime,
    *,
    most: int,
) -> tuple[tuple[Found, ...], tuple[tuple[str, int], ...]]:
    """The best jobs of all searches together, each once, and how many others were vetoed."""
    rows: dict[str, tuple[Row, Search]] = {}
    vetoed: dict[str, str] = {}
    judges: dict[int, Judge] = {}
    for search in asked:
        judging = judges[id(search)] = Judge(search.seeker, market, now)
        kept, refused = ranked(judging, floor=relevance.job_floor)
        vetoed |= refused
        if search.words:
            kept = _with_words(kept, search.words, reading, most)
        for row in kept:
            known = rows.get(row.opening.job)
            if known is None or row[:2] < known[0][:2]:
                rows[row.opening.job] = row, search
    best_first = sorted((row for row, _ in rows.values()), key=lambda row: row[:2])
    found = []
    for row in varied(best_first, most):
        search = rows[row.opening.job][1]
        found.append(Found(judges[id(search)].match(row.opening), search.alert))
    return tuple(found), counted({job: v for job, v in vetoed.items() if job not in rows})


def _with_words(rows: list[Row], words: Sequence[str], reading: Reading, most: int) -> list[Row]:
    """Of ranked jobs those with the words; descriptions are read until there are enough."""
    sure = {row.opening.job for row in rows if occurs(words, row.opening.text)}
    for row in rows:
        if len(sure) >= most:
            break
        if row.opening.job not in sure and occurs(words, reading.text(row.opening.job)):
            sure.add(row.opening.job)
    return [row for row in rows if row.opening.job in sure]
