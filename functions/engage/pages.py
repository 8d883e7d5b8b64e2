"""The pages, in the brand: plain HTML without a script, filled with escaped text.

Only a form within a page of the employer's has one, a file of ours, which tells how high it is. The
style stands in the page and is allowed by its hash, so the policy can forbid all else.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from functions.engage import fields, questions, resumes
from functions.engage.centre import Centre, language_of
from functions.engage.flow import Request
from functions.engage.form_words import form_words
from functions.engage.signup import Shown, Turn
from functions.engage.words import Words, words
from rapport.bundle import Brand
from rapport.forms import Form
from rapport.forms import said as told_in
from rapport.headers import SAFE
from rapport.uploads import Ticket

FOLDER = Path(__file__).parent / "pages"


def request_page(request: Request) -> str:
    """Where a request to confirm stands, and the button while it is open."""
    said, standing = words(request.language), request.standing.value
    return page(
        request.brand,
        said,
        getattr(said, standing),
        f"{standing}.{said.tag}",
        to=masked(request.to),
        statement=request.wording.text,
        spoken=request.wording.language or request.brand.language,
    )


def unknown_page(brand: Brand, *languages: str) -> str:
    """For a link that is not ours, in the first of the reader's languages that the brand has."""
    said = words(language_of(brand, *languages))
    return page(brand, said, said.unknown, f"unknown.{said.tag}", reply_to=brand.reply_to)


def centre_page(centre: Centre, *, done: bool = False, places: str = "") -> str:
    """The page of preferences; `done`: with what holds after a button was pressed.

    `places` is what its reader has at events to come, in HTML.
    """
    said = words(centre.language)
    since = centre.since if centre.about.on else None
    parts = {
        "notice": fields.in_force(centre, said) if done else "",
        "places": places,
        "stop": fields.stop(centre, said),
        "topics": fields.topics(centre, said),
        "frequency": fields.often(centre, said),
        "pause": fields.pause(centre, said),
        "language_part": fields.languages(centre, said),
        "tracking": fields.tracking(centre, said),
    }
    why = "" if since is None else said.why.format(topic=centre.about.name, day=said.day(since))
    return page(
        centre.brand,
        said,
        said.title.format(brand=centre.brand.name),
        "centre",
        parts=parts,
        sent=said.sent.format(day=said.day(centre.sent_at)),
        why=why,
        to=said.for_address.format(to=masked(centre.to)) if centre.to else "",
        topics_title=said.topics,
        frequency_title=said.frequency,
        pause_title=said.pause,
        save=said.save,
    )


def unclear_page(brand: Brand, *languages: str) -> str:
    """For a form that says nothing we know."""
    said = words(language_of(brand, *languages))
    return page(brand, said, said.unclear, f"unclear.{said.tag}")


def form_page(shown: Shown, *, framed: bool) -> str:
    """A form to fill in, or what came of it; `framed`: within a page that it tells its height."""
    asked, said = form_words(shown.language), words(shown.language)
    title = told_in(shown.form.title, shown.language)
    script = framed_script(shown.form.key) if framed else ""
    if shown.turn in {Turn.TAKEN, Turn.SENT, Turn.CLOSED, Turn.FULL}:
        taken, sent = shown.turn is Turn.TAKEN, shown.turn is Turn.SENT
        notes = [asked.told] if taken and shown.form.occasion is not None else []
        notes += [asked.confirm] if taken and shown.form.topics else []
        told = "".join(f"<p>{escape(note)}</p>" for note in notes)
        parts = {"note": told + resumes.asked(shown.ticket, asked), "script": script}
        thanks = asked.sent if sent else told_in(shown.form.thanks, shown.language)
        texts = {"told": asked.turns.get(shown.turn, thanks)}
        shown_title = asked.thanks if taken or sent else title
        return page(shown.bundle.brand, said, shown_title, "form-told", parts=parts, **texts)
    again = shown.turn is not Turn.OPEN
    parts = {
        "summary": questions.summary(shown, asked),
        "occasion": questions.occasion(shown, asked),
        "hidden": questions.hidden(shown, asked),
        "questions": questions.questions(shown, asked),
        "script": script,
    }
    return page(
        shown.bundle.brand,
        said,
        f"{asked.problem}: {title}" if again else title,
        "form",
        parts=parts,
        # Not its own address: a browser would forget the page that its back button leads to.
        action=f"?lang={shown.language}{'&frame=1' if framed else ''}&sent=1",
        intro=told_in(shown.form.intro, shown.language),
        send=asked.send,
    )


def framed_script(key: str) -> str:
    """What tells the page around a form how high it is."""
    return f'<script async src="/f/{escape(key)}/embed.js" data-framed></script>'


@cache
def embed_script() -> str:
    """The script that puts a form into a page of the employer's."""
    return (FOLDER / "embed.js").read_text(encoding="utf-8")


def form_headers(
    form: Form, brand: Brand, *, framed: bool, ticket: Ticket | None = None
) -> dict[str, str]:
    """The headers of a form's page, which pages of the form's own list may frame.

    A browser may keep it for its back button, so that the same page is handed in again.
    With a `ticket` a form on it leads to where files go.
    """
    frames = " ".join(form.frames) or "'none'"
    scripts = " script-src 'self';" if framed else ""
    return {**SAFE, "cache-control": "private, max-age=600"} | policy(
        brand, frames, scripts, "" if ticket is None else origin_of(ticket.url)
    )


def headers(brand: Brand) -> dict[str, str]:
    """The headers of every answer."""
    return {**SAFE, **policy(brand, "'none'")}


def origin_of(url: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def policy(brand: Brand, frames: str, scripts: str = "", files: str = "") -> dict[str, str]:
    """What a page of the brand may load, where its forms may lead, and who may frame it."""
    digest = b64encode(sha256(_style(brand.accent).encode()).digest()).decode()
    forms = " ".join(("'self'", *((files,) if files else ())))
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}';{scripts} form-action {forms};"
        f" base-uri 'none'; frame-ancestors {frames}"
    )
    return {"content-security-policy": policy}


def masked(address: str) -> str:
    """`a•••@inbox.example`: enough for its owner to know it, too little for others."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def page(
    brand: Brand,
    said: Words,
    title: str,
    name: str,
    *,
    parts: Mapping[str, str] | None = None,
    **texts: str,
) -> str:
    """A page of escaped `texts`, and of `parts` that are HTML already."""
    known = {
        "brand": brand.name,
        "address": brand.postal_address,
        "language": said.tag,
        "direction": said.direction,
    }
    safe = {key: escape(text) for key, text in {**known, **texts, "title": title}.items()}
    main = _template(f"{name}.html").substitute(safe, **(parts or {}))
    style = _style(brand.accent)
    return _template("page.html").substitute(safe, main=main.strip(), style=style)


@cache
def _style(accent: str) -> str:
    return _template("style.css").substitute(accent=accent)


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / name).read_text(encoding="utf-8"))
