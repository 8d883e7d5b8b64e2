"""One changed block: the site, a playbook's mail and a mail by hand show the same new version.

Functions read the pointer to the live bundle at most every ten seconds; that is the unit of the
times that are printed. It publishes other playbooks, so it comes last on its stack: suites run in
order of file names.
"""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli import config, publish
from cli.main import commands
from local import inbox
from local.afternoon import READS_FOR
from local.visitors import AGENTS
from tests.e2e.conftest import Live
from tests.e2e.visits import joined, mail, member, post, until

BLOCK, INNER = "how-we-hire", "hiring-steps"
POINTER_SECONDS = 10.0
PATIENCE = 30.0
SUBJECT = "How it goes on from here"
VERSION = re.compile(rf'data-rapport-block="{BLOCK}"\s+data-rapport-version="([0-9a-f]+)"')


@pytest.fixture
def changed(live: Live, tmp_path: Path) -> Path:
    """The published playbooks with other words in one block, which the welcome now tells whole.

    So far it told the block's inner one, and nobody is told the same thing twice.
    """
    folder = Path(shutil.copytree(live.place.state / "playbooks", tmp_path / "playbooks"))
    _replace(folder / "blocks" / f"{INNER}.en.md", "within five working", "within four working")
    for suffix in ("mjml", "txt"):
        _replace(folder / "templates" / f"welcome.{suffix}", f'block "{INNER}"', f'block "{BLOCK}"')
    return folder


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def rapport(live: Live, *args: str) -> Any:
    """What a command answers, as JSON; None when it ends with a mistake."""
    where = {"RAPPORT_CONFIG": str(live.place.local_json)}
    answer = CliRunner().invoke(commands, [*args, "--json"], env=where)
    return json.loads(answer.output) if answer.exit_code == 0 else None


def on_site(live: Live) -> str:
    """The version that the site shows to a visitor whose browser runs no script."""
    url = f"{live.described['site_url']}/content/{BLOCK}?tracker=server"
    asked = Request(url, headers={"User-Agent": AGENTS["python"]})  # noqa: S310  (our own address)
    with urlopen(asked, timeout=30) as page:  # noqa: S310
        found = VERSION.search(page.read().decode())
    assert found is not None
    return found[1]


def in_mail(live: Live, sent: Any) -> str:
    """The version of the block in a mail, as its record tells it."""
    record = live.stores.book.send(sent["tags"]["send_id"])
    assert record is not None
    return dict(zip(record.contents.blocks, record.contents.versions, strict=True))[BLOCK]


def test_a_changed_block_is_the_same_on_the_site_and_in_every_mail_and_is_counted(
    live: Live, changed: Path
) -> None:
    vera = member(live, "vera")
    inbox.choose(dict(mail(live, vera, 2)), {"topic.tracking": "on"})
    wanda = f"wanda-{uuid4().hex[:8]}@inbox.halden.example"
    assert post(live, "/v1/track", joined(wanda)) == (200, {"success": True})
    request = dict(mail(live, wanda, 1))
    before = on_site(live)
    publish.publish(config.load(live.place.local_json), changed)
    began = time.monotonic()
    seconds = {}
    version = until(lambda: v if (v := on_site(live)) != before else None, what="the new version")
    seconds["site"] = time.monotonic() - began
    time.sleep(max(0.0, POINTER_SECONDS - seconds["site"]))
    assert rapport(live, "write", vera, "--subject", SUBJECT, "--text", "See.", "--block", BLOCK)
    inbox.confirm(request)
    welcome = mail(live, wanda, 2)
    seconds["playbook"] = time.monotonic() - began
    by_hand = until(
        lambda: next((m for m in live.inbox.mails(vera) if m["subject"] == SUBJECT), None),
        what="the mail by hand",
    )
    arrived = time.monotonic()
    seconds["by hand"] = arrived - began
    assert {in_mail(live, sent) for sent in (welcome, by_hand)} == {version}
    for part in ("text", "html"):
        assert "within four working days" in welcome[part]
    assert max(seconds.values()) < PATIENCE
    told = ", ".join(f"{name} {each / POINTER_SECONDS:.1f}" for name, each in seconds.items())
    print(f"one block on all channels, in times of the pointer's cache: {told}")

    time.sleep(max(0.0, READS_FOR - (time.monotonic() - arrived)))
    inbox.follow(by_hand, agent=AGENTS["python"], only=0)

    def reported() -> Any:
        answer = rapport(live, "content", "report", BLOCK)
        lines = answer["editions"] if answer else ()
        mine = next((line for line in lines if line["version"] == version), None)
        return mine if mine and mine["clicked"] and mine["site_views"] else None

    line = until(reported, what="the view and the click in the report")
    assert (line["mails"], line["clicked"]) == (2, 1)
