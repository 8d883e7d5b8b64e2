"""Job alerts: what somebody asked to be told of, folded from the words on each.

Whoever asks by a form or on a site may be anybody: what is asked is one word, what its owner says
on the page behind a mail's link another, and the owner's holds. An alert is named by what it asks
for: asking for the same again is the same alert, asking for something else is another one. A site
that has ids of its own may send them; then its last word on an id is that alert.

Of each side the latest words are kept, so nothing that is left out could come back: any word that
would bring it back is later, and whole.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from rapport.domain import names
from rapport.domain.event import ENGINE, Event, Json, Trust, millis
from rapport.domain.statements import section, text_of, whole
from rapport.domain.titles import plain

# How many one person has; of more, those that their owner changed stay, then the newest.
MOST: Final = 10
# How many words are kept of each side. Ten alerts, and as many that were changed or deleted.
MOST_WORDS: Final = 24
MAX_NAME_CHARS: Final = 60
MAX_QUERY_CHARS: Final = 120
MAX_TEXT_CHARS: Final = 64
MAX_ENTRIES: Final = 4
ALERT, STATE, NAME = "alert", "state", "alert_name"
ON, PAUSED, DELETED = "on", "paused", "deleted"
# An owner's word from when a person had one alert: it took the place of all before it.
_ONLY = "only"
_STATES = frozenset({ON, PAUSED, DELETED})
QUERY: Final = "query"
# What an alert asks for, and where it stands in a message; the first that says something is taken.
CRITERIA: Final[Mapping[str, tuple[str, ...]]] = {
    "job_category": ("job_category", "jobCategory", "category"),
    "city": ("city", "location"),
    "country": ("country",),
    "radius_km": ("radius_km", "radiusKm"),
    "remote_ok": ("remote_ok", "remoteOk"),
    "employment": ("employment", "employment_type", "employmentType"),
    "shift": ("shift",),
    QUERY: (QUERY,),
}
# Of a text that holds several; a town may have a comma in it, and free words have neither.
_APART: Final[Mapping[str, str]] = {"city": ";", "employment": ",", "shift": ","}
_ID_CHARS: Final = 12
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
Values: TypeAlias = Mapping[str, tuple[str, ...]]


class AlertWord(NamedTuple):
    """One word on an alert. The greater of two is the later; `values` by criterion."""

    at: datetime
    message_id: str
    state: str = ON
    name: str = ""
    values: Values = MappingProxyType({})

    @property
    def stamp(self) -> tuple[datetime, str, str]:
        """The total order in which words hold."""
        return (self.at, self.message_id, dumps(word_to_json(self)))


@dataclass(frozen=True, kw_only=True)
class AlertWords:
    """The latest words by alert: what was `asked`, and what owners `said`.

    `fewer`: there were more that were said than are kept, `unheard` more that were asked.
    """

    asked: Mapping[str, AlertWord] = field(default_factory=dict)
    said: Mapping[str, AlertWord] = field(default_factory=dict)
    fewer: bool = False
    unheard: bool = False

    def __or__(self, other: "AlertWords") -> "AlertWords":
        """Both together; the order does not matter."""
        asked, unheard = _latest(self.asked, other.asked)
        said, fewer = _latest(self.said, other.said)
        return AlertWords(
            asked=asked,
            said=said,
            fewer=self.fewer or other.fewer or fewer,
            unheard=self.unheard or other.unheard or unheard,
        )


NOTHING_ASKED = AlertWords()


@dataclass(frozen=True, kw_only=True)
class JobAlert:
    """An alert as it stands. `own`: its owner said so, at `at`; else somebody asked for it then."""

    values: Values
    at: datetime
    name: str = ""
    own: bool = False
    paused: bool = False

    def first(self, name: str) -> str:
        """What it asks for by that name, the first of several; empty: nothing."""
        return next(iter(self.values.get(name, ())), "")


def alert_words(event: Event) -> AlertWords:
    """The words that an event is on alerts."""
    if event.type not in {names.JOB_ALERT_CREATED, names.JOB_ALERT_CHANGED}:
        return NOTHING_ASKED
    told = section(event.body, "properties")
    values, named = criteria_in(told), text_of(told, NAME)[:MAX_NAME_CHARS]
    word = AlertWord(event.at, event.message_id, ON, named, values)
    about, state = text_of(told, ALERT)[:MAX_TEXT_CHARS], text_of(told, STATE) or ON
    # What the engine writes nobody else can: its names and its source are taken.
    ours = event.source == ENGINE and event.trust is Trust.VERIFIED
    if event.type == names.JOB_ALERT_CHANGED:
        known = ours and about and state in _STATES
        return AlertWords(said={about: word._replace(state=state)}) if known else NOTHING_ASKED
    if not ours:
        theirs = text_of(told, "alert_id")
        return AlertWords(asked={named_by(values, theirs): word})
    if not about:
        return AlertWords(said={named_by(values): word._replace(state=_ONLY)})
    becomes = becoming(about, values)
    word = word._replace(state=state if state in _STATES else ON)
    gone = {} if becomes == about else {about: word._replace(state=DELETED)}
    return AlertWords(said={**gone, becomes: word})


def standing(words: AlertWords) -> dict[str, JobAlert] | None:
    """The alerts that there are, by id; None for whoever never asked for any."""
    if not words.asked and not words.said:
        return None
    only = max((w.at for w in words.said.values() if w.state == _ONLY), default=_NEVER)
    # What is older than all that is known to have been said may have been deleted.
    oldest = min((w.at for w in words.said.values()), default=_NEVER)
    since = max(only, oldest) if words.fewer else only
    found: dict[str, JobAlert] = {}
    for key in sorted(words.asked.keys() | words.said.keys()):
        asked, said = words.asked.get(key), words.said.get(key)
        if said is not None and said.state == DELETED and _again(key, asked, said):
            said = None
        word = said or asked
        if word is None or word.state == DELETED or word.at < only:
            continue
        if said is None and word.at <= since:
            continue
        found[key] = alert_of(word, own=said is not None)
    return bounded(found)


def alert_of(word: AlertWord, *, own: bool) -> JobAlert:
    """An alert as a word has it."""
    return JobAlert(
        values=word.values, at=word.at, name=word.name, own=own, paused=word.state == PAUSED
    )


def bounded(alerts: Mapping[str, JobAlert]) -> dict[str, JobAlert]:
    """At most ten: those that their owner changed, then the newest; by id."""

    def rank(key: str) -> tuple[bool, datetime, str]:
        return (alerts[key].own, alerts[key].at, key)

    kept = sorted(alerts, key=rank, reverse=True)[:MOST]
    return {key: alerts[key] for key in sorted(kept)}


def _again(key: str, asked: AlertWord | None, said: AlertWord) -> bool:
    """Whether what its owner deleted was asked for once more; a site repeats the ids it has."""
    return asked is not None and asked.at > said.at and not key.startswith("s")


def amended(alerts: Mapping[str, JobAlert], said: Mapping[str, AlertWord]) -> dict[str, JobAlert]:
    """Alerts with words of their owner that are later than they know."""
    found = dict(alerts)
    for key, word in said.items():
        known = found.get(key)
        if known is not None and known.at >= word.at:
            continue
        found.pop(key, None)
        if word.state != DELETED:
            found[key] = alert_of(word, own=True)
    return bounded(found)


def criteria_in(told: Mapping[str, Json]) -> dict[str, tuple[str, ...]]:
    """What a message asks for, by criterion, each entry once and in its order."""
    found = {}
    for name, spellings in CRITERIA.items():
        entries = next((e for s in spellings if (e := _entries(name, told.get(s)))), ())
        if entries:
            found[name] = entries
    return found


def _entries(name: str, raw: Json) -> tuple[str, ...]:
    if isinstance(raw, bool):
        return ("yes" if raw else "no",)
    texts = raw if isinstance(raw, list) else [raw]
    apart, most = _APART.get(name), MAX_QUERY_CHARS if name == QUERY else MAX_TEXT_CHARS
    said = [text_of({"": whole(each)}, "") for each in texts[:MAX_ENTRIES]]
    parts = [part for text in said for part in (text.split(apart) if apart else [text])]
    clean = (" ".join(part.split())[:most].strip() for part in parts)
    kept = [part.lower() if name == "job_category" else part for part in clean if part]
    return tuple(dict.fromkeys(kept))[:MAX_ENTRIES]


def named_by(values: Values, theirs: str = "") -> str:
    """The id of an alert: by what it asks for, in whatever case and order, or by a site's id."""
    if theirs:
        return f"s{_hash(theirs)}"
    folded: dict[str, Json] = {
        name: [*sorted(_folded(name, entries))] for name, entries in values.items()
    }
    return f"a{_hash(dumps(folded))}"


