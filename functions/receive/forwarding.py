"""An answer on its way to the person of the employer whom it is for."""

from email.utils import formataddr
from html import escape

from functions.receive.reading import Reading
from rapport.bundle import Brand
from rapport.ports import Mail
from rapport.render import header_text

MAX_SUBJECT_CHARS = 150
_NOTHING_WRITTEN = "(They wrote nothing themselves.)"


def forwarded(reading: Reading, brand: Brand, *, to: str, candidate: str) -> Mail | None:
    """The mail; None where it would come back to us, or no address is known to answer to.

    It comes from the brand, for SES sends for no other domain, and answers go to the candidate.
    What the candidate wrote is text in it: nothing of it is a link, markup or a header.
    """
    back = f"@{brand.reply_domain.lower()}"
    if not to or not candidate or to.lower().endswith(back):
        return None
    subject = header_text(reading.subject)[:MAX_SUBJECT_CHARS].strip() or "no subject"
    aside = ""
    if reading.attachments:
        files = "a file was" if reading.attachments == 1 else f"{reading.attachments} files were"
        aside = (
            f"\n\nWith it {files} attached, which we do not keep. Ask for them if you need them."
        )
    words = reading.text or _NOTHING_WRITTEN
    text = f"{words}\n\n-- \nA candidate answered to a mail of {brand.name}.{aside}\n"
    return Mail(
        sender=formataddr((f"{header_text(brand.name)} (candidate)", brand.sender)),
        to=to,
        reply_to=candidate,
        subject=f"Answer: {subject}",
        text=text,
        html=_page(text, brand.language),
        headers=(
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ),
        tags={"class": "forward"},
        tracking=False,
    )


def _page(text: str, language: str) -> str:
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        "<title>Answer of a candidate</title></head><body>"
        f'<div style="white-space:pre-wrap;font:16px/1.5 sans-serif">{escape(text)}</div>'
        "</body></html>"
    )
