"""Whether a program visits instead of a person. It is labelled with the evidence, never dropped.

The list of crawlers is large, so it is loaded only for an agent that is not written as the browsers
of people write theirs. A library that delivers for somebody else (`python-requests`, `axios`) says
nothing about who visits, so a request's own agent counts only if it claims to be a browser or a
robot.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from rapport.domain.event import Json

LISTED = "user agent is on the list of crawlers"
DRIVEN = "the browser is driven by a program"
# No browser's agent is longer; every character costs hundreds of patterns a look.
MAX_AGENT_CHARS = 512

# `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/…`: a
# platform, an engine, and products with versions. Crawlers add a name, an address or a plus sign.
_PRODUCT = (
    r"(?:AppleWebKit|KHTML|Gecko|Chrome|CriOS|Safari|Firefox|FxiOS|Edg|EdgA|EdgiOS|OPR|OPT|Version"
    r"|Mobile|SamsungBrowser|Vivaldi|YaBrowser|DuckDuckGo|Ddg)/[\w.]+"
)
_USUAL = re.compile(
    r"Mozilla/5\.0 \((?:Windows NT|Macintosh|X11|iPhone|iPad|Linux|Android|Mobile)[^()+@]{0,120}\)"
    rf"(?: (?:{_PRODUCT}|\(KHTML, like Gecko\)|Mobile))+"
)
_ROBOTIC = re.compile(
    r"bot|crawl|spider|slurp|preview|headless|monitor|archive|lighthouse|pagespeed|scan|fetch|proxy"
    r"|https?:|google|bing|yandex|baidu|compatible|agent|datanyze|rigor|turingos",
    re.IGNORECASE,
)
_CLAIMS = re.compile(r"mozilla/|bot\b|crawl|spider|slurp|preview", re.IGNORECASE)


def evidence(context: Json, *, agent: str) -> tuple[str, ...]:
    """What shows that a message is a program's; nothing for a person's.

    `agent` is the user agent of the request itself, empty when it is not the visitor's.
    """
    said: Mapping[str, Json] = context if isinstance(context, dict) else {}
    told = said.get("userAgent")
    agents = {told} if isinstance(told, str) else set()
    if _CLAIMS.search(agent):
        agents.add(agent)
    cut = {each[:MAX_AGENT_CHARS] for each in agents}
    found = (LISTED,) if any(unusual(each) and _listed(each) for each in cut) else ()
    return (*found, DRIVEN) if said.get("webdriver") is True else found


def unusual(agent: str) -> bool:
    """Whether an agent is worth a look at the list."""
    return _USUAL.fullmatch(agent) is None or _ROBOTIC.search(agent) is not None


@lru_cache(maxsize=1024)
def _listed(agent: str) -> bool:
    from crawleruseragents import is_crawler

    return bool(is_crawler(agent))
