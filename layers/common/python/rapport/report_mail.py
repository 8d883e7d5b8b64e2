"""The mail that brings a report to people of the employer; it is no mail to candidates.

It goes to the employer's own sending domain and to who is on the brand's allow-list, and nowhere
else: its numbers are nobody else's business. It is submitted once, and neither claimed nor counted.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rapport.bundle import Brand
from rapport.domain.policy import Policy
from rapport.errors import RapportError
from rapport.mailing.envelope import named
from rapport.ports import Mail
from rapport.render import header_text
from rapport.report_page import page, text
from rapport.report_words import words_in
from rapport.reports import Report

WEEK = timedelta(days=7)


class NotTheirsError(RapportError):
    """A report was to go to somebody whose business it is not."""


def may_have(address: str, brand: Brand) -> bool:
    """Whether reports may go to an address."""
    asked = address.strip().lower()
    local, _, domain = asked.rpartition("@")
    listed = {entry.strip().lower() for entry in brand.allow_list}
    return bool(local) and (
        domain == _domain(brand.sender) or not listed.isdisjoint((asked, domain))
    )


def last_week(today: date) -> tuple[date, date]:
    """The seven UTC days before a day, from the first to the last."""
    return today - WEEK, today - timedelta(days=1)


def due(now: datetime, policy: Policy) -> date | None:
    """The day whose report is due now, on the clock of the head office; None: none is.

    It is due from its hour until midnight, so that an hour that the clocks leave out is no loss.
    """
    local, when = now.astimezone(ZoneInfo(policy.home_zone)), policy.report
    here = local.weekday() == when.weekday and local.hour >= when.hour
    return local.date() if when.to and here else None


def strangers(to: Iterable[str], brand: Brand) -> list[str]:
    """Those of some addresses that may not have reports."""
    return [address for address in to if not may_have(address, brand)]


def mails(report: Report, brand: Brand, to: Sequence[str]) -> list[Mail]:
    """A mail to each address, once; NotTheirsError, and no mail, if one of them may not have it."""
    asked = list(dict.fromkeys(address.strip() for address in to))
    if others := strangers(asked, brand):
        msg = (
            f"{len(others)} of the addresses are neither of {_domain(brand.sender)} nor on the"
            " allow-list in brand.yaml; reports go nowhere else."
        )
        raise NotTheirsError(msg)
    title = words_in(brand.language).title
    first, last = report.asked.first, report.asked.last
    return [
        Mail(
            sender=named(brand.name, brand.sender),
            to=address,
            reply_to=brand.reply_to,
            subject=header_text(f"{title}: {brand.name}, {first} to {last}"),
            text=text(report, brand=brand.name, language=brand.language),
            html=page(report, brand=brand.name, language=brand.language),
            headers=(("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")),
            tags={"class": "report"},
            tracking=False,
        )
        for address in asked
    ]


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()
