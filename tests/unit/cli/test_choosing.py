"""A mail is shown for a stored person as they would get it: their jobs, their next block."""

from datetime import timedelta
from functools import cache

import pytest

from cli import compiling, previewing
from cli.content import PLAYBOOKS
from rapport.adapters.dynamo.book_rows import address_row
from rapport.domain.address import AddressState, LedgerEntry
from rapport.domain.identifiers import Namespace
from rapport.ports import Mail
from tests.unit.cli.conftest import Desk
from tests.unit.cli.test_match import joined, office

__all__ = ["office"]
ANA = "ana@inbox.halden.example"
whole = cache(compiling.compile_folder)


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files do not change here: they are compiled once."""
    monkeypatch.setattr(compiling, "compile_folder", lambda folder, site_url="": whole(folder))


def test_a_person_is_shown_the_jobs_that_fit_them_with_the_reasons(office: Desk) -> None:
    joined(office)
    shown = office.run("content", "preview", "job-alert", "--as", ANA)
    assert shown.code == 0
    assert "new jobs at Halden Clinics that fit" in shown.out
    assert "in the field you chose" in shown.out
    assert "Nurse" in shown.out
    assert "Phlebotomist" not in shown.out


def test_of_blocks_a_person_is_shown_one_that_they_have_not_had(office: Desk) -> None:
    joined(office)
    titles = {b.key: b.edition().title for b in whole(PLAYBOOKS).bundle.blocks}

    def subject() -> str:
        out = office.run("content", "preview", "keep-in-touch", "--as", ANA).out
        return next(line for line in out.splitlines() if line)

    first = subject()
    [had] = [key for key, title in titles.items() if title == first]
    entry = LedgerEntry(
        at=office.clock() - timedelta(days=3), program="keep-in-touch", send_key="s", blocks=(had,)
    )
    address_row(
        AddressState(ref=office.ref(Namespace.EMAIL, ANA), version=1, ledger=(entry,))
    ).save()
    second = subject()
    assert second != first
    assert second in titles.values()


def test_a_mail_that_a_person_would_not_get_says_so(office: Desk) -> None:
    office.say(user="u-9", email=ANA, first_name="Ana")
    office.enrich()
    shown = office.run("content", "preview", "job-alert", "--as", ANA)
    assert f"It would not go to {ANA} now: no open job fits" in shown.out


def test_a_recruiters_mail_shows_no_block_unless_one_is_named(office: Desk) -> None:
    joined(office)
    bare = office.run("content", "preview", "one-to-one", "--as", ANA).out
    assert "Here is what I meant" not in bare
    named = office.run("content", "preview", "one-to-one", "--as", ANA, "--block", "how-we-hire")
    assert "Here is what I meant" in named.out


def test_a_test_mail_of_a_person_goes_to_the_tester_alone(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(office)
    sent: list[Mail] = []
    way = previewing.Sending(configuration_set="c", endpoint="", public_url="https://u.example")
    monkeypatch.setattr(previewing, "sending", lambda _config: way)

    def send(_way: previewing.Sending, mail: Mail) -> str:
        sent.append(mail)
        return "m-1"

    monkeypatch.setattr(previewing, "send", send)
    tester = "tester@inbox.halden.example"
    told = office.run("content", "preview", "job-alert", "--as", ANA, "--send", tester)
    assert told.out == f"Sent to {tester}, as a test: m-1.\n"
    [mail] = sent
    assert mail.to == tester
    assert "in the field you chose" in mail.text
    assert "https://u.example/u/" in mail.text
    refused = office.run("content", "preview", "welcome", "--send", "tester@elsewhere.example")
    assert refused.code == 1
    assert "allow_list" in refused.err
    assert len(sent) == 1
