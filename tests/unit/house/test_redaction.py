"""The look-out for persons in outputs sees them, and only them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import suites
from tests.support.gateway import posted
from tests.support.redaction import OURS, leaks

PERSON = "greta.example-person@inbox.halden.example"
PLANTED = """
import logging
import sys

import pytest


@pytest.fixture
def told():
    print("{word}")


def test_print(capsys):
    print("{word}")


def test_stderr():
    print("{word}", file=sys.stderr)


def test_log():
    logging.getLogger("any").warning("{word}")


def test_fixture(told):
    pass
"""


@pytest.fixture
def run(tmp_path: Path) -> "Run":
    return Run(tmp_path)


class Run:
    """Tests that print a word, run by a pytest of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, word: str) -> str:
        (self._folder / "test_planted.py").write_text(PLANTED.format(word=word), encoding="utf-8")
        (self._folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.redaction", self._folder],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout


def test_a_person_in_any_captured_output_fails_the_test_that_let_it_out(run: Run) -> None:
    assert "3 failed, 1 error" in run(PERSON)


def test_a_harmless_word_fails_nothing(run: Run) -> None:
    assert "4 passed" in run("sent one mail, e_4f2a")


@pytest.mark.parametrize(
    "text",
    [
        PERSON,
        f'{{"to":["{PERSON}"]}}',
        "GET /f?e=greta%40inbox.halden.example HTTP/1.1",
        "GRETA@INBOX.HALDEN.EXAMPLE",
        "o'neil+jobs@elsewhere.example.",
    ],
)
def test_an_address_is_seen_however_it_is_written(text: str) -> None:
    assert leaks(text, persons=())


@pytest.mark.parametrize(
    "text", [*OURS, "g•••@inbox.halden.example", "https://jobs.halden.example"]
)
def test_what_names_no_person_is_let_through(text: str) -> None:
    assert not leaks(text, persons=())


def test_whoever_went_through_a_door_is_known_by_cookie_and_user_id() -> None:
    posted("/v1/batch", {"batch": [{"anonymousId": "c-4711-0815", "userId": "user-4711-0815"}]})
    assert leaks("partition anon c-4711-0815") == ["c-4711-0815"]
    assert leaks("user-4711-0815 joined") == ["user-4711-0815"]


@pytest.mark.parametrize(("printed", "ok"), [(f"welcomed {PERSON}", False), ("welcomed", True)])
def test_a_suite_whose_whole_output_names_a_person_has_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, printed: str, ok: bool
) -> None:
    tool = tmp_path / "pytest"
    tool.write_text(f"#!/bin/sh\necho '{printed}'\necho '1 passed in 0.1s'\n", encoding="utf-8")
    tool.chmod(0o700)
    monkeypatch.setattr(suites, "TOOLS", tmp_path)
    outcome = suites.run(suites.Suite(name="planted", command=("pytest",)))
    assert outcome.ok is ok
    assert ("identifier(s) of persons" in outcome.line) is not ok
