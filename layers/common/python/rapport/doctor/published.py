"""What is published: texts, links and addresses, keys, and how far mail reaches."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape

from rapport.brake import Sending, domain_of
from rapport.bundle import Brand, Bundle
from rapport.doctor.findings import Answer, Level
from rapport.domain.decision import MailClass
from rapport.domain.gates import SendMode
from rapport.sending import ramp_cap

# Keys that everybody can read in the demo that Rapport comes with.
SHIPPED_KEYS = ("wk_halden_site", "wk_halden_web", "sk_halden_server")
# More than that on the first day of a domain is taken for spam by large providers.
MOST_ON_FIRST_DAY = 1_000


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A marketing mail as somebody would get it; `fault` says why there is none."""

    template: str
    language: str
    html: str = ""
    text: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.template} ({self.language})"


def postal_address(brand: Brand, mails: Iterable[Rendered]) -> Answer:
    """Whether every marketing mail says where the employer is."""
    address = _words(brand.postal_address)
    lacking = [m.name for m in mails if not address or not _in_both(m, address)]
    if not address or lacking:
        what = f"No postal address in: {', '.join(lacking)}." if lacking else "There is none."
        return Level.FAIL, what, "Show {{ brand.postal_address }} in html and text of each."
    return Level.OK, "Every marketing mail shows the postal address."


def way_out(link: str, mails: Iterable[Rendered]) -> Answer:
    """Whether every marketing mail has the link that ends it."""
    lacking = [m.name for m in mails if not _in_both(m, link)]
    if lacking:
        what = f"No link to unsubscribe in: {', '.join(lacking)}."
        return Level.FAIL, what, "Show {{ links.unsubscribe }} in html and text of each."
    return Level.OK, "Every marketing mail has its link to unsubscribe."


def _in_both(mail: Rendered, words: str) -> bool:
    return not mail.fault and all(words in _words(p) for p in (unescape(mail.html), mail.text))


def _words(text: str) -> str:
    return " ".join(text.split())


def consent_texts(bundle: Bundle) -> Answer:
    """Whether people can agree to every kind of marketing mail, in every language."""
    topics = {t.topic for t in bundle.templates if t.mail_class == MailClass.MARKETING}
    languages = bundle.brand.languages or (bundle.brand.language,)
    known = {statement.topic: statement for statement in bundle.statements}
    lacking = sorted(
        f"{topic} ({language})"
        for topic in topics
        for language in languages
        if topic not in known
        or known[topic].said(language).language != language
        or not known[topic].said(language).text.strip()
    )
    if lacking:
        what = f"No consent text for: {', '.join(lacking)}."
        return Level.FAIL, what, "Write each into playbooks/statements, then publish."
    told = f"{len(topics)} kinds of mail in {', '.join(languages)}"
    return Level.OK, f"There is a consent text for {told}."


def write_keys(enabled: Callable[[str], bool], *, here_only: bool) -> Answer:
    """Whether keys are open that everybody knows. `here_only`: the doors are this machine's."""
    known = [key for key in SHIPPED_KEYS if enabled(key)]
    if known and here_only:
        return Level.OK, "The keys of the demo are open, on this machine alone."
    if known:
        mend = "Give keys of your own in playbooks/sources.yaml, then publish: others are revoked."
        return Level.FAIL, f"Keys that everybody can read are open: {', '.join(known)}.", mend
    return Level.OK, "No key of the demo is open."


def send_mode(brand: Brand, sending: Sending) -> Answer:
    """How far mail reaches now. `brand` is as it is in force."""
    if sending.stop is not None:
        what = f"{sending.stop.by} stopped all mail on {sending.stop.at:%Y-%m-%d %H:%M} UTC."
        return Level.FAIL, what, "When its cause is mended: rapport go."
    match SendMode(brand.send_mode):
        case SendMode.LIVE:
            return Level.OK, f"Mail of {brand.key} goes to everybody who agreed to it."
        case SendMode.ALLOW_LIST:
            told = ", ".join(brand.allow_list) or "nobody"
            return Level.OK, f"Mail of {brand.key} goes to the allow-list alone: {told}."
        case SendMode.OFF:
            mend = f"Try it out first: rapport mode allow-list --brand {brand.key}."
            return Level.WARN, f"Mail of {brand.key} is off.", mend


def ramp(bundle: Bundle, sending: Sending, now: datetime) -> Answer:
    """Whether a new domain starts slowly. `bundle` is as it was published."""
    domain = domain_of(bundle.brand.sender)
    sizes, first = bundle.policy.ramp, sending.first_days.get(domain, "")
    if first:
        cap = ramp_cap(replace(sizes, started=first), now)
        today = "no bound any more" if cap is None else f"{cap} marketing mails today"
        return Level.OK, f"{domain} is live since {first}: {today}."
    if sizes.first_day >= sizes.full:
        mend = "In playbooks/outreach.yaml let ramp.first_day be small, and full what SES takes."
        return Level.FAIL, f"{domain} would send {sizes.first_day} mails on its first day.", mend
    told = f"{sizes.first_day} mails on its first day, {sizes.factor:g} times as many each day"
    if sizes.first_day > MOST_ON_FIRST_DAY:
        mend = f"Begin with {MOST_ON_FIRST_DAY} at most, unless the domain has sent before."
        return Level.WARN, f"{domain} will send {told}.", mend
    return Level.OK, f"{domain} will send {told}, until {sizes.full} a day."
