"""The pages, in the brand: plain HTML without a script, filled with escaped text.

The style stands in the page and is allowed by its hash, so the policy can forbid all else.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from functions.engage import fields
from functions.engage.centre import Centre, language_of
from functions.engage.flow import Request
from functions.engage.words import Words, words
from rapport.bundle import Brand
from rapport.headers import SAFE

FOLDER = Path(__file__).parent / "pages"


def request_page(request: Request) -> str:
    """Where a request to confirm stands, and the button while it is open."""
    said, standing = words(request.language), request.standing.value
    return _page(
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
    return _page(brand, said, said.unknown, f"unknown.{said.tag}", reply_to=brand.reply_to)


def centre_page(centre: Centre, *, done: bool = False) -> str:
    """The page of preferences; `done`: with what holds after a button was pressed."""
    said = words(centre.language)
    since = centre.since if centre.about.on else None
    parts = {
        "notice": fields.in_force(centre, said) if done else "",
        "stop": fields.stop(centre, said),
        "topics": fields.topics(centre, said),
        "frequency": fields.often(centre, said),
        "pause": fields.pause(centre, said),
        "language_part": fields.languages(centre, said),
        "tracking": fields.tracking(centre, said),
    }
    why = "" if since is None else said.why.format(topic=centre.about.name, day=said.day(since))
    return _page(
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
    return _page(brand, said, said.unclear, f"unclear.{said.tag}")


def headers(brand: Brand) -> dict[str, str]:
    """The headers of every answer."""
    digest = b64encode(sha256(_style(brand.accent).encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    return {**SAFE, "content-security-policy": policy}


def masked(address: str) -> str:
    """`a•••@inbox.example`: enough for its owner to know it, too little for others."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _page(
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
