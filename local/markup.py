"""The little HTML that the local pages need: escaping, whole documents, and form bodies."""

import html
from collections.abc import Mapping
from urllib.parse import parse_qs

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
# No script, no foreign host, no plug-in: the pages are text, forms and one style sheet.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


def text(value: object) -> str:
    """A value as HTML text, safe in attributes too."""
    return html.escape(str(value), quote=True)


def document(*, title: str, body: str, style: str, head: str = "") -> bytes:
    """A whole page; `title` is plain text, `body` and `head` are HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n"
        f'<link rel="stylesheet" href="{style}">\n<link rel="icon" href="{ICON}">\n'
        f"{head}</head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def form(body: bytes) -> Mapping[str, str]:
    """The fields of a posted form, stripped; of boxes ticked together all values, with commas."""
    fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=50)
    return {name: ", ".join(map(str.strip, values)) for name, values in fields.items()}


ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='9' fill='%230d5c63'/%3E"
    "%3Cpath d='M9 7v18M23 7v18M9 16h14' stroke='white' stroke-width='4'"
    " stroke-linecap='round'/%3E%3C/svg%3E"
)
