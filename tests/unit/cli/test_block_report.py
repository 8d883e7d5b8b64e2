"""The report of a block sums up: every view by a person, every mail, every click, once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

from cli.block_report import UNKNOWN, Report, report, to_json
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Contents
from rapport.domain.event import Event, Json
from rapport.domain.fate import Fate
from rapport.domain.identifiers import Ref
from tests.support.histories import joined
from tests.support.mailroom import Mailroom, a_record

COOKIE = Ref("anon#a")
BLOCK, OTHER = "night-work", "small-children"
PUBLISHED = {"a" * 16: "en", "b" * 16: "nb"}
VERSIONS = (*PUBLISHED, "c" * 16, "")
HISTORIES = 200


def a_view(like: Event, block: str, version: str, *, machine: bool) -> Event:
    body: dict[str, Json] = {"properties": {"block": block, "version": version}}
    return replace(like, body=body | ({"bot": ["agent"]} if machine else {}))


def a_mail(
    like: SendRecord, number: int, blocks: Mapping[str, str], state: SendState
) -> SendRecord:
    contents = Contents(blocks=tuple(blocks), versions=tuple(blocks.values()))
    return replace(like, send_key=f"k{number}", state=state, contents=contents)


def counted(
    views: Iterable[Event], mails: Iterable[SendRecord], clicks: Mapping[str, frozenset[str]]
) -> Report:
    fates = {key: Fate(clicked_blocks=blocks) for key, blocks in clicks.items()}
    return report(
        BLOCK,
        views,
        mails,
        lambda keys: {key: fates[key] for key in keys if key in fates},
        lambda version: PUBLISHED.get(version, ""),
    )


def test_the_editions_add_up_to_what_people_did_whatever_it_was() -> None:
    event, random, met = joined(cookie=COOKIE), Random(11), 0
    record = a_record(Mailroom(), state=SendState.ACCEPTED)
    for _ in range(HISTORIES):
        shown = [
            (random.choice((BLOCK, OTHER)), random.choice(VERSIONS), random.random() < 0.3)
            for _ in range(random.randrange(20))
        ]
        mails = [
            a_mail(
                record,
                number,
                {block: random.choice(VERSIONS[:2]) for block in random.sample((BLOCK, OTHER), 1)},
                random.choice(list(SendState)),
            )
            for number in range(random.randrange(20))
        ]
        clicks = {
            mail.send_key: frozenset(random.sample((BLOCK, OTHER), random.randrange(3)))
            for mail in mails
        }
        views = [a_view(event, block, version, machine=m) for block, version, m in shown]
        told = counted(views, mails, clicks)
        mine = [machine for block, _, machine in shown if block == BLOCK]
        carried = [
            mail
            for mail in mails
            if BLOCK in mail.contents.blocks and mail.state is SendState.ACCEPTED
        ]
        assert told.total.views == mine.count(False)
        assert told.machines == mine.count(True)
        assert told.total.mails == len(carried)
        assert told.total.clicked == sum(BLOCK in clicks[mail.send_key] for mail in carried)
        assert (told.views_read, told.mails_read) == (len(views), len(mails))
        met += told.total.views + told.total.mails
    print(f"block reports that sum up: {HISTORIES} of {HISTORIES}, over {met} views and mails")


def test_a_version_that_was_never_published_is_not_taken_for_one() -> None:
    views = [a_view(joined(cookie=COOKIE), BLOCK, version, machine=False) for version in VERSIONS]
    told = counted(views, [], {})
    assert {each.version: each.views for each in told.editions} == {
        **dict.fromkeys(PUBLISHED, 1),
        UNKNOWN: 2,
    }
    assert to_json(told)["total"] == {
        "version": "all",
        "language": "",
        "site_views": 4,
        "mails": 0,
        "clicked": 0,
    }
