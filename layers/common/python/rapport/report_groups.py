"""By what the mails of a report are told apart: each by the bundle that it went out under."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from rapport.bundle import Bundle
from rapport.campaigns import key_of
from rapport.domain.identifiers import PersonId
from rapport.domain.people_report import Candidate
from rapport.domain.reporting import Mailing
from rapport.errors import MisconfiguredError
from rapport.ports import Bundles


class By(StrEnum):
    """What mails are grouped by."""

    CAMPAIGN = "campaign"
    PLAYBOOK = "playbook"
    SEGMENT = "segment"
    SENDER = "sender"
    SOURCE = "source"
    BRAND = "brand"


class Groups:
    """The group of each mail; an empty name is of what is not known any more."""

    def __init__(
        self, *, by: By, program: str, bundles: Bundles, people: Mapping[PersonId, Candidate]
    ) -> None:
        """Tell apart by one thing; `program`: of one alone, empty: of all."""
        self._bundles = bundles
        self._people = people
        self._program = program
        self._found: dict[str, Bundle | None] = {}
        ways: Mapping[By, Callable[[Mailing], str | None]] = {
            By.CAMPAIGN: lambda mailing: key_of(mailing.program) or None,
            By.PLAYBOOK: lambda mailing: None if key_of(mailing.program) else mailing.program,
            By.SEGMENT: self._segment,
            By.SENDER: self._sender,
            By.SOURCE: self._source,
            By.BRAND: self._brand,
        }
        self._way = ways[by]

    def of(self, mailing: Mailing) -> str | None:
        """The group; None for a mail that the report is not about."""
        if self._program not in {"", mailing.program}:
            return None
        return self._way(mailing)

    def _segment(self, mailing: Mailing) -> str | None:
        """The segment, or `list:<name>`, of a campaign as its mail went out."""
        campaign, bundle = key_of(mailing.program), self._bundle(mailing)
        if not campaign:
            return None
        for each in () if bundle is None else bundle.campaigns:
            if each.key == campaign:
                return each.segment or f"list:{each.list}"
        return ""

    def _sender(self, mailing: Mailing) -> str:
        """In whose name a mail went out."""
        campaign, bundle = key_of(mailing.program), self._bundle(mailing)
        if bundle is None:
            return ""
        names = [c.sender_name for c in bundle.campaigns if c.key == campaign and c.sender_name]
        return names[0] if names else bundle.brand.sender_name

    def _brand(self, mailing: Mailing) -> str:
        bundle = self._bundle(mailing)
        return "" if bundle is None else bundle.brand.key

    def _source(self, mailing: Mailing) -> str:
        candidate = self._people.get(mailing.person)
        return "" if candidate is None else candidate.source

    def _bundle(self, mailing: Mailing) -> Bundle | None:
        if mailing.bundle not in self._found:
            self._found[mailing.bundle] = self._read(mailing.bundle)
        return self._found[mailing.bundle]

    def _read(self, bundle_hash: str) -> Bundle | None:
        try:
            return self._bundles.get(bundle_hash)
        except MisconfiguredError:
            # What it said is not known any more; what came of its mails is.
            return None
