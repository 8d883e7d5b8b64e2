"""Who looks at the career site: their tracker, and the id by which the site's server knows them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from local.exchange import Exchange
from local.site_scripts import CHOICE, chosen
from local.tracking import Visit

# Set by the server for browsers without script, and only for them.
COOKIE = "hc_anon"
# Set by rapport.js once a visitor agreed; the site's server may read it.
TRACKER_COOKIE = "rapport_id"
COOKIE_SECONDS = 365 * 24 * 3600

Cookies = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """One request's browser; `new_cookies` are the headers to answer with."""

    tracker: str
    anonymous_id: str
    new_cookies: Cookies

    @property
    def told_by_server(self) -> bool:
        """Whether no script in the page tells what is looked at."""
        return self.tracker == "server"


def visitor(exchange: Exchange, *, typed: Mapping[str, str] | None = None) -> Visitor:
    """Who asks. A form says by which id the page's tracker knows its browser (`anonymous_id`).

    Without script, and without consent to be remembered, an id lasts as long as the request.
    """
    cookies = _cookies(exchange.headers.get("Cookie", ""))
    asked = query(exchange).get("tracker", "")
    tracker = chosen(asked, cookies.get(CHOICE, ""))
    new: list[tuple[str, str]] = []
    if tracker == asked:
        new.append(("Set-Cookie", f"{CHOICE}={tracker}; Path=/; HttpOnly; SameSite=Lax"))
    if tracker == "server":
        known = _uuid(cookies.get(COOKIE, ""))
        anonymous_id = known or str(uuid.uuid4())
        if not known:
            lasting = f"Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
            new.append(("Set-Cookie", f"{COOKIE}={anonymous_id}; {lasting}"))
    else:
        told = (typed or {}).get("anonymous_id", "")
        known = _uuid(told) or _uuid(cookies.get(TRACKER_COOKIE, ""))
        anonymous_id = known or str(uuid.uuid4())
    return Visitor(tracker=tracker, anonymous_id=anonymous_id, new_cookies=tuple(new))


def visit(exchange: Exchange, who: Visitor, *, site_url: str, title: str) -> Visit:
    """The page shown, as the site's server tells of it."""
    return Visit(
        anonymous_id=who.anonymous_id,
        url=f"{site_url}{exchange.path}",
        path=exchange.route,
        title=title,
        referrer=exchange.headers.get("Referer", ""),
        user_agent=exchange.headers.get("User-Agent", ""),
        locale=exchange.headers.get("Accept-Language", "en").split(",")[0].split(";")[0],
    )


def query(exchange: Exchange) -> Mapping[str, str]:
    """The query's first value of each name."""
    asked = parse_qs(urlsplit(exchange.path).query)
    return {name: values[0] for name, values in asked.items()}


def _cookies(header: str) -> Mapping[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _uuid(text: str) -> str:
    """The id, or an empty string for what is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
