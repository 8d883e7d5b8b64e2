"""Playbooks that wait and mails that carry a request: what publishing refuses about them."""

import shutil
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.publish import compile_bundle
from tests.support.mailroom import PLAYBOOKS

PLAYBOOK = "application-reminder.yaml"
TEXT, HTML = "templates/application-reminder.txt", "templates/application-reminder.mjml"
STAGED = "stages: [interview]\noccurrence: application"
CONFIRM_TEXT = "{{ links.confirm | href }}"
CONFIRM_HTML = '<a href="{{ links.confirm | href }}">confirm this address</a>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped playbooks, to be spoilt."""
    return Path(shutil.copytree(PLAYBOOKS, tmp_path / "playbooks"))


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        (PLAYBOOK, "wait: 20h", "wait: 3d", "stale_after must be longer than wait"),
        (PLAYBOOK, "wait: 20h", "wait: 0s", "exits_on needs a wait"),
        (PLAYBOOK, "occurrence: application", "occurrence: event", "exits_on needs a wait, and"),
        (PLAYBOOK, "occurrence: application", "occurrence: event", "only a reminder may carry"),
        (
            PLAYBOOK,
            "unconfirmed: carry",
            "unconfirmed: mail",
            "unconfirmed is one of confirm, carry",
        ),
        (PLAYBOOK, "- ApplicationStarted", "- TalentNetworkJoined", "is about no job"),
        (PLAYBOOK, "- ApplicationSubmitted", "- Unsubscribed", "'Unsubscribed' ends a wait"),
        (PLAYBOOK, "- ApplicationSubmitted", "- Submitted", "'Submitted' ends a wait"),
        (PLAYBOOK, "- ApplicationStarted", "- ApplicationSubmitted", "cannot end it"),
        (PLAYBOOK, "unconfirmed: carry", "unconfirmed: confirm", "links.confirm is nothing that"),
        (PLAYBOOK, "occurrence: application", "occurrence: stage", "so occurrence stage says"),
        (PLAYBOOK, "occurrence: application", STAGED, "so stages says nothing"),
        (TEXT, CONFIRM_TEXT, "", "the txt part lacks links.confirm"),
        (HTML, CONFIRM_HTML, "", "the html part lacks links.confirm"),
        (TEXT, "{{ statement }}", "", "txt part carries the request to confirm without"),
        (HTML, "{{ statement }}", "", "html part carries the request to confirm without"),
        (TEXT, "{{ links.unsubscribe | href }}", "", "the txt part lacks links.unsubscribe"),
        (TEXT, '| default: "there"', "", "person.first_name is undefined"),
        (TEXT, "{{ job.url | href }}", "{{ job.link | href }}", "job.link is nothing"),
        ("templates/welcome.txt", "{{ brand.name }}", "{{ job.title }}", "job.title is nothing"),
    ],
)
def test_a_mistake_is_told(
    folder: Path, name: str, before: str, after: str, complaint: str
) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(CommandError) as told:
        compile_bundle(folder)
    assert complaint in str(told.value)


def test_playbooks_that_need_different_mails_cannot_share_one(folder: Path) -> None:
    welcome = (folder / "talent-network-welcome.yaml").read_text(encoding="utf-8")
    spoilt = welcome.replace("template: welcome", "template: application-reminder")
    (folder / "talent-network-welcome.yaml").write_text(spoilt, encoding="utf-8")
    with pytest.raises(CommandError, match="its playbooks differ"):
        compile_bundle(folder)
