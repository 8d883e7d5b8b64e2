"""Campaigns at a terminal, and what publishing says of who may approve them."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from cli import main, publish
from cli.rollback import rollback
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.domain.launch import State
from tests.support import on_moto
from tests.support.agency import KEY, Agency
from tests.unit.cli.conftest import Told
from tests.unit.cli.test_publish import edit, folder

__all__ = ["folder"]
LETTER = "There is soup, and it is over by eight."


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Agency:
    office = Agency()
    monkeypatch.setattr("cli.config.load", lambda: on_moto.CONFIG)
    monkeypatch.setattr("cli.campaigns.opened", lambda _: office.campaigns)
    return office


class Terminal:
    """Somebody who types commands."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *args: str, by: str = "per") -> Told:
        said = args if len(args) == 1 else (*args, "--by", by)
        with pytest.raises(SystemExit) as ended:
            main.app(["campaigns" if args == ("all",) else "campaign", *said[args == ("all",) :]])
        told = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Told(code=ended.value.code, out=told.out, err=told.err)


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def test_a_campaign_is_looked_at_approved_and_launched_from_a_terminal(
    office: Agency, terminal: Terminal
) -> None:
    office.audiences.people = [office.room.confirmed()] * 501
    assert "draft" in terminal.run("all").out
    refused = terminal.run(KEY, "launch")
    assert (refused.code, "second person" in refused.err) == (1, True)
    for _ in range(2):
        assert "was asked for by per." in terminal.run(KEY, "ask").out
    own = terminal.run(KEY, "approve", by="kari.holm")
    assert (own.code, "somebody else" in own.err) == (1, True)
    agreed = terminal.run(KEY, "approve", by="ola")
    assert (agreed.code, "asked for" in agreed.out) == (0, False)
    launched = terminal.run(KEY, "launch")
    assert (launched.code, "waiting" in launched.out) == (0, True)
    assert office.room.launches.get(KEY).by == "per"
    assert "launched already" in terminal.run(KEY, "launch").err


def test_it_is_paused_resumed_and_cancelled_from_a_terminal(
    office: Agency, terminal: Terminal
) -> None:
    office.crowd(2)
    assert "not launched" in terminal.run(KEY, "pause").err
    terminal.run(KEY, "launch")
    paused = terminal.run(KEY, "pause", "--why", "a wrong date")
    assert "Paused: a wrong date." in paused.out
    assert "waiting" in terminal.run(KEY, "resume").out
    told = terminal.run(KEY, "cancel", "--json")
    assert json.loads(told.out)["state"] == State.CANCELLED
    assert "was cancelled" in terminal.run(KEY, "resume").err


def test_what_it_would_come_to_is_asked_for_first_and_told_when_it_is_known(
    office: Agency, terminal: Terminal
) -> None:
    office.crowd(3)
    asked = terminal.run(KEY, "preview")
    assert "ask again" in asked.out
    while office.step():
        pass
    told = json.loads(terminal.run(KEY, "preview").out)
    assert (told["people"], told["now"], told["complete"]) == (3, 3, True)
    office.edit(KEY, name="Another name")
    assert "ask again" in terminal.run(KEY, "preview").out


def test_examples_and_seeds_are_shown_and_what_became_of_it(
    office: Agency, terminal: Terminal
) -> None:
    office.crowd(2)
    examples = json.loads(terminal.run(KEY, "examples").out)
    assert len(examples) == 2
    assert all(LETTER in example["text"] for example in examples)
    assert "names no seeds" in terminal.run(KEY, "seed").err
    office.edit(KEY, seeds=("tester@inbox.halden.example",))
    assert terminal.run(KEY, "seed").out.startswith("tester@inbox.halden.example: ")
    terminal.run(KEY, "launch")
    office.run()
    result = terminal.run(KEY, "result")
    assert "done" in result.out
    assert "sent" in result.out


@pytest.mark.parametrize("words", [("other", "show"), (KEY, "explode")])
def test_what_is_no_campaign_or_no_move_is_refused_in_a_line(
    office: Agency, terminal: Terminal, words: tuple[str, str]
) -> None:
    told = terminal.run(*words)
    assert (told.code, len(told.err.splitlines())) == (1, 1)


@pytest.fixture
def launches() -> Iterator[DynamoLaunches]:
    with on_moto.tables():
        boto3.client("s3", "us-east-1").create_bucket(Bucket=on_moto.CONFIG.buckets["bundle"])
        yield DynamoLaunches(on_moto.TABLES["book"])


def test_whoever_publishes_or_takes_back_a_change_of_a_campaign_cannot_approve_it(
    folder: Path, launches: DynamoLaunches, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changers() -> tuple[str, ...]:
        return launches.get(KEY).changers

    first = publish.publish(on_moto.CONFIG, folder, by="kari").hash
    assert changers() == ("kari",)
    publish.publish(on_moto.CONFIG, folder, by="ola")
    assert changers() == ("kari",)
    # By what it names, too; and not by what it does not.
    edit(folder, "templates/welcome.nb.txt", "Hei", "Heisan")
    publish.publish(on_moto.CONFIG, folder, by="liv")
    assert changers() == ("kari",)
    edit(folder, "templates/campaign.txt", "{{ brand.name }}", "{{ brand.name }}.")
    publish.publish(on_moto.CONFIG, folder, by="per")
    assert changers() == ("kari", "per")
    monkeypatch.setattr("getpass.getuser", lambda: "rita")
    assert list(rollback(on_moto.CONFIG, first))
    assert changers() == ("kari", "per", "rita")
