"""What SES says: may it send, how much, as whom, and how are its reports heard."""

from rapport.doctor.facts import Alarms, ConfigurationSet, Destination, Identity, SesAccount
from rapport.doctor.findings import Answer, Level

_HEALTHY, _SUCCESS = "HEALTHY", "SUCCESS"
# What must not be lost comes by both ways.
_BOTH = frozenset({"BOUNCE", "COMPLAINT", "SEND", "REJECT"})


def production(account: SesAccount) -> Answer:
    """Whether SES sends to anybody, or only to verified addresses."""
    if account.production:
        return Level.OK, "SES sends to any address."
    mend = "Ask for production access in the SES console (Account dashboard); it takes a day."
    return Level.FAIL, "The account is in the SES sandbox: only verified addresses get mail.", mend


def standing(account: SesAccount) -> Answer:
    """Whether SES sends for the account now."""
    if not account.sending or account.enforcement == "SHUTDOWN":
        mend = "Read the case that AWS opened in the Support Center, and answer it."
        return Level.FAIL, "SES has stopped sending for this account.", mend
    if account.enforcement != _HEALTHY:
        mend = "Look at bounces and complaints under Reputation metrics before any campaign."
        return Level.WARN, f"SES has the account under review ({account.enforcement}).", mend
    return Level.OK, "SES sends for this account, and finds it healthy."


def quota(account: SesAccount, *, first_day: int, audience: int | None) -> Answer:
    """Whether a day of SES holds the first day of the ramp, and how long an audience takes."""
    if account.quota is None:
        return Level.OK, "SES sets no bound on mails a day."
    told = f"SES takes {account.quota} mails in 24 hours, {account.per_second:g} a second"
    mend = "Ask for more under Service Quotas, Amazon SES: sending quota."
    if account.quota < first_day:
        return Level.FAIL, f"{told}; the first day of the ramp alone is {first_day}.", mend
    if audience is not None and audience > account.quota:
        days = -(-audience // account.quota)
        return Level.WARN, f"{told}; {audience} people take {days} days.", mend
    return Level.OK, f"{told}; {account.used} are used."


def identity(found: Identity | None, domain: str, region: str) -> Answer:
    """Whether SES knows the sending domain, in the region that sends."""
    mend = f"Deploy with sender_domain={domain}, then put its three DKIM records into DNS."
    if found is None:
        return Level.FAIL, f"SES in {region} does not know {domain}.", mend
    if not found.verified:
        return Level.FAIL, f"{found.name} is not verified in {region}.", mend
    return Level.OK, f"{found.name} is verified in {region}."


def dkim(found: Identity | None, domain: str) -> Answer:
    """Whether SES signs what it sends."""
    if found is None:
        return Level.FAIL, f"Nothing signs for {domain}.", "Verify the domain first."
    mend = f"Put the three CNAME records that SES shows for {found.name} into DNS, and wait."
    if not found.signing:
        return Level.FAIL, f"Signing is off for {found.name}.", "Switch on DKIM signatures in SES."
    if found.dkim != _SUCCESS:
        return Level.FAIL, f"SES says of the DKIM records of {found.name}: {found.dkim}.", mend
    how = "Easy DKIM" if found.easy_dkim else "a key of your own"
    return Level.OK, f"SES signs as {found.name}, with {how}."


def reports(found: ConfigurationSet | None) -> Answer:
    """Whether bounces and complaints are told, by both ways."""
    mend = "Run `make deploy` again: both destinations are part of RapportEngine."
    if found is None:
        return Level.FAIL, "SES does not know the configuration set of `send`.", mend
    if not found.sending:
        mend = f"Switch sending on for the configuration set {found.name}."
        return Level.FAIL, "Sending is switched off for the configuration set.", mend
    for kind, name in (("bus", "EventBridge"), ("topic", "SNS")):
        heard = _heard(found.destinations, kind)
        if lacking := sorted(_BOTH - heard):
            return Level.FAIL, f"By {name} SES does not tell: {', '.join(lacking)}.", mend
    return Level.OK, "Bounces and complaints are told by EventBridge, and by SNS once more."


def route(found: ConfigurationSet | None, *, subscribed: bool, alarms: Alarms) -> Answer:
    """Whether what is told is heard, and whether anybody hears that it is not."""
    mend = "Run `make deploy` again: subscription and alarms are part of RapportEngine."
    if found is None or not subscribed:
        return Level.FAIL, "The queue of reports hears no topic of SES.", mend
    if not alarms.made:
        return Level.FAIL, "No alarm tells that reports are left lying.", mend
    if not alarms.telling:
        mend = "Give the alarms of the queue an action, such as an SNS topic with your address."
        return Level.WARN, "The alarms on reports tell nobody.", mend
    return Level.OK, "Reports reach their queue, and an alarm watches it."


def topics(found: ConfigurationSet | None) -> tuple[str, ...]:
    """The topics that SES reports to."""
    if found is None:
        return ()
    return tuple(d.arn for d in found.destinations if d.kind == "topic" and d.enabled)


def _heard(destinations: tuple[Destination, ...], kind: str) -> frozenset[str]:
    sets = [d.kinds for d in destinations if d.enabled and d.kind == kind]
    return frozenset().union(*sets)
