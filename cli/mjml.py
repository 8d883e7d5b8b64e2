"""MJML with Liquid in it → HTML with Liquid in it.

Both are markup, and each would trip over the other: `{% if a < 3 %}` ends an XML parser. So every
Liquid token is swapped for a word that neither knows, MJML is compiled, and the tokens come back.
Data never meets MJML: Liquid runs last, when a mail is made.
"""

import re
from collections.abc import Callable

from mjml import mjml2html

TOKEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORD = "rapportliquid{:05d}x"
_WORDS = re.compile(r"rapportliquid(\d{5})x")


class MjmlError(ValueError):
    """The source is no MJML, or loses Liquid on its way to HTML."""


def to_html(source: str, becomes: Callable[[str], str] = str) -> str:
    """The HTML of an MJML document; MjmlError tells what is wrong with it.

    `becomes` tells what stands in the HTML in the place of a Liquid token; by default the token.
    """
    tokens: list[str] = []

    def take(match: re.Match[str]) -> str:
        tokens.append(match.group())
        return _WORD.format(len(tokens) - 1)

    try:
        html = str(mjml2html(TOKEN.sub(take, source), disable_comments=True))
    except (ValueError, OSError) as error:
        raise MjmlError(" ".join(str(error).split())) from None
    kept = {int(number) for number in _WORDS.findall(html)}
    lost = [token for number, token in enumerate(tokens) if number not in kept]
    if lost:
        msg = f"MJML drops {lost[0]}; put what stands between sections into <mj-raw>"
        raise MjmlError(msg)
    return _WORDS.sub(lambda match: becomes(tokens[int(match.group(1))]), html)
