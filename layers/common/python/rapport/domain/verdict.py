"""Whether a person or a machine opened a mail or followed its link, and what shows it.

Scanners open every mail and follow every link before anybody sees it, mail programs load all images
in advance. The rules, each a pure function of signs; RULES names the edition of them.

| what shows it | verdict |
|---|---|
| `Mozilla/5.0` and no more: Apple's privacy proxy loads images in advance | machine |
| Gmail's prefetch, which says that it is Edge 12 | machine |
| the image proxies of Google and Yahoo: somebody's open, or none | unknown |
| no agent, or one of scanners, libraries and headless browsers | machine |
| an open less than 5 s, a click less than 10 s after the mail was delivered, or before | machine |
| the hidden link, and whatever came from the same network or within 60 s of it | machine |
| three links within 10 s, or all links of a mail that has two or more | machine |
| clicks in the mails of three people from one network within 60 s | machine |
| a click that another system repeats within 60 s: a scanner's, and then the person came | machine |
| a link to unsubscribe or to a legal page: whoever it was, it shows no interest | unknown |

Everything else is human. Of the agent only its class and system are kept, of the network address
only a keyed hash of its /24 (/48): enough to judge a sign again by later rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RULES = "1"
TRAP = -1
NO_LINK = -2
_OPEN_TOO_SOON = timedelta(seconds=5)
_CLICK_TOO_SOON = timedelta(seconds=10)
_BURST = timedelta(seconds=10)
_NEAR = timedelta(seconds=60)
_MANY_LINKS = 3
_ALL_LINKS = 2
CROWD = 3
APPLE = "Mozilla/5.0"
_GMAIL_PREFETCH = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246"
_PROXIES = ("googleimageproxy", "yahoomailproxy")
_MACHINES = (
    *(
        "bot",
        "crawl",
        "spider",
        "scan",
        "preview",
        "headless",
        "phantomjs",
        "selenium",
        "puppeteer",
    ),
    *(
        "python",
        "curl/",
        "wget",
        "libwww",
        "java/",
        "okhttp",
        "go-http-client",
        "axios",
        "node-fetch",
    ),
    *("apache-httpclient", "guzzle", "ruby", "perl", "barracuda", "mimecast", "proofpoint"),
    *("safelinks", "fireeye", "trendmicro", "zscaler", "symantec", "cloudmark", "urldefense"),
    *("facebookexternalhit", "whatsapp", "telegram", "slack", "monitor", "dataprovider"),
)
_SYSTEMS = (
    *(("iphone", "ios"), ("ipad", "ios"), ("android", "android"), ("windows", "windows")),
    *(("mac os x", "mac"), ("macintosh", "mac"), ("cros", "chromeos"), ("linux", "linux")),
)


class Act(StrEnum):
    """What came back."""

    OPEN = "open"
    CLICK = "click"


class Agent(StrEnum):
    """What kind of program asked, as far as its own word tells."""

    BROWSER = "browser"
    APPLE = "apple"
    GMAIL = "gmail"
    PROXY = "proxy"
    MACHINE = "machine"
    NONE = "none"


class Who(StrEnum):
    """Whose a sign is."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One open or click, with what it is judged by.

    `link` is the number of the link in its mail, `TRAP` the hidden one, `NO_LINK` none of those
    that count. `system` is the operating system, `network` a keyed hash; either may be empty.
    """

    act: Act
    at: datetime
    agent: Agent
    system: str = ""
    network: str = ""
    link: int = NO_LINK
    block: str = ""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What is known of the mail. `links` that a person can see; `delivered` None: not told."""

    delivered: datetime | None
    links: int = 0
    # Networks from which the mails of `CROWD` people or more were clicked within a minute.
    crowded: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whose a sign is, and what shows it; a human's shows nothing else."""

    who: Who
    reasons: tuple[str, ...] = ()


def agent_of(text: str) -> tuple[Agent, str]:
    """The kind of program and the operating system that a user agent claims."""
    said = text.strip().lower()
    system = next((name for word, name in _SYSTEMS if word in said), "")
    if not said:
        return Agent.NONE, ""
    if text.strip() == APPLE:
        return Agent.APPLE, ""
    if _GMAIL_PREFETCH.lower() in said:
        return Agent.GMAIL, ""
    if any(word in said for word in _PROXIES):
        return Agent.PROXY, ""
    if any(word in said for word in _MACHINES):
        return Agent.MACHINE, system
    return Agent.BROWSER, system


def judge(sign: Sign, among: Iterable[Sign], sent: Sent) -> Verdict:
    """Whose a sign is, among all signs of its mail, itself included or not."""
    reasons = tuple(_by_agent(sign))
    others = [other for other in among if other.act is Act.CLICK]
    if sign.act is Act.CLICK:
        if sign.link == NO_LINK:
            return Verdict(who=Who.UNKNOWN, reasons=(*reasons, "not_a_link_of_interest"))
        reasons += tuple(_by_clicks(sign, others, sent))
    wait = _OPEN_TOO_SOON if sign.act is Act.OPEN else _CLICK_TOO_SOON
    if sent.delivered is not None and sign.at < sent.delivered + wait:
        reasons += ("too_soon",)
    if reasons:
        return Verdict(who=Who.MACHINE, reasons=reasons)
    if sign.agent is Agent.PROXY:
        return Verdict(who=Who.UNKNOWN, reasons=("image_proxy",))
    return Verdict(who=Who.HUMAN)


def _by_agent(sign: Sign) -> Iterable[str]:
    told = {
        Agent.APPLE: "apple_mail_privacy",
        Agent.GMAIL: "gmail_prefetch",
        Agent.MACHINE: "agent_of_a_machine",
        Agent.NONE: "no_agent",
    }
    if sign.agent in told:
        yield told[sign.agent]


def _by_clicks(sign: Sign, clicks: Sequence[Sign], sent: Sent) -> Iterable[str]:
    if sign.link == TRAP:
        yield "hidden_link"
    elif any(_trapped_with(sign, other) for other in clicks if other.link == TRAP):
        yield "with_hidden_link"
    most = _links_at_once(sign, clicks)
    if most >= _MANY_LINKS:
        yield "many_links_at_once"
    elif most == sent.links >= _ALL_LINKS:
        yield "all_links_at_once"
    if sign.network and sign.network in sent.crowded:
        yield "many_people_from_one_network"
    if any(_twin_of(sign, other) for other in clicks):
        yield "repeated_by_another_system"


def _trapped_with(sign: Sign, trap: Sign) -> bool:
    same = bool(sign.network) and sign.network == trap.network
    return same or abs(sign.at - trap.at) <= _NEAR


def _links_at_once(sign: Sign, clicks: Sequence[Sign]) -> int:
    """How many links were followed within some 10 s that the sign is in, at most."""
    seen = [sign, *(each for each in clicks if each.link >= 0)]
    starts = [each.at for each in seen if timedelta(0) <= sign.at - each.at <= _BURST]
    return max(
        len({each.link for each in seen if timedelta(0) <= each.at - start <= _BURST})
        for start in starts
    )


def _twin_of(sign: Sign, later: Sign) -> bool:
    """Whether another system follows the same link soon after: then this was the scanner."""
    systems = sign.system, later.system
    soon = timedelta(0) < later.at - sign.at <= _NEAR
    return soon and later.link == sign.link and all(systems) and systems[0] != systems[1]
