"""What DNS says of the sending domain: SPF, DMARC, MAIL FROM, where answers come in.

After RFC 7208 (SPF: one record, at most ten look-ups, two of them empty), RFC 7489 (DMARC) and the
Amazon SES developer guide (custom MAIL FROM domain, e-mail receiving).
"""

from dataclasses import dataclass, field

from rapport.doctor.facts import Identity, Resolver
from rapport.doctor.findings import Answer, Level

MAX_LOOKUPS = 10
MAX_EMPTY = 2
SES_SPF = "amazonses.com"
_NAMED = ("include:", "a:", "mx:", "exists:", "redirect=", "ptr:")
_BARE = ("a", "mx", "ptr")
_QUALIFIERS = "+-~?"


@dataclass
class _Walk:
    """What came to light on the way through an SPF record."""

    lookups: int = 0
    empty: int = 0
    seen: set[str] = field(default_factory=set)


def spf(resolver: Resolver, identity: Identity | None) -> Answer:
    """Whether SES may send for the MAIL FROM domain, by a record that receivers can read."""
    domain = "" if identity is None else identity.mail_from
    if not domain:
        return (
            Level.FAIL,
            "There is no MAIL FROM domain of yours, so SPF speaks for Amazon and not for you.",
            "Set mail_from_domain in cdk.json, deploy, then put its MX and TXT records into DNS.",
        )
    mend = f'Put one TXT record at {domain}: "v=spf1 include:{SES_SPF} ~all".'
    records = _spf_of(resolver, domain)
    if len(records) != 1:
        return Level.FAIL, f"{domain} has {len(records)} SPF records; there must be one.", mend
    walk = _Walk()
    _follow(resolver, domain, records[0], walk)
    if SES_SPF not in walk.seen:
        return Level.FAIL, f"The SPF record of {domain} does not name {SES_SPF}.", mend
    if walk.lookups > MAX_LOOKUPS or walk.empty > MAX_EMPTY:
        told = f"{walk.lookups} look-ups, {walk.empty} of them empty"
        bounds = f"{MAX_LOOKUPS} and {MAX_EMPTY} are allowed"
        return Level.FAIL, f"The SPF record of {domain} takes {told}; {bounds}.", mend
    if "+all" in records[0].split() or "all" in records[0].split():
        return Level.FAIL, f"The SPF record of {domain} lets everybody send.", mend
    return Level.OK, f"{domain} lets SES send ({walk.lookups} look-ups of {MAX_LOOKUPS})."


def _spf_of(resolver: Resolver, domain: str) -> list[str]:
    found = [text.strip().lower() for text in resolver.txt(domain)]
    return [text for text in found if text == "v=spf1" or text.startswith("v=spf1 ")]


def _follow(resolver: Resolver, domain: str, record: str, walk: _Walk) -> None:
    """Count what a receiver would have to look up; stops once that is too much."""
    for term in record.split()[1:]:
        mechanism = term.lstrip(_QUALIFIERS).partition("/")[0]
        name = next((mechanism.removeprefix(p) for p in _NAMED if mechanism.startswith(p)), "")
        if not name and mechanism not in _BARE:
            continue
        walk.lookups += 1
        if walk.lookups > MAX_LOOKUPS:
            return
        if not mechanism.startswith(("include:", "redirect=")):
            looked = resolver.mx if mechanism.startswith("mx") else resolver.addresses
            # What holds a macro depends on the mail; what `ptr` finds on the sender.
            told = "%" in mechanism or mechanism.startswith("ptr")
            walk.empty += not told and not looked(name or domain)
            continue
        if name in walk.seen or "%" in name:
            continue
        walk.seen.add(name)
        inner = _spf_of(resolver, name)
        walk.empty += not inner
        if inner:
            _follow(resolver, name, inner[0], walk)


