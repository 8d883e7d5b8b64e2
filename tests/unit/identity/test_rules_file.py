"""playbooks/identity.yaml: read strictly, kept in one form, in force within ten seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cli import strict_yaml
from cli.compiling import compile_folder, rules_in
from cli.errors import CommandError
from rapport.domain.identifiers import Namespace
from rapport.domain.rules import Rules
from rapport.errors import MisconfiguredError
from rapport.extraction import domain_tag
from rapport.identity_rules import READ_SECONDS, LiveRules, RulesFile, from_json, parse
from rapport.rules_form import Review
from tests.support.door import REFS
from tests.support.fakes import START, FakeBook, FakeLog
from tests.support.sightings import email, number

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
SHIPPED = PLAYBOOKS / "identity.yaml"


def written() -> dict[str, Any]:
    document: dict[str, Any] = strict_yaml.load(SHIPPED.read_text(encoding="utf-8"))
    return document


def complaints(raw: Any) -> str:
    with pytest.raises(MisconfiguredError) as caught:
        parse(raw)
    return str(caught.value)


def test_the_shipped_file_is_what_holds_without_one() -> None:
    shipped = rules_in(SHIPPED)
    assert shipped == parse({}) == parse(None)
    assert replace(shipped.rules(REFS), hash="default") == Rules()


def test_the_shipped_file_has_every_key_with_a_comment() -> None:
    kept = msgspec.to_builtins(parse({}))
    assert set(written()) == set(kept)
    for part in ("names", "blocked", "review", "caps"):
        assert set(written()[part]) == set(kept[part])
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    keys = [i for i, line in enumerate(lines) if line[:1].isalpha()]
    uncommented = [lines[i] for i in keys if not lines[i - 1].startswith("#")]
    # The keys inside have comments of their own.
    assert uncommented == ["names:"]


def test_a_limit_that_is_left_out_is_as_it_was_and_null_takes_it_away() -> None:
    rules = parse({"caps": {"email": 3, "phone": None}, "hubs": {"email": {"user": None}}}).rules(
        REFS
    )
    assert rules.caps == {Namespace.USER: 1, Namespace.LINKEDIN: 2, Namespace.EMAIL: 3}
    assert rules.hubs[Namespace.EMAIL] == {Namespace.ATS: 25, Namespace.LINKEDIN: 3}
    assert rules.hubs[Namespace.PHONE] == Rules().hubs[Namespace.PHONE]


def test_without_a_veto_names_stop_nothing() -> None:
    assert parse({"names": {"veto": False}}).rules(REFS).veto_on == frozenset()
    assert parse({"names": {"links": ["phone"]}}).rules(REFS).veto_on == {Namespace.PHONE}


def test_what_is_blocked_is_known_by_its_hash_however_it_was_written() -> None:
    one = parse(
        {
            "blocked": {
                "identifiers": ["email: Desk@Agency.example ", "phone:+47 22 33 44 55"],
                "domains": ["AGENCY.example"],
                "mailboxes": ["role:jobs"],
            }
        }
    )
    rules = one.rules(REFS)
    assert rules.blocked == {email("desk@agency.example"), number("+4722334455")}
    assert rules.blocked_tags == {"role:jobs", domain_tag("agency.example", REFS)}
    assert "agency" not in repr(rules)


def test_equal_rules_have_equal_text_and_hash_and_others_have_not() -> None:
    one = parse({"link_on": ["email", "user"], "blocked": {"identifiers": ["user:b", "user:a"]}})
    same = parse({"blocked": {"identifiers": ["user:a", "user: b"]}, "link_on": ["user", "email"]})
    assert (one, one.to_json(), one.hash) == (same, same.to_json(), same.hash)
    assert from_json(one.to_json()) == one
    assert one.rules(REFS).hash == one.hash
    hashes = {parse(raw).hash for raw in ({}, {"caps": {"user": 2}}, {"review": {"hold_at": 81}})}
    assert len(hashes | {one.hash}) == 4


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"cap": {}}, "cap is no key; write `caps`."),
        ({"caps": {"usr": 1}}, "caps.usr is no key; write `user`."),
        ({"hubs": {"email": {"cookie": 1}}}, "hubs.email.cookie is no key; write one of user, ats"),
        ({1: 2}, "1 is no key; write one of link_on"),
        ({"caps": {"user": 0}}, "caps.user: Expected `int` >= 1; write a whole number from 1"),
        ({"caps": {"user": "one"}}, "caps.user: Expected `int | null`, got `str`; write a whole"),
        ({"caps": {"user": True}}, "caps.user: Expected `int | null`, got `bool`"),
        ({"caps": 5}, "caps: Expected `object`, got `int`; write a whole number from 1 per kind"),
        ({"hubs": {"email": {"user": 2.5}}}, "hubs.email.user: Expected"),
        ({"link_on": ["anon"]}, "link_on[0]: Invalid enum value 'anon'; list some of user"),
        ({"link_on": "email"}, "link_on: Expected `array`, got `str`; list some of user"),
        ({"names": {"veto": "off"}}, "names.veto: Expected `bool`, got `str`; write `veto: true`"),
        ({"max_identifiers": 100_000}, "max_identifiers: Expected `int` <= 1024; write a whole"),
        ({"review": {"hold_at": 101}}, "review.hold_at: Expected `int` <= 100; write scores"),
        ({"review": {"hold_at": 10}}, "review: hold_at is below suggest_at, and nothing is"),
        (
            {"blocked": {"identifiers": ["x"]}},
            "blocked.identifiers: 'x' names nobody; write email:",
        ),
        ({"blocked": {"identifiers": ["anon:c"]}}, "'anon:c' names nobody"),
        ({"blocked": {"identifiers": ["phone:22 33"]}}, "'phone:22 33' names nobody"),
        ({"blocked": {"domains": ["agency"]}}, "'agency' is no domain; write it as in"),
        ({"blocked": {"mailboxes": ["rolle"]}}, "'rolle' is no kind of mailbox; write role"),
        ([1], "its content is no mapping of keys; look at the file"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_the_mend(raw: Any, told: str) -> None:
    said = complaints(raw)
    assert said.startswith("identity.yaml: ")
    assert told in said


def test_all_unknown_keys_and_all_nobodies_are_told_at_once() -> None:
    assert len(complaints({"cap": 1, "hub": 2, "caps": {"mail": 1}}).splitlines()) == 3
    blocked = {"identifiers": ["x", "y"], "domains": ["z"]}
    assert len(complaints({"blocked": blocked}).splitlines()) == 3


class Stored:
    """Rules in force that tests change, and how often they were read."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text
        self.reads = 0

    def identity_rules(self) -> str | None:
        self.reads += 1
        return self.text


