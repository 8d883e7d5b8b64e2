"""`rapport content report BLOCK`: what became of each edition of a block, on the site and in mails.

Per version: how often people read it on the site, how many mails carried it, and out of how many of
those a person clicked in it. Views by machines are left out and told apart.

Views stand in the log by person and mails in `book` by address, so both tables are scanned once:
half a read unit per 4 KB stored. That is for operators, now and then.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cli import output
from cli.config import Config
from cli.errors import CommandError
from cli.store import Stores, open_stores
from rapport.adapters.editions import S3Editions
from rapport.domain.address import SendRecord, SendState
from rapport.domain.event import Event, Json
from rapport.domain.fate import NOTHING_KNOWN, Fate
from rapport.domain.names import CONTENT_VIEWED
from rapport.domain.statements import is_bot
from rapport.viewing.decisions import properties

# What is told under a version that was never published: anybody may write to a browser's key.
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One version of a block: `views` by people, `mails` that left with it, `clicked` of those."""

    version: str
    language: str = ""
    views: int = 0
    mails: int = 0
    clicked: int = 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """The editions of a block by version; what was read for it, and the views that do not count."""

    block: str
    editions: tuple[Edition, ...]
    machines: int
    views_read: int
    mails_read: int

    @property
    def total(self) -> Edition:
        """All editions together."""
        return Edition(
            version="all",
            views=sum(each.views for each in self.editions),
            mails=sum(each.mails for each in self.editions),
            clicked=sum(each.clicked for each in self.editions),
        )


def report(
    block: str,
    views: Iterable[Event],
    mails: Iterable[SendRecord],
    fates: Callable[[Iterable[str]], Mapping[str, Fate]],
    language_of: Callable[[str], str],
) -> Report:
    """Count. `fates` tells of mails by send key, `language_of` of a version, empty: no such one."""
    seen, machines, views_read = Counter[str](), 0, 0
    for view in views:
        views_read += 1
        told = properties(view)
        if told.get("block") != block:
            continue
        if is_bot(view):
            machines += 1
        else:
            seen[str(told.get("version") or "")] += 1
    carried, mails_read = dict[str, str](), 0
    for mail in mails:
        mails_read += 1
        versions = dict(zip(mail.contents.blocks, mail.contents.versions, strict=True))
        if mail.state is SendState.ACCEPTED and block in versions:
            carried[mail.send_key] = versions[block]
    known = fates(carried)
    clicked = Counter(
        version
        for key, version in carried.items()
        if block in known.get(key, NOTHING_KNOWN).clicked_blocks
    )
    sent = Counter(carried.values())
    languages = {version: language_of(version) for version in {*seen, *sent}}
    counts = dict[str, Counter[str]]()
    for name, counted in (("views", seen), ("mails", sent), ("clicked", clicked)):
        for version, count in counted.items():
            place = version if languages[version] else UNKNOWN
            counts.setdefault(place, Counter())[name] += count
    editions = (
        Edition(version=version, language=languages.get(version, ""), **dict(counts[version]))
        for version in counts
    )
    return Report(
        block=block,
        editions=tuple(sorted(editions, key=lambda e: (-e.views - e.mails, e.version))),
        machines=machines,
        views_read=views_read,
        mails_read=mails_read,
    )


def read(config: Config, block: str) -> Report:
    """The report of a deployment; CommandError when nothing is known of such a block."""
    stores: Stores = open_stores(config)
    editions = S3Editions(config.buckets["bundle"])

    def language_of(version: str) -> str:
        found = editions.get(version) if _is_version(version) else None
        return found.language if found is not None and found.key == block else ""

    found = report(
        block,
        (view for view in stores.log.open([*stores.finder.sealed(CONTENT_VIEWED)]) if view),
        stores.finder.sends(),
        stores.fates.fates,
        language_of,
    )
    if not found.editions and not found.machines:
        msg = f"Nobody has met a block {block!r}: no view on the site, and no mail that carried it."
        raise CommandError(msg)
    return found


def _is_version(text: str) -> bool:
    return len(text) == 16 and not set(text) - set("0123456789abcdef")  # noqa: PLR2004  (cli.blocks)


def to_json(told: Report) -> dict[str, Json]:
    """For programs."""
    return {
        "block": told.block,
        "editions": [_line(each) for each in told.editions],
        "total": _line(told.total),
        "views_by_machines": told.machines,
        "read": {"views": told.views_read, "mails": told.mails_read},
    }


def _line(edition: Edition) -> dict[str, Json]:
    return {
        "version": edition.version,
        "language": edition.language,
        "site_views": edition.views,
        "mails": edition.mails,
        "clicked": edition.clicked,
    }


def show(told: Report) -> None:
    """For people."""
    output.heading(f"{told.block}: what became of each edition")
    lines = [
        (each.version, each.language, f"{each.views}", f"{each.mails}", f"{each.clicked}")
        for each in (*told.editions, told.total)
    ]
    output.rows(("version", "", "views on the site", "mails", "clicked by a person"), lines)
    output.line(
        f"Views by machines, not counted: {told.machines}. Read for this, by a scan of two tables:"
        f" {told.views_read} views and {told.mails_read} mails."
    )
