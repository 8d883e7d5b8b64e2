"""Fields of the career site's forms, each with what is wrong beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.markup import text


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a visitor typed into the form, and what is wrong with it by field name."""

    values: Mapping[str, str]
    wrong: Mapping[str, str]


EMPTY = Entry(values={}, wrong={})


def field(entry: Entry, name: str, label: str, attributes: str, hint: str = "") -> str:
    """One input with its label."""
    value = text(entry.values.get(name, ""))
    told = f'<p class="hint" id="{name}-hint">{hint}</p>' if hint else ""
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" value="{value}" {attributes}'
        f"{marks(entry, name, hinted=bool(hint))}>{told}{wrong(entry, name)}</div>"
    )


def marks(entry: Entry, name: str, *, hinted: bool = False) -> str:
    """Attributes that tie a field to its hint and to what is wrong with it."""
    ids = [f"{name}-hint"] * hinted + [f"{name}-wrong"] * (name in entry.wrong)
    described = f' aria-describedby="{" ".join(ids)}"' if ids else ""
    return described + (' aria-invalid="true"' if name in entry.wrong else "")


def wrong(entry: Entry, name: str) -> str:
    """What is wrong with a field, if anything."""
    told = entry.wrong.get(name)
    return f'<p class="wrong" id="{name}-wrong">{text(told)}</p>' if told else ""


def summary(entry: Entry) -> str:
    """The notice above a form that has to be mended."""
    if not entry.wrong:
        return ""
    return (
        '<div class="notice bad" role="alert"><p>Almost there: please mend what is marked below.'
        "</p></div>"
    )


def choice(entry: Entry, name: str, label: str, options: Mapping[str, str], *, must: bool) -> str:
    """One list to choose from: its values and their words; the empty value is nothing chosen."""
    chosen = entry.values.get(name, "")
    told = "".join(
        f'<option value="{text(value)}"{" selected" if value == chosen else ""}>{text(words)}'
        "</option>"
        for value, words in options.items()
    )
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<select id="{name}" name="{name}"{" required" if must else ""}{marks(entry, name)}>'
        f"{told}</select>{wrong(entry, name)}</div>"
    )


def ticks(entry: Entry, name: str, label: str, options: Mapping[str, str], hint: str) -> str:
    """Boxes to tick: their values and words. What was ticked stands in `entry` with commas."""
    ticked = entry.values.get(name, "").split(", ")
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="{text(value)}"'
        f"{' checked' if value in ticked else ''}> {text(words)}</label>"
        for value, words in options.items()
    )
    return (
        f'<fieldset class="field ticks" aria-describedby="{name}-hint"><legend>{label}</legend>'
        f'<div>{boxes}</div><p class="hint" id="{name}-hint">{hint}</p></fieldset>'
    )


def agreement(entry: Entry, statement: str, version: str) -> str:
    """The box without which nothing may be sent, and where it is told what that means."""
    ticked = " checked" if entry.values.get("consent") else ""
    return (
        '<div class="field"><div class="consent"><input type="checkbox" id="consent"'
        f' name="consent" value="{version}" required{ticked}{marks(entry, "consent")}>'
        f'<label for="consent">{text(statement)} <a href="/content/your-data">Your data and your'
        f" choices</a></label></div>{wrong(entry, 'consent')}</div>"
    )
