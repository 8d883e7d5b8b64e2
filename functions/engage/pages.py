"""The pages, in the brand: plain HTML without a script, filled with escaped text.

The style stands in the page and is allowed by its hash, so the policy can forbid all else.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from functions.engage.flow import Request, Standing, Subscription
from rapport.bundle import Brand
from rapport.headers import SAFE

FOLDER = Path(__file__).parent / "pages"
_TITLES = {
    Standing.ASKED: "Confirm your address",
    Standing.CONFIRMED: "Your address is confirmed",
    Standing.USED: "You are unsubscribed",
}


def request_page(request: Request) -> str:
    """Where a request to confirm stands, and the button while it is open."""
    return _page(
        request.brand,
        _TITLES[request.standing],
        request.standing.value,
        to=masked(request.to),
        statement=request.statement.text,
    )


def unknown_page(brand: Brand) -> str:
    """For a confirmation link that is not ours."""
    return _page(brand, "This link does not work", "unknown")


def subscription_page(subscription: Subscription) -> str:
    """The form to unsubscribe with."""
    topic = subscription.topic.replace("-", " ")
    return _page(subscription.brand, "Unsubscribe", "unsubscribe", topic=topic)


def unsubscribed_page(brand: Brand) -> str:
    """After unsubscribing."""
    return _page(brand, "You are unsubscribed", "unsubscribed")


def unclear_page(brand: Brand) -> str:
    """For a form that says nothing we know."""
    return _page(brand, "Nothing was changed", "unclear")


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


def _page(brand: Brand, title: str, name: str, **texts: str) -> str:
    known = {"brand": brand.name, "address": brand.postal_address, "language": brand.language}
    safe = {key: escape(text) for key, text in {**known, **texts, "title": title}.items()}
    main = _template(f"{name}.html").substitute(safe)
    style = _style(brand.accent)
    return _template("page.html").substitute(safe, main=main.strip(), style=style)


@cache
def _style(accent: str) -> str:
    return _template("style.css").substitute(accent=accent)


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / name).read_text(encoding="utf-8"))
