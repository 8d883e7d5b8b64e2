"""A reader's job alert on `/u/{token}`: seen, changed, paused and deleted by its owner.

A change is an event of the vocabulary, said by the owner of the address, so matching reads it at
the next mail. A pause switches the topic off; deleting withdraws the consent to it, so whatever
waits to be mailed is refused when it is due.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from functions.engage.answers import Answers, answers_to
from functions.engage.centre import KEEP, TICK, Centre, Wanted
from functions.engage.flow import Engage
from functions.engage.form_words import form_words
from functions.engage.questions import question
from functions.engage.told import wished_event
from rapport.alerts import Alert, Alerts, form_of, topic_of
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.address import SendRecord
from rapport.domain.decision import digest
from rapport.domain.event import millis
from rapport.domain.granting import holds
from rapport.domain.tokens import Purpose, verify
from rapport.forms import Form
from rapport.records import ID_CHARS, engine_event

DO = "do"
CHANGE, PAUSE, GO_ON, DELETE = "change-alert", "pause-alert", "go-on-alert", "delete-alert"
ASKS = frozenset({CHANGE, PAUSE, GO_ON, DELETE})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An alert as its page shows it; `answers` are wrong ones that were sent, if any were."""

    form: Form
    bundle: Bundle
    alert: Alert
    paused: bool
    answers: Answers | None = None


@dataclass(frozen=True, kw_only=True)
class JobAlerts:
    """The flow, beside that of the page."""

    engage: Engage
    alerts: Alerts
    now: Callable[[], datetime]

    def of(self, token: str, answers: Answers | None = None) -> Shown | None:
        """The alert of a mail's reader; None where none is in force."""
        record, bundle = self._record(token), self.engage.bundles.get(self.engage.live())
        form, topic = form_of(bundle), topic_of(bundle)
        if record is None or form is None or not topic:
            return None
        state = self.engage.book.address(record.address)
        alert = self.alerts.get(record.address)
        if alert is None or not holds(state.consents.get(topic), self.now()):
            return None
        asked = tuple(field for field in form.fields if field.name != "email")
        return Shown(
            form=_with(form, asked),
            bundle=bundle,
            alert=alert,
            paused=topic in state.wishes.topics_off,
            answers=answers,
        )

    def act(self, token: str, centre: Centre, typed: Mapping[str, Sequence[str]]) -> Answers | None:
        """Do what a button asks; the answers, if they were wrong and nothing was done."""
        shown, record = self.of(token), self._record(token)
        what = next(iter(typed.get(DO, ())), "")
        if shown is None or record is None:
            return None
        if what == CHANGE:
            return self._change(shown, record, typed)
        if what == DELETE:
            self.engage.choose(token, _without(centre, topic_of(shown.bundle)))
            self.alerts.remove(record.address)
        elif what in {PAUSE, GO_ON}:
            self._switch(record, topic_of(shown.bundle), off=what == PAUSE)
        return None

    def _change(
        self, shown: Shown, record: SendRecord, typed: Mapping[str, Sequence[str]]
    ) -> Answers | None:
        answers, now = (
            answers_to(_with(shown.form, shown.form.fields), shown.bundle, typed),
            self.now(),
        )
        if answers.wrong:
            return answers
        values = dict(answers.values)
        if values == dict(shown.alert.values):
            return None
        said = json.dumps(values, sort_keys=True)
        category = values.get("job_category")
        event = engine_event(
            names.JOB_ALERT_CREATED,
            subject=record.subject,
            message_id=f"a_{digest(record.send_key, said, str(millis(shown.alert.at)))[:ID_CHARS]}",
            cause_at=record.claimed_at,
            now=now,
            properties={**values, **({"category": category} if category else {})},
        )
        self.engage.log.append([event])
        self.alerts.change(record.address, Alert(values=values, at=now, own=True))
        return None

    def _switch(self, record: SendRecord, topic: str, *, off: bool) -> None:
        before = self.engage.book.address(record.address).wishes
        topics = before.topics_off | {topic} if off else before.topics_off - {topic}
        if topics != before.topics_off:
            wishes = replace(before, topics_off=frozenset(topics))
            event = wished_event(record, before, wishes, now=self.now())
            self.engage.preferences.wish(record.address, wishes, event)

    def _record(self, token: str) -> SendRecord | None:
        send_key = verify(self.engage.ring(), Purpose.UNSUBSCRIBE, token)
        return None if send_key is None else self.engage.book.send(send_key)


def shown_in(shown: Shown | None, language: str) -> str:
    """The alert with its questions and buttons, in HTML; nothing where there is none."""
    if shown is None:
        return ""
    words, answers = form_words(language), shown.answers
    if answers is None:
        answers = Answers(values={}, wrong={}, typed=_typed(shown.alert), agreed=())
    rows = "\n".join(question(field, answers, language, words) for field in shown.form.fields)
    pause, told = (GO_ON, words.go_on) if shown.paused else (PAUSE, words.pause)
    state = f'<p role="note">{escape(words.paused)}</p>\n' if shown.paused else ""
    others = "\n".join(
        f'<button type="submit" name="{DO}" value="{value}" formnovalidate>{escape(text)}</button>'
        for value, text in ((pause, told), (DELETE, words.delete))
    )
    return (
        f'<form method="post">\n<fieldset>\n<legend>{escape(words.alert)}</legend>\n{state}{rows}\n'
        f'<button type="submit" name="{DO}" value="{CHANGE}">{escape(words.change)}</button>\n'
        f"{others}\n</fieldset>\n</form>"
    )


def _typed(alert: Alert) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in alert.values.items():
        if isinstance(value, bool):
            found[f"f.{name}"] = ("yes" if value else "no",)
        else:
            found[f"f.{name}"] = (
                tuple(map(str, value)) if isinstance(value, list) else (str(value),)
            )
    return found


def _with(form: Form, fields: tuple[object, ...]) -> Form:
    import msgspec

    return msgspec.structs.replace(form, fields=fields, topics=())


def _without(centre: Centre, topic: str) -> Wanted:
    """The page as it stands, but for that topic."""
    on = {offer.topic: TICK for offer in centre.all_offers if offer.on and offer.topic != topic}
    return Wanted(topics=on, per_year=centre.often, pause=KEEP, language=centre.language)