def becoming(key: str, values: Values) -> str:
    """The id of an alert that is changed to ask for that; one of a site's stays what it is."""
    return key if key.startswith("s") else named_by(values)


def _folded(name: str, entries: Sequence[str]) -> set[str]:
    if name == QUERY:
        return {word for entry in entries for word in plain(entry).split()}
    return {plain(entry) for entry in entries}


def _hash(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:_ID_CHARS]


def _latest(
    mine: Mapping[str, AlertWord], theirs: Mapping[str, AlertWord]
) -> tuple[dict[str, AlertWord], bool]:
    """Per alert the later word, of the alerts with the latest; and whether there are more."""
    both = dict(mine)
    for key, word in theirs.items():
        both[key] = max(word, both.get(key, word), key=lambda each: each.stamp)
    if len(both) <= MOST_WORDS:
        return both, False
    kept = sorted(both, key=lambda key: (both[key].stamp, key), reverse=True)[:MOST_WORDS]
    return {key: both[key] for key in kept}, True


def word_to_json(word: AlertWord) -> list[Json]:
    """`[ms, message id, state, name, {criterion: [entry]}]`."""
    values: dict[str, Json] = {name: [*entries] for name, entries in word.values.items()}
    return [millis(word.at), word.message_id, word.state, word.name, values]


def dumps(value: Json) -> str:
    """Canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