def test_rules_hold_within_ten_seconds_and_are_read_no_more_often() -> None:
    stored, seconds = Stored(), [0.0]
    live = LiveRules(stored, REFS, clock=lambda: seconds[0])
    assert (live(), live.review(), live.file()) == (parse({}).rules(REFS), Review(), parse({}))
    stored.text = parse({"caps": {"user": 2}, "review": {"hold_sends": True}}).to_json()
    seconds[0] = READ_SECONDS - 0.1
    assert (live().caps[Namespace.USER], live.review().hold_sends) == (1, False)
    seconds[0] = READ_SECONDS
    assert (live().caps[Namespace.USER], live.review().hold_sends) == (2, True)
    assert stored.reads == 2


@pytest.mark.parametrize("text", ["", "{", '"x"', '{"caps":{"user":0}}', '{"later":1}'])
def test_rules_in_force_that_cannot_be_read_are_not_guessed(text: str) -> None:
    with pytest.raises(MisconfiguredError):
        LiveRules(Stored(text), REFS)()


def test_the_book_of_the_tests_keeps_rules() -> None:
    book = FakeBook(FakeLog())
    assert LiveRules(book, REFS).file() == parse({})
    other: RulesFile = parse({"max_identifiers": 64})
    book.put_identity_rules(other.to_json(), now=START)
    assert LiveRules(book, REFS).file() == other


def test_a_folder_without_the_file_has_the_defaults_and_one_with_a_mistake_does_not_compile(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    for file in PLAYBOOKS.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "identity.yaml").unlink()
    assert compile_folder(folder).rules == parse({})
    (folder / "identity.yaml").write_text("caps: {usr: 1}\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"caps\.usr is no key; write `user`"):
        compile_folder(folder)
    (folder / "identity.yaml").write_text("caps: {user: 1, user: 2}\n", encoding="utf-8")
    with pytest.raises(CommandError, match="twice"):
        compile_folder(folder)
    with pytest.raises(yaml.YAMLError):
        strict_yaml.load("caps: {user: 1, user: 2}\n")
