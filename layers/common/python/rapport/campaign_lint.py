"""What a campaign is checked for before it may be published, wherever it was written.

Pure, and the same for files and for the console. Its letters are filled in for everybody whom they
may meet: with and without a name, and for somebody whose name is made of markup.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product

from rapport.bundle import Bundle, Template
from rapport.campaigns import ASKED, Campaign, Letter
from rapport.domain.decision import MailClass
from rapport.domain.gates import JobsWish
from rapport.domain.identifiers import normalise_email
from rapport.playbooks import ASK_TEMPLATE
from rapport.render import RenderError, uses, written

MAX_CAMPAIGNS = 500
MAX_KEY_CHARS = 48
MAX_NAME_CHARS = 120
MAX_SUBJECT_CHARS = 150
MAX_TEXT_CHARS = 8_000
MAX_SEEDS = 20
MAX_SENDER_CHARS = 60
MIN_STALE_S, MAX_STALE_S = 3_600, 90 * 86_400
MAX_PRIORITY = 9
LAST_HOUR = 23
YEARS = range(2000, 2200)
MOST = 1_000_000_000
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NOT_IN_A_NAME = re.compile(r'[@<>"\\\x00-\x1f]')
HOSTILE = "<script>alert(1)</script>{{ 7 | times: 7 }}"
_BRAND = ("name", "site_url", "postal_address", "accent", "language", "reply_to")
_BLOCK = ("key", "title", "summary", "html", "text", "url")
_KNOWN = frozenset(
    {
        *(f"brand.{name}" for name in _BRAND),
        *("person.first_name", "person.category", "links.unsubscribe"),
    }
)
_OF_BLOCK = frozenset({"block", *(f"block.{name}" for name in _BLOCK)})


def of_campaigns(bundle: Bundle) -> Iterator[str]:
    """Complaints about all campaigns of a bundle, each with the file that it would stand in."""
    if len(bundle.campaigns) > MAX_CAMPAIGNS:
        yield f"campaigns: there are over {MAX_CAMPAIGNS}; take away those that are done."
    keys = [campaign.key for campaign in bundle.campaigns]
    for campaign in bundle.campaigns:
        here = f"campaigns/{campaign.key}.yaml:"
        if keys.count(campaign.key) > 1:
            yield f"{here} the key stands there twice."
        for complaint in (
            *_of_names(campaign, bundle),
            *_of_people(campaign, bundle),
            *_of_content(campaign, bundle),
            *_of_times(campaign),
            *_of_bounds(campaign),
        ):
            yield f"{here} {complaint}"


def _of_names(campaign: Campaign, bundle: Bundle) -> Iterator[str]:
    if not _KEY.fullmatch(campaign.key) or len(campaign.key) > MAX_KEY_CHARS:
        yield f"the key must be of a-z, 0-9 and -, with at most {MAX_KEY_CHARS} characters."
    if not campaign.name.strip() or len(campaign.name) > MAX_NAME_CHARS:
        yield f"name must be there, with at most {MAX_NAME_CHARS} characters."
    if campaign.brand != bundle.brand.key:
        yield f"the brand {campaign.brand!r} is not that of the bundle, {bundle.brand.key!r}."
    if bool(campaign.segment) == bool(campaign.list):
        yield "name a segment or a list, one of them."
    if campaign.list and not _KEY.fullmatch(campaign.list):
        yield f"the list {campaign.list!r} must be of a-z, 0-9 and -."
    if campaign.asks and not campaign.list.startswith(ASKED):
        yield f"asks is for the lists {ASKED}<import> of `rapport imports repermission` alone."
    if campaign.segment and bundle.segment(campaign.segment) is None:
        yield f"there is no segment {campaign.segment!r}."


def _of_people(campaign: Campaign, bundle: Bundle) -> Iterator[str]:
    if campaign.topic not in {statement.topic for statement in bundle.statements}:
        yield f"no statement covers the topic {campaign.topic!r}."
    if _NOT_IN_A_NAME.search(campaign.sender_name) or len(campaign.sender_name) > MAX_SENDER_CHARS:
        yield f"sender_name must be a name of at most {MAX_SENDER_CHARS} characters."
    if campaign.owner and normalise_email(campaign.owner) is None:
        yield "owner must be the address that answers are forwarded to."
    if len(campaign.seeds) > MAX_SEEDS or len(set(campaign.seeds)) < len(campaign.seeds):
        yield f"seeds must be at most {MAX_SEEDS} addresses, each once."
    if any(normalise_email(seed) is None for seed in campaign.seeds):
        yield "seeds holds something that is no e-mail address."


def _of_content(campaign: Campaign, bundle: Bundle) -> Iterator[str]:
    templates = [t for t in bundle.templates if t.name == campaign.template]
    if not templates:
        yield f"there is no template {campaign.template!r}."
    if any(t.mail_class != MailClass.MARKETING.value for t in templates):
        yield f"the template {campaign.template!r} is not of class marketing."
    if any("letter." not in t.text for t in templates):
        yield f"the template {campaign.template!r} shows no letter."
    asking = {t.mail_class for t in bundle.templates if t.name == ASK_TEMPLATE}
    if campaign.asks and asking != {MailClass.CONFIRMATION.value}:
        yield f"asks needs the template {ASK_TEMPLATE!r}, of class confirmation."
    yield from _of_jobs(campaign, templates)
    if campaign.block and campaign.block not in {block.key for block in bundle.blocks}:
        yield f"there is no block {campaign.block!r}."
    yield from _of_letters(campaign, bundle, templates)


def _of_jobs(campaign: Campaign, templates: list[Template]) -> Iterator[str]:
    if campaign.jobs not in set(JobsWish):
        yield f"jobs must be one of {', '.join(JobsWish)}."
    elif any((t.jobs > 0) != (campaign.jobs != JobsWish.NONE.value) for t in templates):
        yield f"jobs is {campaign.jobs}; its template {campaign.template!r} differs."


def _of_letters(campaign: Campaign, bundle: Bundle, templates: list[Template]) -> Iterator[str]:
    brand = bundle.brand
    if brand.language not in campaign.letters:
        yield f"letters has none in {brand.language}, the brand's language."
    there = {t.language or brand.language for t in templates}
    for language, letter in campaign.letters.items():
        if language not in (*brand.languages, brand.language):
            yield f"letters: {language!r} is none of the brand's languages."
        elif templates and language not in there:
            yield f"letters: the template {campaign.template!r} is not there in {language}."
        for complaint in _of_letter(letter, bundle, block=bool(campaign.block)):
            yield f"letters: {language}: {complaint}"


def _of_letter(letter: Letter, bundle: Bundle, *, block: bool) -> Iterator[str]:
    if not letter.subject.strip() or not letter.text.strip():
        yield "subject and text must both be there."
    if len(letter.subject) > MAX_SUBJECT_CHARS or len(letter.text) > MAX_TEXT_CHARS:
        yield (
            f"a subject has at most {MAX_SUBJECT_CHARS} characters,"
            f" a text {MAX_TEXT_CHARS}; this has more."
        )
        return
    try:
        named = uses(letter.subject).paths | uses(letter.text).paths
        for name in sorted(named - _KNOWN - (_OF_BLOCK if block else frozenset())):
            yield f"{name} is nothing that a campaign knows."
        for data in _everybody(bundle, block=block):
            if not written(letter.subject, letter.text, data)["subject"]:
                yield "the subject comes out empty for somebody."
                return
    except RenderError as error:
        yield f"{error}."


def _everybody(bundle: Bundle, *, block: bool) -> Iterator[Mapping[str, object]]:
    brand = {name: getattr(bundle.brand, name) for name in _BRAND}
    for name, category in product(("", HOSTILE, "Ana"), ("", "nursing")):
        person = {"first_name": name, "category": category}
        yield {
            "brand": brand,
            "person": {key: value for key, value in person.items() if value},
            "links": {"unsubscribe": "https://site.example/u/token"},
            "jobs": [],
            **({"block": dict.fromkeys(_BLOCK, "A word")} if block else {}),
        }


def _of_times(campaign: Campaign) -> Iterator[str]:
    if campaign.at:
        try:
            at = datetime.fromisoformat(campaign.at)
        except ValueError:
            yield f"at {campaign.at!r} is no time such as 2026-12-01T09:00:00+01:00."
        else:
            if at.tzinfo is None:
                yield f"at {campaign.at!r} lacks its offset, as in 2026-12-01T09:00:00+01:00."
            elif at.year not in YEARS:
                yield f"at {campaign.at!r} is in no year from {YEARS[0]} to {YEARS[-1]}."
    if not -1 <= campaign.local_hour <= LAST_HOUR:
        yield f"local_hour must be an hour of the day, 0 to {LAST_HOUR}."
    if not MIN_STALE_S <= campaign.stale_after_seconds <= MAX_STALE_S:
        yield "stale_after must be between 1 hour and 90 days."
    if not 1 <= campaign.priority <= MAX_PRIORITY:
        yield f"priority must be from 1 to {MAX_PRIORITY}."


def _of_bounds(campaign: Campaign) -> Iterator[str]:
    if campaign.most_mails < 0 or campaign.most_usd < 0:
        yield "most_mails and most_usd must not be negative; 0 is no bound."
    # Of what is no number, and of infinity, nobody can reckon how many mails it pays for.
    if not (campaign.most_mails <= MOST and campaign.most_usd <= MOST):
        yield f"most_mails and most_usd must be numbers of at most {MOST:,}."