def dmarc(resolver: Resolver, domain: str, identity: Identity | None) -> Answer:
    """Whether the domain says what becomes of mail that others send in its name."""
    place, tags = _dmarc_of(resolver, domain)
    mend = f'Put a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:dmarc@{domain}".'
    if not place:
        return Level.FAIL, f"{domain} has no DMARC record.", mend
    if not tags:
        return Level.FAIL, f"The DMARC record at _dmarc.{place} is not one that counts.", mend
    policy = tags["p"] if place == domain else tags.get("sp", tags["p"])
    signed = "" if identity is None or not identity.signing else identity.name
    if tags.get("adkim") == "s" and signed and signed != domain:
        what = f"DMARC wants a signature of {domain} itself, and SES signs as {signed}."
        return Level.FAIL, what, "Drop adkim=s from the record, or verify the domain itself."
    if "mailto:" not in tags.get("rua", ""):
        mend = "Add rua=mailto:… to it: only then somebody tells you of mail that fails."
        return Level.WARN, f"The DMARC record at _dmarc.{place} has no address for reports.", mend
    if policy == "none":
        mend = "When its reports name nobody you do not know, make it p=quarantine."
        return Level.WARN, f"DMARC of {domain} only watches (p=none).", mend
    return Level.OK, f"DMARC of {domain}: p={policy}, reports are sent."


def _dmarc_of(resolver: Resolver, domain: str) -> tuple[str, dict[str, str]]:
    """Where the record stands that holds for a domain, and its tags; none for a broken one.

    It is looked for at the domain, then at each domain above it.
    """
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        place = ".".join(labels[start:])
        found = [t for t in resolver.txt(f"_dmarc.{place}") if t.lower().startswith("v=dmarc1")]
        if found:
            pairs = [part.partition("=") for part in found[0].split(";")]
            tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
            good = len(found) == 1 and tags.get("p") in {"none", "quarantine", "reject"}
            return place, tags if good else {}
    return "", {}


def mail_from(resolver: Resolver, identity: Identity | None, region: str) -> Answer:
    """Whether bounces go to a domain of the employer's, in the region of SES."""
    if identity is None or not identity.mail_from:
        return (
            Level.FAIL,
            "Mail goes out with Amazon's own MAIL FROM domain.",
            "Set mail_from_domain in cdk.json, deploy, then put its MX and TXT records into DNS.",
        )
    domain, wanted = identity.mail_from, f"feedback-smtp.{region}.amazonses.com"
    mend = f'Put one MX record at {domain}: "10 {wanted}", and wait until SES has seen it.'
    if resolver.mx(domain) != (wanted,):
        return Level.FAIL, f"The MX record of {domain} is not the one of SES in {region}.", mend
    if identity.mail_from_state != "SUCCESS":
        return Level.FAIL, f"SES says of {domain}: {identity.mail_from_state}.", mend
    return Level.OK, f"MAIL FROM is {domain}, in {region}."


def replies(resolver: Resolver, domain: str, region: str) -> Answer:
    """Whether answers reach SES."""
    if not domain:
        what = "Answers go to reply_to; nobody is known to have answered."
        return Level.WARN, what, "Set reply_domain in cdk.json and brand.yaml, and its MX record."
    wanted = f"inbound-smtp.{region}.amazonaws.com"
    if resolver.mx(domain)[:1] != (wanted,):
        mend = f'Put one MX record at {domain}: "10 {wanted}".'
        return Level.FAIL, f"The MX record of {domain} does not lead to SES in {region}.", mend
    return Level.OK, f"Answers to {domain} reach SES in {region}."


def tracking(resolver: Resolver, domain: str, https: str, region: str) -> Answer:
    """Whether the domain of the pixel is the employer's, and is read in secret."""
    if not domain:
        return Level.OK, "No tracking domain is set: links are the public door's own."
    wanted = f"r.{region}.awstrack.me"
    if resolver.cname(domain) != wanted and not resolver.addresses(domain):
        return Level.FAIL, f"{domain} leads nowhere.", f"Put a CNAME at {domain}: {wanted}."
    if https != "REQUIRE":
        mend = "Set the configuration set's HttpsPolicy to REQUIRE, with a certificate for it."
        return Level.WARN, f"{domain} is also read without TLS.", mend
    return Level.OK, f"The tracking domain is {domain}, by https alone."
