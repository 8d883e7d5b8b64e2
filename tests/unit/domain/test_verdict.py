"""Machines and people, told apart by what they do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.domain.verdict import (
    NO_LINK,
    TRAP,
    Act,
    Agent,
    Sent,
    Sign,
    Who,
    agent_of,
    judge,
)
from tests.support.fakes import START

SENT = Sent(delivered=START, links=4)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5)"
APPLE = "Mozilla/5.0"
GMAIL = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def sign(after_s: float, agent: str = IPHONE, **more: object) -> Sign:
    kind, system = agent_of(agent)
    at = START + timedelta(seconds=after_s)
    made = Sign(act=Act.CLICK, at=at, agent=kind, system=system, network="home", link=0)
    return replace(made, **more)  # type: ignore[arg-type]


def opened(after_s: float, agent: str = IPHONE) -> Sign:
    return sign(after_s, agent, act=Act.OPEN, link=NO_LINK)


CASES: tuple[tuple[str, Sequence[Sign], Who, str], ...] = (
    ("a person opens on a phone", [opened(60)], Who.HUMAN, ""),
    ("a person opens in Outlook", [opened(60, OUTLOOK)], Who.HUMAN, ""),
    ("Apple loads images in advance", [opened(600, APPLE)], Who.MACHINE, "apple_mail_privacy"),
    ("Gmail loads images in advance", [opened(600, GMAIL)], Who.MACHINE, "gmail_prefetch"),
    ("Google's proxy shows an image", [opened(600, PROXY)], Who.UNKNOWN, "image_proxy"),
    ("an open at once", [opened(4.9)], Who.MACHINE, "too_soon"),
    ("an open soon", [opened(5)], Who.HUMAN, ""),
    ("an open by nobody", [opened(60, "")], Who.MACHINE, "no_agent"),
    ("a person clicks", [sign(11, WINDOWS)], Who.HUMAN, ""),
    ("a click at once", [sign(9.9)], Who.MACHINE, "too_soon"),
    ("a click before delivery", [sign(-30)], Who.MACHINE, "too_soon"),
    ("a click by a library", [sign(600, "python-requests/2")], Who.MACHINE, "agent_of_a_machine"),
    ("a headless browser", [sign(600, f"{WINDOWS} HeadlessChrome")], Who.MACHINE, "agent_of"),
    ("the hidden link", [sign(600, link=TRAP)], Who.MACHINE, "hidden_link"),
    ("beside the hidden link", [sign(600), sign(640, link=TRAP)], Who.MACHINE, "with_hidden"),
    (
        "from where the hidden link was followed",
        [sign(9000), sign(600, link=TRAP)],
        Who.MACHINE,
        "with_hidden_link",
    ),
    (
        "a person long after the scanner, elsewhere",
        [sign(9000, network="office"), sign(600, link=TRAP)],
        Who.HUMAN,
        "",
    ),
    (
        "three links within ten seconds",
        [sign(600), sign(604, link=1), sign(609, link=2)],
        Who.MACHINE,
        "many_links_at_once",
    ),
    (
        "three links in half a minute",
        [sign(600), sign(615, link=1), sign(630, link=2)],
        Who.HUMAN,
        "",
    ),
    ("the same link three times", [sign(600), sign(602), sign(604)], Who.HUMAN, ""),
    (
        "again by another system",
        [sign(600, WINDOWS), sign(630, IPHONE)],
        Who.MACHINE,
        "repeated_by_another_system",
    ),
    ("after another system", [sign(630, IPHONE), sign(600, WINDOWS)], Who.HUMAN, ""),
    ("the link to unsubscribe", [sign(600, link=NO_LINK)], Who.UNKNOWN, "not_a_link_of_interest"),
)


@pytest.mark.parametrize(("name", "signs", "who", "reason"), CASES, ids=[c[0] for c in CASES])
def test_a_sign_is_judged_by_what_shows_whose_it_is(
    name: str, signs: Sequence[Sign], who: Who, reason: str
) -> None:
    verdict = judge(signs[0], signs, SENT)
    assert verdict.who is who
    assert (
        any(told.startswith(reason) for told in verdict.reasons) if reason else not verdict.reasons
    )


def test_the_cases_cover_every_reason() -> None:
    seen = {told for _, signs, _, _ in CASES for told in judge(signs[0], signs, SENT).reasons}
    two = Sent(delivered=START, links=2)
    seen |= set(judge(sign(600), [sign(600), sign(605, link=1)], two).reasons)
    crowd = Sent(delivered=START, links=4, crowded=frozenset({"home"}))
    seen |= set(judge(sign(600), [], crowd).reasons)
    assert len(seen) == 13
    print(f"verdicts: {len(CASES)} of {len(CASES)} cases as labelled, by {len(seen)} reasons")


def test_all_links_of_a_mail_that_has_one_are_a_person_s() -> None:
    assert judge(sign(600), [], Sent(delivered=START, links=1)).who is Who.HUMAN


def test_a_mail_of_which_no_delivery_was_told_is_judged_by_the_rest() -> None:
    assert judge(sign(1), [], Sent(delivered=None, links=4)).who is Who.HUMAN


def test_what_a_person_agent_says_is_kept_as_class_and_system() -> None:
    assert agent_of(IPHONE) == (Agent.BROWSER, "ios")
    assert agent_of(WINDOWS) == (Agent.BROWSER, "windows")
    assert agent_of("Mozilla/5.0 (compatible; Barracuda Sentinel)") == (Agent.MACHINE, "")
