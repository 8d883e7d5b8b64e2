"""The questions of a form in HTML: each control in its label, what is wrong with it beside it.

All text is escaped here. Nothing is ticked beforehand.
"""

from html import escape

from functions.engage.answers import FIELD, NO, TOPIC, YES, Answers
from functions.engage.form_words import FormWords
from functions.engage.signup import PAGE, TRAP, VISITOR, Shown
from rapport.bundle import Statement
from rapport.forms import Field, Option, said
from rapport.mailing.occasion import when

# From so many options on they stand in a list that unfolds.
FEW = 6
# What browsers fill in by themselves (HTML Standard, autofill; WCAG 2.2, 1.3.5).
_AUTOFILL = {
    "email": "email",
    "first_name": "given-name",
    "last_name": "family-name",
    "phone": "tel",
    "city": "address-level2",
    "country": "country",
}
_INPUTS = {"email": "email", "phone": "tel", "url": "url", "date": "date"}


def questions(shown: Shown, words: FormWords) -> str:
    """All questions, and a box for each statement."""
    form, language = shown.form, shown.language
    rows = [question(field, shown.answers, language, words) for field in form.fields]
    rows += [_box(shown.bundle.statement(t), shown, words) for t in form.topics]
    return "\n".join(rows)


def hidden(shown: Shown, words: FormWords) -> str:
    """What a page carries for itself, and the field that only robots fill in."""
    visitor = ""
    if shown.visitor:
        visitor = f'<input type="hidden" name="{VISITOR}" value="{escape(shown.visitor)}">\n'
    return (
        f'<input type="hidden" name="{PAGE}" value="{escape(shown.page)}">\n{visitor}'
        f'<div class="trap" aria-hidden="true"><label for="{TRAP}">{escape(words.trap)}</label>'
        f'<input id="{TRAP}" name="{TRAP}" tabindex="-1" autocomplete="off"></div>'
    )


def summary(shown: Shown, words: FormWords) -> str:
    """What is wrong, each with a link to its question; nothing where nothing is."""
    notice = words.turns.get(shown.turn, "")
    wrong = {} if shown.answers is None else shown.answers.wrong
    names = {f"{FIELD}{f.name}": said(f.label, shown.language) for f in shown.form.fields}
    rows = [
        f'<li><a href="#{escape(name)}">{escape(names.get(name, words.agree))}</a>:'
        f" {escape(words.wrong[found])}</li>"
        for name, found in wrong.items()
    ]
    if not (notice or rows):
        return ""
    title = notice or words.summary
    listed = f"<ul>{''.join(rows)}</ul>" if rows else ""
    return f'<div class="errors" role="alert"><p>{escape(title)}</p>{listed}</div>'


def occasion(shown: Shown, words: FormWords) -> str:
    """When and where an event is, on the clock of its place; nothing for other forms."""
    found, language = shown.form.occasion, shown.language
    if found is None:
        return ""
    waits = f'<p role="note">{escape(words.full)}</p>' if shown.waits else ""
    return (
        f"<dl><dt>{escape(words.when)}</dt><dd>{escape(when(found, language))}</dd>"
        f"<dt>{escape(words.where)}</dt><dd>{escape(said(found.place, language))}</dd></dl>{waits}"
    )


def question(field: Field, answers: Answers | None, language: str, words: FormWords) -> str:
    """One question, with what was typed and what is wrong with it."""
    name = f"{FIELD}{field.name}"
    typed = () if answers is None else answers.typed.get(name, ())
    found = None if answers is None else answers.wrong.get(name)
    label = escape(said(field.label, language))
    if not field.required:
        label += f' <span class="optional">({escape(words.optional)})</span>'
    notes, about = "", []
    if field.help:
        notes += f'<p class="note" id="{name}-help">{escape(said(field.help, language))}</p>\n'
        about.append(f"{name}-help")
    if found is not None:
        notes += f'<p class="wrong" id="{name}-wrong">{escape(words.wrong[found])}</p>\n'
        about.append(f"{name}-wrong")
    states = f' aria-describedby="{" ".join(about)}"' if about else ""
    states += ' aria-invalid="true"' if found is not None else ""
    if field.kind in {"choices", "yes-no"} or (field.kind == "choice" and _few(field)):
        return (
            f'<fieldset class="field" id="{name}"{states}>\n<legend>{label}</legend>\n{notes}'
            f"{_picks(field, name, typed, language, words)}\n</fieldset>"
        )
    states += " required" if field.required else ""
    control = _control(field, typed[0] if typed else "", language, words, states=states)
    return f'<div class="field">\n<label for="{name}">{label}</label>\n{notes}{control}\n</div>'


def _few(field: Field) -> bool:
    return len(field.options) < FEW


def _picks(field: Field, name: str, typed: tuple[str, ...], language: str, words: FormWords) -> str:
    options = field.options
    if field.kind == "yes-no":
        options = (
            Option(value=YES, label={language: words.yes}),
            Option(value=NO, label={language: words.no}),
        )
    kind = "checkbox" if field.kind == "choices" else "radio"
    return "\n".join(
        f'<label><input type="{kind}" name="{name}" value="{escape(option.value)}"'
        f"{' checked' if option.value in typed else ''}>"
        f"{escape(said(option.label, language))}</label>"
        for option in options
    )


def _control(field: Field, value: str, language: str, words: FormWords, *, states: str) -> str:
    name = f"{FIELD}{field.name}"
    fill = f' autocomplete="{_AUTOFILL[field.name]}"' if field.name in _AUTOFILL else ""
    told = f'id="{name}" name="{name}"{fill}{states}'
    if field.options:
        rows = "".join(
            f'<option value="{escape(o.value)}"{" selected" if o.value == value else ""}>'
            f"{escape(said(o.label, language))}</option>"
            for o in field.options
        )
        return f'<select {told}><option value="">{escape(words.choose)}</option>{rows}</select>'
    most = f' maxlength="{field.most_chars}"'
    if field.kind == "long-text":
        return f'<textarea {told}{most} rows="5">\n{escape(value)}</textarea>'
    kind = _INPUTS.get(field.kind, "text")
    mode = ' inputmode="decimal"' if field.kind == "number" else ""
    return f'<input type="{kind}" {told}{mode}{most} value="{escape(value)}">'


def _box(statement: Statement, shown: Shown, words: FormWords) -> str:
    """A box whose tick is the hash of the words beside it: they are what is recorded."""
    wording = statement.said(shown.language)
    name = f"{TOPIC}{statement.topic}"
    answers = shown.answers
    ticked = answers is not None and any(s.topic == statement.topic for s, _ in answers.agreed)
    found = None if answers is None else answers.wrong.get(name)
    wrong, state = "", " checked" if ticked else ""
    if found is not None:
        wrong = f'<p class="wrong" id="{name}-wrong">{escape(words.wrong[found])}</p>\n'
        state += f' aria-invalid="true" aria-describedby="{name}-wrong"'
    spoken = escape(wording.language or shown.bundle.brand.language)
    return (
        f'<div class="field agree">\n{wrong}<label><input type="checkbox" id="{name}"'
        f' name="{name}" value="{wording.hash}"{state}>{escape(words.agree)}'
        f' <q lang="{spoken}" dir="auto">{escape(wording.text)}</q></label>\n</div>'
    )
