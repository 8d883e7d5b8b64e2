"""A reader's job alerts on `/u/{token}`: each seen, changed, paused and deleted by its owner.

Whatever its owner does is an event of theirs, which the profile knows within seconds; until then
the page adds what was just said. Deleting the last one withdraws the consent to their topic, so
whatever waits to be mailed is refused when it is due.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

import msgspec

from functions.engage.answers import FIELD, Answers, answers_to
from functions.engage.centre import KEEP, TICK, Centre, Wanted
from functions.engage.flow import Engage
from functions.engage.form_words import form_words
from functions.engage.questions import question
from functions.engage.told import wished_event
from rapport.alerts import Alerts, called, form_of, topic_of
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.address import SendRecord
from rapport.domain.alerts import (
    ALERT,
    CRITERIA,
    DELETED,
    MAX_NAME_CHARS,
    MAX_QUERY_CHARS,
    MOST,
    NAME,
    ON,
    PAUSED,
    QUERY,
    STATE,
    AlertWord,
    JobAlert,
    alert_words,
    amended,
)
from rapport.domain.decision import digest
from rapport.domain.event import Json, millis
from rapport.domain.granting import holds
from rapport.domain.tokens import Purpose, verify
from rapport.forms import Field, Form
from rapport.identity import Clusters
from rapport.ports import People
from rapport.profiles import patiently, person_of
from rapport.records import ID_CHARS, engine_event

DO, WHICH = "do", "alert"
CHANGE, PAUSE, GO_ON, DELETE = "change-alert", "pause-alert", "go-on-alert", "delete-alert"
ASKS = frozenset({CHANGE, PAUSE, GO_ON, DELETE})
# How long the page adds what was said on it: by then the profile has it, or somebody is paged.
_FRESH = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Alerts as their page shows them, by id. `quiet`: their topic is switched off as a whole.

    `answers` are wrong ones that were sent for the alert `about`, if any were.
    """

    form: Form
    bundle: Bundle
    alerts: Mapping[str, JobAlert]
    quiet: bool
    about: str = ""
    answers: Answers | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What was sent for an alert and cannot be taken."""

    about: str
    answers: Answers


@dataclass(frozen=True, kw_only=True)
class JobAlerts:
    """The flow, beside that of the page."""

    engage: Engage
    alerts: Alerts
    people: People
    clusters: Clusters
    now: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep

    def of(self, token: str, refused: Refused | None = None) -> Shown | None:
        """The alerts of a mail's reader; None where none are in force."""
        record, bundle = self._record(token), self.engage.bundles.get(self.engage.live())
        form, topic = form_of(bundle), topic_of(bundle)
        if record is None or form is None or not topic:
            return None
        state = self.engage.book.address(record.address)
        if not holds(state.consents.get(topic), self.now()):
            return None
        alerts = self._standing(record)
        if not alerts:
            return None
        return Shown(
            form=form,
            bundle=bundle,
            alerts=alerts,
            quiet=topic in state.wishes.topics_off,
            about="" if refused is None else refused.about,
            answers=None if refused is None else refused.answers,
        )

    def _standing(self, record: SendRecord) -> Mapping[str, JobAlert]:
        """What the profile has, and what was said since."""
        known = patiently(lambda: person_of(self.people, self.clusters, record.person), self.pause)
        return amended({} if known is None else known.profile.alerts or {}, self._said(record))

    def _said(self, record: SendRecord) -> dict[str, AlertWord]:
        since = self.now() - _FRESH
        return {k: w for k, w in self.alerts.said(record.address).items() if w.at > since}

    def act(self, token: str, centre: Centre, typed: Mapping[str, Sequence[str]]) -> Refused | None:
        """Do what a button asks; the answers, if they were wrong and nothing was done."""
        shown, record = self.of(token), self._record(token)
        what, which = (next(iter(typed.get(name, ())), "") for name in (DO, WHICH))
        if shown is None or record is None or which not in shown.alerts:
            return None
        alert, topic = shown.alerts[which], topic_of(shown.bundle)
        if what == CHANGE:
            return self._change(shown, record, which, typed)
        if what == DELETE:
            self._say(record, which, alert, names.JOB_ALERT_CHANGED, {STATE: DELETED})
            if len(shown.alerts) == 1:
                self.engage.choose(token, _without(centre, topic))
        elif what == PAUSE and not alert.paused:
            self._say(record, which, alert, names.JOB_ALERT_CHANGED, {STATE: PAUSED})
        elif what == GO_ON:
            if alert.paused:
                self._say(record, which, alert, names.JOB_ALERT_CHANGED, {STATE: ON})
            self._let(record, topic)
        return None

    def _change(
        self, shown: Shown, record: SendRecord, which: str, typed: Mapping[str, Sequence[str]]
    ) -> Refused | None:
        form = _asking(shown.form, which, shown.bundle)
        answers = answers_to(form, shown.bundle, typed)
        if answers.wrong:
            return Refused(about=which, answers=answers)
        before = shown.alerts[which]
        values = {name.partition(".")[2]: value for name, value in answers.values.items()}
        # What the form does not ask, or has no such option for, stays as it was.
        for name, said in before.values.items():
            asked = next((f for f in form.fields if f.name == f"{which}.{name}"), None)
            options = set() if asked is None else {option.value for option in asked.options}
            if asked is None or (options and name not in values and not options & {*said}):
                values[name] = [*said]
        state = PAUSED if before.paused else ON
        self._say(record, which, before, names.JOB_ALERT_CREATED, {**values, STATE: state})
        return None

    def _say(
        self,
        record: SendRecord,
        which: str,
        before: JobAlert,
        kind: str,
        told: Mapping[str, Json],
    ) -> None:
        """An owner's word, once for however often its button is pressed."""
        stood: dict[str, Json] = {name: [*said] for name, said in before.values.items()}
        if kind == names.JOB_ALERT_CHANGED:
            told = {**stood, **({NAME: before.name} if before.name else {}), **told}
        said, now = json.dumps(dict(told), sort_keys=True), self.now()
        seal = digest(record.send_key, which, said, str(millis(before.at)))
        event = engine_event(
            kind,
            subject=record.subject,
            message_id=f"a_{seal[:ID_CHARS]}",
            cause_at=record.claimed_at,
            now=now,
            properties={**_plain(told), ALERT: which},
        )
        words = alert_words(event).said
        if words.get(which) is not None and words[which].values == before.values:
            same = words[which].name == before.name and words[which].state == _state(before)
            if same and before.own:
                return
        self.engage.log.append([event])
        self.alerts.say(record.address, {**self._said(record), **words})

    def _let(self, record: SendRecord, topic: str) -> None:
        """Alerts may be mailed again, if they were switched off as a whole."""
        before = self.engage.book.address(record.address).wishes
        if topic in before.topics_off:
            wishes = replace(before, topics_off=frozenset(before.topics_off - {topic}))
            event = wished_event(record, before, wishes, now=self.now())
            self.engage.preferences.wish(record.address, wishes, event)

    def _record(self, token: str) -> SendRecord | None:
        send_key = verify(self.engage.ring(), Purpose.UNSUBSCRIBE, token)
        return None if send_key is None else self.engage.book.send(send_key)


