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
