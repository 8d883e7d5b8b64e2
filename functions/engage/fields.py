"""The page of preferences in HTML: every control in its label, every list in a group.

All text is escaped here.
"""

from collections.abc import Iterable
from html import escape

from functions.engage.centre import END, KEEP, MONTHS, OFTEN, TICK, Centre, Offer
from functions.engage.flow import Scope
from functions.engage.form import TOPIC
from functions.engage.words import NAMES, Words


def topics(centre: Centre, words: Words) -> str:
    """A box for every topic."""
    note = "" if centre.confirmed else f"<p>{escape(words.unconfirmed)}</p>\n"
    return note + "\n".join(box(centre, offer, words) for offer in centre.offers)


def box(centre: Centre, offer: Offer, words: Words, *, name: str = "") -> str:
    """A box with its meaning, and what ticking it agrees to beneath while it is off.

    The tick of such a box is the hash of those words: they are what is recorded.
    """
    told, tick = [escape(offer.meaning)] if offer.meaning else [], TICK
    if not offer.on and offer.statement is not None:
        wording = offer.statement.said(centre.language)
        spoken = escape(wording.language or centre.brand.language)
        said = f'<q lang="{spoken}" dir="auto">{escape(wording.text)}</q>'
        told.append(f"{escape(words.agree)} {said}")
        tick = wording.hash
    note = f"about-{escape(offer.topic)}"
    locked = not (offer.on or centre.confirmed or offer.statement is None)
    states = "".join((" checked" if offer.on else "", " disabled" if locked else ""))
    field = f'name="{TOPIC}{escape(offer.topic)}" value="{tick}" aria-describedby="{note}"{states}'
    return (
        f'<label><input type="checkbox" {field}>{escape(_first_up(name or offer.name))}</label>\n'
        f'<p class="note" id="{note}">{"<br>".join(told)}</p>'
    )


def often(centre: Centre, words: Words) -> str:
    """How often, as a list."""
    choices = [(str(number), words.often[number]) for number in OFTEN]
    return _radios("often", choices, str(centre.often))


def pause(centre: Centre, words: Words) -> str:
    """A break, as a list; one that lasts is kept unless it is ended."""
    until = centre.paused_until
    now = [(KEEP, words.no_pause)]
    if until is not None:
        now = [(KEEP, words.keep_pause.format(day=words.day(until))), (END, words.end_pause)]
    months = [(str(number), words.pause_for[number]) for number in MONTHS]
    return _radios("pause", [*now, *months], KEEP)


def languages(centre: Centre, words: Words) -> str:
    """The languages, as a group; nothing where there is but one."""
    if len(centre.languages) == 1:
        return ""
    rows = "\n".join(
        _radio("language", tag, NAMES.get(tag, tag), chosen=tag == centre.language, lang=tag)
        for tag in centre.languages
    )
    return f"<fieldset>\n<legend>{escape(words.language)}</legend>\n{rows}\n</fieldset>"


def tracking(centre: Centre, words: Words) -> str:
    """Being noticed, which is nobody's part of another topic."""
    if centre.tracking is None:
        return ""
    legend = f"<legend>{escape(words.tracking)}</legend>"
    row = box(centre, centre.tracking, words, name=words.tracking_yes)
    return f"<fieldset>\n{legend}\n{row}\n</fieldset>"


def stop(centre: Centre, words: Words) -> str:
    """One press each: no more of this, no more of anything. Nothing where nothing is on."""
    rows = []
    if centre.about.on:
        rows.append((Scope.TOPIC, words.stop_topic.format(topic=centre.about.name)))
    if any(offer.on for offer in centre.all_offers):
        rows.append((Scope.MARKETING, words.stop_all))
    buttons = "\n".join(
        f'<button type="submit" name="scope" value="{scope.value}">{escape(text)}</button>'
        for scope, text in rows
    )
    title = f"<h2>{escape(words.stop_title)}</h2>"
    return f'<form method="post" class="stop">\n{title}\n{buttons}\n</form>' if rows else ""


def in_force(centre: Centre, words: Words) -> str:
    """What holds now, in sentences, for whoever has just pressed a button."""
    on = [offer.name for offer in centre.offers if offer.on]
    said = [words.only.format(topics=", ".join(on)) if on else words.nothing]
    if on and centre.paused_until is not None:
        said.append(words.paused.format(day=words.day(centre.paused_until)))
    lines = " ".join(escape(each) for each in said)
    return f'<p class="done" role="status"><strong>{escape(words.saved)}</strong><br>{lines}</p>'


def _radios(name: str, choices: Iterable[tuple[str, str]], chosen: str) -> str:
    return "\n".join(_radio(name, value, text, chosen=value == chosen) for value, text in choices)


def _radio(name: str, value: str, text: str, *, chosen: bool, lang: str = "") -> str:
    state = " checked" if chosen else ""
    spoken = f' lang="{escape(lang)}"' if lang else ""
    field = f'type="radio" name="{name}" value="{escape(value)}"{state}'
    return f"<label{spoken}><input {field}>{escape(text)}</label>"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
