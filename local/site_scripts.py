"""Scripts of the career site: which tracker a page carries, what the page may load, who agreed.

`?tracker=` on any page chooses, and a cookie remembers the choice:

- `rapport`  rapport.js, from Rapport's own API
- `segment`  the unmodified @segment/analytics-next, settings from Rapport's API
- `rudder`   the unmodified @rudderstack/analytics-js, source config from Rapport's API
- `server`   no script: the site's server tells each page, for browsers that run none
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.exchange import Exchange
from local.layout import REPO
from local.markup import POLICY, text
from local.pages import FOLDER

JAVASCRIPT: Final = "text/javascript; charset=utf-8"
CHOICE: Final = "hc_tracker"
TRACKERS: Final = ("rapport", "segment", "rudder", "server")
NAMES: Final = {
    "rapport": "rapport.js",
    "segment": "analytics-next",
    "rudder": "RudderStack",
    "server": "no script",
}
_MODULES = REPO / "node_modules"
VENDORED: Final[Mapping[str, Path]] = {
    "segment": _MODULES / "@segment" / "analytics-next" / "dist" / "umd",
    "rudder": _MODULES / "@rudderstack" / "analytics-js" / "dist" / "npm" / "modern" / "bundled",
}


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """What the pages of one site carry; `write_key` is a browser key that asks for consent."""

    api_url: str
    write_key: str

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The page's policy: its own scripts, and Rapport's tracker, API and forms.

        A browser may keep a page alive for the way back, but asks before it shows a stored one.
        """
        framed = POLICY.replace("frame-src 'self'", f"frame-src 'self' {self.api_url}")
        policy = f"{framed}; script-src 'self' {self.api_url}; connect-src {self.api_url}"
        return (("Content-Security-Policy", policy), ("Cache-Control", "no-cache"))

    def dress(self, html: bytes, tracker: str) -> bytes:
        """The page with its scripts, the question for consent and the choice of trackers."""
        if tracker != "server":
            html = html.replace(b"</head>", f"{self._head(tracker)}</head>".encode(), 1)
        return html.replace(b"</body>", f"{_banner()}{_choice(tracker)}</body>".encode(), 1)

    def _head(self, tracker: str) -> str:
        key, api = text(self.write_key), text(self.api_url)
        ours = (
            f'<script defer src="{api}/rapport.js" data-key="{key}" data-host="{api}"'
            ' data-consent="required"></script>\n'
            if tracker == "rapport"
            else ""
        )
        return (
            f'{ours}<script defer src="/site.js" data-tracker="{tracker}" data-key="{key}"'
            f' data-api="{api}"></script>\n'
        )


def serve(exchange: Exchange) -> bool:
    """Answer for a script of ours or of a vendored SDK; False if the path is neither."""
    _, place, *rest = exchange.route.split("/")
    if place == "site.js" and not rest:
        exchange.answer(200, (FOLDER / "site.js").read_bytes(), JAVASCRIPT)
        return True
    if place != "vendor" or len(rest) < len(("sdk", "file")) or rest[0] not in VENDORED:
        return False
    folder = VENDORED[rest[0]].resolve()
    path = folder.joinpath(*rest[1:]).resolve()
    if not path.is_relative_to(folder) or path.suffix != ".js" or not path.is_file():
        return False
    exchange.answer(200, path.read_bytes(), JAVASCRIPT)
    return True


def chosen(asked: str, remembered: str) -> str:
    """The tracker of this page: the one asked for, else the one remembered, else ours."""
    return next((each for each in (asked, remembered) if each in TRACKERS), TRACKERS[0])


def _banner() -> str:
    return """<section class="consent-banner" id="consent-banner" aria-label="Your visit" hidden>
<p>May we remember your visits on this device, to show you what fits? Nothing is stored unless you
say yes, and you can change your mind at any time. <a href="/content/your-data">Your data</a></p>
<p class="actions"><button class="button" data-consent="granted">Yes, remember</button>
<button class="button" data-consent="denied">No, thank you</button></p></section>
"""


def _choice(tracker: str) -> str:
    links = " · ".join(
        f"<strong>{NAMES[each]}</strong>"
        if each == tracker
        else f'<a href="?tracker={each}" rel="nofollow">{NAMES[each]}</a>'
        for each in TRACKERS
    )
    return f"""<p class="demo-note">Demo: this page is tracked by {links}.
<button type="button" class="link" id="consent-again" hidden>Change consent</button></p>
"""
