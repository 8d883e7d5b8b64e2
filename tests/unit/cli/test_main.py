"""The command line as a whole: help, errors in one line."""

import pytest

from cli import main
from cli.errors import CommandError
from rapport.errors import ErasedError, MisconfiguredError, RetryableError
from tests.unit.cli.conftest import Desk


def test_rapport_alone_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.app([])
    said = capsys.readouterr()
    for name in ("who", "timeline", "why", "unmerge", "link", "block", "review", "publish", "jobs"):
        assert name in said.out + said.err


def test_every_command_has_help() -> None:
    assert all(
        command.callback is not None and command.callback.__doc__
        for command in main.commands.registered_commands
    )


@pytest.mark.parametrize("command", ["who", "timeline", "why"])
@pytest.mark.parametrize("asked", ["", "  "])
def test_whoever_asks_about_nobody_is_asked_who_is_meant(
    capsys: pytest.CaptureFixture[str], command: str, asked: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.app([command, asked])
    said = capsys.readouterr()
    assert ended.value.code == 1
    expected = "rapport: Say who: make why WHO=address, or rapport why|who|timeline ID.\n"
    assert (said.out, said.err) == ("", expected)


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (CommandError("Say it thus."), "Say it thus."),
        (RetryableError("reset\nby peer"), "(reset by peer)"),
        (MisconfiguredError("set X"), "set X"),
        (ErasedError("the body"), "was erased"),
        (RetryableError("the store is out of reach"), "run `make down` and `make up`"),
    ],
)
def test_each_failure_is_one_line(failed: Exception, told: str) -> None:
    said = main.mend(failed)
    assert told in said
    assert "\n" not in said


def test_a_stack_that_does_not_answer_is_told_with_the_mend(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        message = "the store is out of reach"
        raise RetryableError(message)

    monkeypatch.setattr("cli.config.load", unreachable)
    said = desk.run("who", "anybody")
    assert said.code == 1
    assert said.err.count("\n") == 1
