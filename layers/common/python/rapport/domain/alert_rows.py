"""Job alerts as JSON: the words of a tally, and the alerts of a profile."""

from collections.abc import Mapping
from typing import cast

from rapport.domain.alerts import AlertWord, AlertWords, JobAlert, word_to_json
from rapport.domain.event import Json, from_millis, millis


def asked_to_json(words: AlertWords) -> dict[str, Json]:
    """As compact JSON; empty for nobody's."""
    raw: dict[str, Json] = {
        "a": {key: word_to_json(word) for key, word in words.asked.items()},
        "s": {key: word_to_json(word) for key, word in words.said.items()},
        "f": words.fewer,
        "u": words.unheard,
    }
    return {name: value for name, value in raw.items() if value}


def asked_from_json(raw: Json) -> AlertWords:
    """The inverse of `asked_to_json`."""
    told = cast("Mapping[str, Json]", raw or {})
    return AlertWords(
        asked=_words(told.get("a")),
        said=_words(told.get("s")),
        fewer=bool(told.get("f")),
        unheard=bool(told.get("u")),
    )


def _words(raw: Json) -> dict[str, AlertWord]:
    told = cast("Mapping[str, list[Json]]", raw or {})
    return {key: word_from_json(row) for key, row in told.items()}


def word_from_json(raw: Json) -> AlertWord:
    """The inverse of `word_to_json`."""
    at, message_id, state, name, values = cast("tuple[int, str, str, str, Json]", raw)
    return AlertWord(from_millis(at), message_id, state, name, _values(values))


def alerts_to_json(alerts: Mapping[str, JobAlert] | None) -> list[Json]:
    """One object, per id `[ms, own, paused, name, {criterion: [entry]}]`.

    Empty for whoever never asked; whoever deleted all of theirs is not as one of these.
    """
    if alerts is None:
        return []
    rows: dict[str, Json] = {}
    for key, alert in alerts.items():
        values: dict[str, Json] = {name: [*entries] for name, entries in alert.values.items()}
        rows[key] = [millis(alert.at), int(alert.own), int(alert.paused), alert.name, values]
    return [rows]


def alerts_from_json(raw: Json) -> dict[str, JobAlert] | None:
    """The inverse of `alerts_to_json`."""
    if not isinstance(raw, list) or not raw:
        return None
    rows = cast("Mapping[str, tuple[int, int, int, str, Json]]", raw[0])
    return {
        key: JobAlert(
            at=from_millis(at), own=bool(own), paused=bool(paused), name=name, values=_values(said)
        )
        for key, (at, own, paused, name, said) in rows.items()
    }


def _values(raw: Json) -> dict[str, tuple[str, ...]]:
    return {name: tuple(entries) for name, entries in cast("dict[str, list[str]]", raw).items()}
