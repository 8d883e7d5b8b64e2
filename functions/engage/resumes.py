"""A résumé with a form: the second page, and what a scanner says of the file.

The file goes straight from the browser to the bucket, by a plain form and without a script; S3
leads the browser back. Nothing of it passes through here, and nobody reads it before a verdict.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from functions.engage.form_words import FormWords
from rapport.errors import PoisonError
from rapport.settings import SCANNER, VERDICT
from rapport.uploads import Ticket, Verdict, Word

ACCEPT = ".pdf,.docx,.odt,.txt"


def asked(ticket: Ticket | None, words: FormWords) -> str:
    """The form that takes a file, in HTML; nothing without a ticket."""
    if ticket is None:
        return ""
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in ticket.fields
    )
    return (
        f'<h2>{escape(words.resume)}</h2>\n<form method="post" enctype="multipart/form-data"'
        f' action="{escape(ticket.url)}">\n{hidden}\n<div class="field">\n'
        f'<label for="file">{escape(words.file)}</label>\n'
        f'<p class="note" id="file-help">{escape(words.file_help)}</p>\n'
        f'<input type="file" id="file" name="file" accept="{ACCEPT}" required'
        f' aria-describedby="file-help">\n</div>\n'
        f'<button type="submit">{escape(words.upload)}</button>\n</form>'
    )


def is_verdict(event: Mapping[str, Any]) -> bool:
    """Whether the function was called with a scanner's word and not with a request."""
    return (event.get("source"), event.get("detail-type")) == (SCANNER, VERDICT)


def verdict_in(event: Mapping[str, Any]) -> Verdict:
    """The word; PoisonError if it is none: a scanner that speaks so needs mending."""
    detail = event.get("detail")
    told = detail if isinstance(detail, Mapping) else {}
    try:
        return Verdict(
            key=str(told["key"]), etag=str(told["etag"]).strip('"'), word=Word(told["verdict"])
        )
    except (KeyError, ValueError):
        msg = "a verdict needs key, etag, and verdict: clean, infected or error"
        raise PoisonError(msg) from None