def shown_in(shown: Shown | None, language: str) -> str:
    """The alerts with their questions and buttons, in HTML; nothing where there are none."""
    if shown is None:
        return ""
    full = len(shown.alerts) == MOST and all(alert.own for alert in shown.alerts.values())
    note = f'<p role="note">{escape(form_words(language).most)}</p>\n' if full else ""
    in_order = sorted(shown.alerts, key=lambda key: (shown.alerts[key].at, key))
    return note + "\n".join(_one(shown, key, language) for key in in_order)


def _one(shown: Shown, key: str, language: str) -> str:
    words, alert = form_words(language), shown.alerts[key]
    form = _asking(shown.form, key, shown.bundle)
    answers = shown.answers if shown.about == key else None
    if answers is None:
        answers = Answers(values={}, wrong={}, typed=_typed(key, alert, form), agreed=())
    rows = "\n".join(question(field, answers, language, words) for field in form.fields)
    paused = alert.paused or shown.quiet
    switch, told = (GO_ON, words.go_on) if paused else (PAUSE, words.pause)
    state = f'<p role="note">{escape(words.paused)}</p>\n' if paused else ""
    name = called(alert, shown.bundle, None, language)
    title = f"{words.alert}: {name}" if name else words.alert
    others = "\n".join(
        f'<button type="submit" name="{DO}" value="{value}" formnovalidate>{escape(text)}</button>'
        for value, text in ((switch, told), (DELETE, words.delete))
    )
    return (
        f'<form method="post">\n<input type="hidden" name="{WHICH}" value="{escape(key)}">\n'
        f"<fieldset>\n<legend>{escape(title)}</legend>\n{state}{rows}\n"
        f'<button type="submit" name="{DO}" value="{CHANGE}">{escape(words.change)}</button>\n'
        f"{others}\n</fieldset>\n</form>"
    )


def _asking(form: Form, key: str, bundle: Bundle) -> Form:
    """The questions about one alert; the names of their controls are its own on the page."""
    fields = [field for field in form.fields if field.name in CRITERIA or field.name == NAME]
    asked = {field.name for field in fields}
    languages = bundle.brand.languages or (bundle.brand.language,)
    labels = {tag: form_words(tag) for tag in languages}
    if QUERY not in asked:
        free = {tag: words.free for tag, words in labels.items()}
        fields.append(Field(name=QUERY, kind="text", label=free, most_chars=MAX_QUERY_CHARS))
    if NAME not in asked:
        told = {tag: words.called for tag, words in labels.items()}
        fields.append(Field(name=NAME, kind="text", label=told, most_chars=MAX_NAME_CHARS))
    mine = tuple(
        msgspec.structs.replace(field, name=f"{key}.{field.name}", required=False)
        for field in fields
    )
    return msgspec.structs.replace(form, fields=mine, topics=())


def _typed(key: str, alert: JobAlert, form: Form) -> dict[str, tuple[str, ...]]:
    """What stands in the controls of an alert."""
    several = {field.name for field in form.fields if field.kind == "choices"}
    found: dict[str, tuple[str, ...]] = {f"{FIELD}{key}.{NAME}": (alert.name,)}
    for name, said in alert.values.items():
        control = f"{key}.{name}"
        found[f"{FIELD}{control}"] = said if control in several else ("; ".join(said),)
    return found


def _plain(told: Mapping[str, Json]) -> dict[str, Json]:
    """The words of an alert as its event has them: the field of work is the person's, too."""
    fields = told.get("job_category")
    first = fields[0] if isinstance(fields, list) and fields else fields
    return {**told, **({"category": first} if first else {})}


def _state(alert: JobAlert) -> str:
    return PAUSED if alert.paused else ON


def _without(centre: Centre, topic: str) -> Wanted:
    """The page as it stands, but for that topic."""
    on = {offer.topic: TICK for offer in centre.all_offers if offer.on and offer.topic != topic}
    return Wanted(topics=on, per_year=centre.often, pause=KEEP, language=centre.language)
