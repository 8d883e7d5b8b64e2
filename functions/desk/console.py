"""`GET /console…`: the files of the console, and the one page that shows them all.

Files are asked for below the digest of all of them, so that whoever has one keeps it for ever and a
page never mixes two versions; whatever else is asked is the page, asked for anew each time.
The policy lets it load and call what is ours, and the sign-in; nothing within a page is run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from rapport.headers import SAFE
from rapport.packing import served
from rapport.routes import READ_SCOPE, WRITE_SCOPE

PREFIX = "/console"
FOLDER = Path(__file__).parents[2] / "console"
SCOPE = f"openid {READ_SCOPE} {WRITE_SCOPE}"
KINDS: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
ANEW = "no-cache"
# A page that was opened before a deploy asks for files of its own version: it gets today's, once.
ONCE = "no-store"
PAGE, PREVIEW = "index.html", "preview.html"
# A mail that is looked at: its styles stand in it. The frame around it gives it no origin.
PREVIEW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src https: data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
_FILE = re.compile(r"/([0-9a-f]{16})/([a-z_]+\.(?:css|html|js|svg))")
_ETAG_CHARS = 32


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Where one signs in. `sign_in`: the address of a Cognito domain; empty: told by the issuer.

    `uploads`: the origins that the page puts files to.
    """

    issuer: str
    client: str
    sign_in: str = ""
    uploads: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """What the page calls besides ourselves to sign in."""
        found = urlsplit(self.sign_in or self.issuer)
        return (f"{found.scheme}://{found.netloc}",) if found.netloc else ()


def is_asked(event: Mapping[str, Any]) -> bool:
    """Whether a call of the gateway is for the console."""
    path: str = event.get("rawPath", "")
    return path == PREFIX or path.startswith(f"{PREFIX}/")


@dataclass(frozen=True, kw_only=True)
class Console:
    """Answers from the files of `folder`, which do not change while it lives."""

    setup: Setup
    folder: Path = FOLDER
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read every file."""
        for path in sorted(self.folder.iterdir()):
            if path.suffix in KINDS:
                self.files[path.name] = path.read_bytes()

    @cached_property
    def version(self) -> str:
        """The digest of all files."""
        seen = sha256()
        for name, content in self.files.items():
            seen.update(name.encode() + b"\0" + content + b"\0")
        return seen.hexdigest()[:16]

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer as the gateway wants it (payload format 2.0)."""
        version, name = self._named(event["rawPath"])
        content = self.files.get(name)
        if content is None:
            headers = {**SAFE, "content-type": "text/plain", "cache-control": ONCE}
            return {"statusCode": 404, "headers": headers, "body": ""}
        kind = KINDS[Path(name).suffix]
        if name.endswith(".html"):
            content = self._filled(content.decode()).encode()
        keep = ANEW if not version else FOR_EVER if version == self.version else ONCE
        headers = {
            **SAFE,
            "content-type": kind,
            "cache-control": keep,
            "content-security-policy": self._policy(name),
        }
        asked = event.get("requestContext", {}).get("http", {})
        return served(
            content,
            tag=sha256(content).hexdigest()[:_ETAG_CHARS],
            asked={each.lower(): value for each, value in event.get("headers", {}).items()},
            headers=headers,
            headless=asked.get("method") == "HEAD",
        )

    def _named(self, path: str) -> tuple[str, str]:
        """The version and the file that a path asks for; without a version: the page."""
        found = _FILE.fullmatch(path.removeprefix(PREFIX))
        return (found[1], found[2]) if found else ("", PAGE)

    def _filled(self, page: str) -> str:
        setup = self.setup
        told = {"issuer": setup.issuer, "client": setup.client, "sign_in": setup.sign_in}
        safe = {name: escape(value) for name, value in told.items()}
        return Template(page).substitute(safe, scope=SCOPE, version=self.version)

    def _policy(self, name: str) -> str:
        if name == PREVIEW:
            return PREVIEW_POLICY
        sign_in = " ".join(self.setup.origins)
        called = " ".join(("'self'", *self.setup.origins, *self.setup.uploads))
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            f" connect-src {called}; frame-src 'self'; form-action 'self' {sign_in};"
            " base-uri 'none'; frame-ancestors 'none'"
        )
