"""`rapport ats …` at a terminal: from connecting a system to replays and pushes."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest

from cli import ats_pushing
from cli.ats_setup import SET_UPS
from cli.ats_store import Desk as Room
from cli.config import Config
from functions.ats.flow import REFUSALS, Delivery, kept_content
from rapport.adapters.ats import VENDORS
from rapport.adapters.dynamo.models import EventRow
from rapport.adapters.http import Answer, Http
from rapport.ats import Connection, Taken
from rapport.domain.event import Json
from rapport.domain.names import APPLICATION_RECEIVED
from rapport.intake import AtsIntake
from rapport.pushes import PushState, Shown
from rapport.pushing import Pushed
from tests.support import on_moto
from tests.support.ats import signing
from tests.support.ats.servers import Ashby, served
from tests.unit.cli.conftest import Desk

DOCS = Path(__file__).resolve().parents[3] / "docs"
AT = "2026-11-20T08:00:00.000Z"
APPLIED = {
    "id": "a1",
    "status": "Active",
    "candidate": {"id": "c1", "name": "Ada Holm"},
    "currentInterviewStage": {"id": "s1", "title": "First talk", "type": "Active"},
    "job": {"id": "j1", "title": "Nurse"},
    "createdAt": AT,
    "updatedAt": AT,
}


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Somebody at a terminal of a deployment that can have connections."""

    desk: Desk
    config: Config

    def ok(self, *args: str) -> str:
        said = self.desk.run("ats", *args)
        assert said.code == 0, (said.out, said.err)
        return said.out

    def fails(self, *args: str) -> str:
        said = self.desk.run("ats", *args)
        assert said.code == 1, said.out
        return said.out + said.err

    @property
    def room(self) -> Room:
        return Room(self.config)

    def stored(self, name: str) -> Connection:
        return self.room.connection(name)

    def keep(self, to: Connection, body: object, at: datetime, reason: str = "fault") -> None:
        """A genuine delivery that nobody could read when it came."""
        signed = signing.deliver(to, body, at)
        delivery = Delivery(connection=to.name, headers=signed.headers, body=signed.body)
        self.room.door.kept.keep(to.name, reason, at, kept_content(delivery, to, at))


class Front(Http):
    """The public address, with the real flow behind it; all else is called."""

    config: Config

    def post(self, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        before, _, name = url.rpartition("/webhooks/")
        if before != self.config.api_url:
            return super().post(url, headers, body)
        told = {key.lower(): value for key, value in (headers or {}).items()}
        received = Room(self.config).door.receive(
            Delivery(connection=name, headers=told, body=body)
        )
        if received.reply is None:
            return Answer(status=REFUSALS[received.code][0])
        return Answer(status=received.reply.status)


@pytest.fixture
def terminal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    buckets = {**on_moto.CONFIG.buckets, "drop": "rapport-drop"}
    s3, sqs = boto3.client("s3", "us-east-1"), boto3.client("sqs", "us-east-1")
    for bucket in buckets.values():
        s3.create_bucket(Bucket=bucket)
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive = json.dumps({"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 5})
    url = sqs.create_queue(QueueName="sync", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    config = replace(on_moto.CONFIG, buckets=buckets, queues={"sync": url})
    Front.config = config
    monkeypatch.setattr("cli.config.load", lambda: config)
    monkeypatch.setattr("cli.ats_store.Http", Front)
    # Nobody types anything.
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return Terminal(desk=desk, config=config)


@pytest.fixture
def vendor() -> Ashby:
    mail = {"value": "ada@mail.example", "type": "Personal", "isPrimary": True}
    who = [
        {"id": f"c{n}", "name": "Ada Holm", "primaryEmailAddress": mail, "updatedAt": AT}
        for n in range(1, 4)
    ]
    job = {"id": "j1", "title": "Nurse", "status": "Open", "updatedAt": AT}
    return Ashby({"jobs": [job], "candidates": who, "applications": [APPLIED]})


def stored_events() -> dict[str, str]:
    return {row.sk.rpartition("#")[2]: row.origin for row in EventRow.scan()}


def test_whoever_connects_is_told_what_to_click_and_sees_the_secret_once(
    terminal: Terminal,
) -> None:
    said = terminal.ok("connect", "gh-main", "--vendor", "greenhouse")

    (secret,) = terminal.stored("gh-main").secrets
    assert secret in said
    assert "Address  https://api.example/webhooks/gh-main" in said
    set_up = SET_UPS["greenhouse"]
    lines = {
        line.removeprefix("And best").removeprefix("Tick").strip() for line in said.split("\n")
    }
    assert {*set_up.needed, *set_up.useful} <= lines
    assert "Next: rapport ats test gh-main" in said
    assert "--api client_id --api client_secret" in said
    shown = terminal.ok("show", "gh-main") + terminal.ok("list")
    assert secret not in shown
    assert "greenhouse" in shown


def test_a_rotated_secret_leaves_the_one_before_good_and_no_older_one(terminal: Terminal) -> None:
    terminal.ok("connect", "own", "--vendor", "standard")
    (first,) = terminal.stored("own").secrets
    terminal.ok("connect", "own", "--rotate")
    second, *before = terminal.stored("own").secrets
    said = terminal.ok("connect", "own", "--rotate")

    third = terminal.stored("own").secrets
    assert before == [first]
    assert third == (third[0], second)
    assert third[0].startswith("whsec_")
    assert third[0] in said
    assert "there is no connection other" in terminal.fails("connect", "other", "--rotate").lower()


def test_what_the_settings_file_does_not_name_stays_and_what_is_wrong_is_told_unseen(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("stages:\n  4001: interview\nspeaks:\n  intervew: rapport\nbrand: halden\n")
    args = ("connect", "gh", "--vendor", "greenhouse", "--secret", "s-1", "--file", str(file))
    said = terminal.ok(*args, "--api", "client_secret=of-the-api")
    assert "`speaks` names intervew, and no stage is mapped to it" in said

    file.write_text("custom_fields: [start]\n")
    terminal.ok("connect", "gh", "--file", str(file))
    made = terminal.stored("gh")
    assert (made.brand, made.secrets, dict(made.stages)) == (
        "halden",
        ("s-1",),
        {"4001": "interview"},
    )
    assert made.custom_fields == ("start",)
    assert made.api == {"client_secret": "of-the-api"}
    assert "of-the-api" not in terminal.ok("show", "gh")

    for wrong, mend in {
        "brnd: x": "brnd is no field",
        "speaks: {interview: hidden-word}": "what stands at",
        "secrets: [hidden-word": "it is YAML",
        "just text hidden-word": "holds no fields",
        "mapping: {files: [{name: x.csv, kind: hidden, id: a, columns: {}}]}": "mapping of files",
    }.items():
        file.write_text(wrong)
        told = terminal.fails("connect", "gh", "--file", str(file))
        assert mend in told or "kind" in told, told
        assert "hidden-word" not in told
    assert "disconnect gh" in terminal.fails("connect", "gh", "--vendor", "ashby")
    assert "--vendor" in terminal.fails("connect", "new")
    assert "whsec_" in terminal.fails("connect", "s", "--vendor", "standard", "--secret", "short")


def test_a_system_that_drops_files_is_told_where_to(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        "mapping:\n  files:\n"
        "    - {name: 'c*.csv', kind: candidates, format: csv, id: Id, columns: {Id: candidate.id}}"
    )
    said = terminal.ok("connect", "wd", "--vendor", "workday", "--file", str(file))

    assert "s3://rapport-drop/drop/wd/" in said
    assert "drop/wd/" in terminal.ok("test", "wd")


def test_disconnecting_takes_the_secret_away(terminal: Terminal) -> None:
    terminal.ok("connect", "gh", "--vendor", "greenhouse")
    assert terminal.desk.run("ats", "disconnect", "gh").code == 1, "nobody said yes"
    assert "Disconnected gh" in terminal.ok("disconnect", "gh", "--yes")
    assert "connect` does it" in terminal.ok("list")
    assert "There is no connection gh" in terminal.fails("show", "gh")


def test_a_ping_is_signed_as_each_vendor_signs_taken_and_leaves_nothing(terminal: Terminal) -> None:
    taken = 0
    for vendor in VENDORS:
        secret = signing.connection(vendor).secrets[0]
        terminal.ok("connect", vendor, "--vendor", vendor, "--secret", secret)

        said = terminal.desk.run("ats", "test", vendor).out

        assert "ok    signed delivery: taken (20" in said, vendor
        assert "ok    forged delivery: refused (401)" in said, vendor
        assert terminal.room.kept(vendor) == []
        taken += 1
    assert stored_events() == {}
    print(f"pings signed and taken {taken}/{len(VENDORS)}, forged and refused {taken}, stored 0")


def test_a_door_that_has_another_secret_is_told_with_the_mend(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ok("connect", "gh", "--vendor", "greenhouse", "--secret", "s-1")
    monkeypatch.setattr("cli.ats_testing.delivery", _signed_by("s-2"))
    said = terminal.fails("test", "gh")
    assert "mend  signed delivery: answered with 401" in said
    assert "minute" in said
    terminal.ok("connect", "sr", "--vendor", "smartrecruiters")
    assert "there is no signing secret" in terminal.fails("test", "sr")


def _signed_by(secret: str) -> object:
    from cli.ats_testing import SIGNINGS

    def signed(connection: Connection, *, token: str, now: datetime) -> object:
        return SIGNINGS[connection.vendor](secret, token, now)

    return signed


def test_what_the_api_lets_us_read_is_told_kind_by_kind(terminal: Terminal, vendor: Ashby) -> None:
    terminal.ok("connect", "as", "--vendor", "ashby")
    assert "note  API: no access" in terminal.ok("test", "as")
    terminal.ok("connect", "le", "--vendor", "lever", "--secret", "s-1")
    assert "mend  API: no access" in terminal.fails("test", "le"), "there it is needed"
    with served(vendor) as base:
        terminal.ok("connect", "as", "--api", "key=key", "--api", f"base_url={base}")
        said = terminal.ok("test", "as")
        assert "ok    API: candidates: 2 and more changed in the last 30 days" in said
        assert "ok    API: jobs: 1 changed" in said
        terminal.ok("connect", "as", "--api", "key=wrong")
        assert "Give its key the right to read jobs" in terminal.fails("test", "as")


def test_a_dry_run_counts_a_first_run_reads_and_the_drift_is_told(
    terminal: Terminal, vendor: Ashby
) -> None:
    terminal.ok("connect", "as", "--vendor", "ashby", "--api", "key=key")
    assert "never read" in terminal.ok("drift", "as")
    with served(vendor) as base:
        terminal.ok("connect", "as", "--api", f"base_url={base}")
        dry = terminal.ok("backfill", "as", "--dry-run", "--here")
        assert re.search(r"3 candidates\n", dry)
        assert re.search(r"1 applications\n", dry)
        assert stored_events() == {}
        assert terminal.room.pulls.connections() == []

        some = terminal.ok("backfill", "as", "--here", "--kind", "candidates")
        assert "3 events are new" in some
        assert "applications" not in some
        assert terminal.room.pulls.get("as") is None, "the hourly run still reads everything"

        terminal.desk.clock.forward(minutes=1)
        told = terminal.ok("backfill", "as", "--here")
        assert "3 were told before" in told
        assert {*stored_events().values()} == {"backfill"}
        assert terminal.room.pulls.connections() == ["as"]

        vendor.rows["candidates"].append({"id": "c9", "name": "Bo", "updatedAt": AT})
        terminal.desk.clock.forward(minutes=1)
        again = terminal.ok("backfill", "as", "--here")
        assert "read whole once more" in again
        assert "1 candidate.updated: no webhook had told it" in again
    said = terminal.ok("drift", "as")
    assert "missed     1 candidate.updated by the webhooks" in said
    assert "watermark  2026-11-23 09:0" in said
    assert "waits      0 pieces" in said


def test_a_run_of_the_function_is_watched_until_its_end(
    terminal: Terminal, vendor: Ashby, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits gives the function time to work off one message, with time for one page."""
    sqs = boto3.client("sqs", "us-east-1")
    pages: list[int] = []

    def works(_seconds: float) -> None:
        url = terminal.config.queues["sync"]
        for told in sqs.receive_message(QueueUrl=url).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=told["ReceiptHandle"])
            terminal.room.sync.do(json.loads(told["Body"]), until=terminal.desk.clock())
            pages.append(1)

    monkeypatch.setattr("cli.clock.pause", works)
    with served(vendor) as base:
        terminal.ok(
            *("connect", "as", "--vendor", "ashby", "--api", "key=key"),
            *("--api", f"base_url={base}"),
        )
        said = terminal.ok("backfill", "as")
    assert len(pages) == 4
    assert "Read to the end" in said
    assert re.search(r"3 candidates\n", said)


def test_whoever_stops_a_run_in_the_process_goes_on_at_that_page_without_a_wait(
    terminal: Terminal, vendor: Ashby
) -> None:
    def stop() -> None:
        if vendor.asked.count(("POST", "/candidate.list")) == 2:
            vendor.meanwhile = None
            stopped.set()

    stopped = Event()
    vendor.meanwhile = stop
    with served(vendor) as base:
        api = ("--api", "key=key", "--api", f"base_url={base}")
        terminal.ok("connect", "as", "--vendor", "ashby", *api)
        take = AtsIntake.take

        def interrupted(self: AtsIntake, *args: Any, **options: Any) -> Taken:
            if stopped.is_set():
                raise KeyboardInterrupt
            return take(self, *args, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AtsIntake, "take", interrupted)
            assert terminal.desk.run("ats", "backfill", "as", "--here").code != 0
        said = terminal.ok("backfill", "as", "--here")
    assert "goes on, at candidates, page 2." in said
    assert vendor.asked.count(("POST", "/candidate.list")) == 3
    assert "4 events are new" in said, "each of the run, and none of them twice"


def test_a_run_that_nobody_works_on_is_told_and_what_waits_is_seen(
    terminal: Terminal, vendor: Ashby, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ok("connect", "gh", "--vendor", "greenhouse")
    assert "has no API that is read here" in terminal.fails("backfill", "gh")
    with served(vendor) as base:
        terminal.ok(
            *("connect", "as", "--vendor", "ashby", "--api", "key=key"),
            *("--api", f"base_url={base}"),
        )
        assert "--kind is one of" in terminal.fails("backfill", "as", "--kind", "offers")
        monkeypatch.setattr("cli.clock.pause", lambda _: terminal.desk.clock.forward(seconds=600))
        assert "No page came for 20 minutes" in terminal.fails("backfill", "as")
        sqs = boto3.client("sqs", "us-east-1")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MessageBody="{}")
        said = terminal.ok("drift", "as")
    assert "waits      1 pieces" in said
    assert "given up   1 pieces" in said


def test_kept_bodies_are_taken_in_again_the_old_ones_as_history_and_dropped(
    terminal: Terminal,
) -> None:
    terminal.ok("connect", "as", "--vendor", "ashby")
    to, now = terminal.stored("as"), terminal.desk.clock()
    assert "Nothing of as is kept" in terminal.ok("replay", "as")

    def submitted(ident: str) -> dict[str, object]:
        application = {**APPLIED, "id": ident}
        return {"action": "applicationSubmit", "data": {"application": application}}

    terminal.keep(to, submitted("old"), now - timedelta(hours=25))
    terminal.keep(to, submitted("new"), now - timedelta(hours=1))
    terminal.keep(to, {"action": "newThing"}, now, "unknown_event")
    listed = terminal.ok("replay", "as")
    assert "unknown_event" in listed
    assert "2 fault" in terminal.ok("drift", "as")

    said = terminal.fails("replay", "as", "--all")

    assert "as history: nothing is mailed for it; dropped" in said
    assert "stays: unknown_event" in said
    assert "2 taken in, 1 stay" in said
    received = [row.origin for row in EventRow.scan() if row.type == APPLICATION_RECEIVED]
    assert sorted(received) == ["backfill", "live"]
    (left,) = terminal.room.kept("as")
    told = terminal.desk.run("quarantine", "replay", left.id).err
    assert f"rapport ats replay as --id {left.id}" in told
    assert f"{left.id}  stays" in terminal.fails("replay", "as", "--id", left.id)
    rows: Json = [{"row": 2, "reason": "id", "cells": {}}]
    terminal.room.door.kept.keep("as", "rows", now, {"file": "drop/as/c.csv", "rows": rows})
    assert "drop the file again" in terminal.fails("replay", "as", "--all")
    assert "Nothing of as is kept as abc" in terminal.fails("replay", "as", "--id", "abc")


def test_stages_that_no_playbook_sees_stand_first_with_what_to_write(
    terminal: Terminal, tmp_path: Path, vendor: Ashby
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("stages: {s2: offer}\n")
    terminal.ok("connect", "as", "--vendor", "ashby", "--file", str(file))
    application = {"application": APPLIED}
    to, now = terminal.stored("as"), terminal.desk.clock()
    terminal.keep(to, {"action": "applicationSubmit", "data": application}, now)
    terminal.ok("replay", "as", "--all")

    said = terminal.ok("stages", "as")

    first, second = [line for line in said.split("\n") if re.match(r"s[12] ", line)]
    assert first.startswith("s1")
    assert "First talk" in first
    assert "not mapped" in first
    assert "offer" in second
    assert '  "s1": first-talk' in said
    assert '  "s2": offer' in said
    vendor.rows["applications"] = [
        {
            **APPLIED,
            "currentInterviewStage": {"id": "s3", "title": "Zweites Gespräch", "type": "Active"},
        }
    ]
    assert "leave --ask out" in terminal.fails("stages", "as", "--ask")
    with served(vendor) as base:
        terminal.ok("connect", "as", "--api", "key=key", "--api", f"base_url={base}")
        assert '  "s3": zweites-gesprach' in terminal.ok("stages", "as", "--ask")


def test_whoever_may_not_be_pushed_is_told_with_why(terminal: Terminal) -> None:
    terminal.ok("connect", "as", "--vendor", "ashby", "--api", "key=key")
    terminal.desk.say(email="ana@mail.example", first_name="Ana", last_name="Berg")
    terminal.desk.enrich()
    args = ("push", "ana@mail.example", "--to", "as", "--job", "j1")
    assert "connect as --api push=prospects" in terminal.fails(*args, "--dry-run")
    terminal.ok("connect", "as", "--api", "push=prospects")
    assert "Not pushed (consent)" in terminal.fails(*args)
    settled = ("settle", "ana@mail.example", "--to", "as", "--job", "j1", "--made")
    assert "Nobody put them into as" in terminal.fails(*settled)


@pytest.mark.parametrize("state", PushState)
def test_what_came_of_a_push_is_told_whatever_it_is(
    state: PushState, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Shown(url="https://ats.example/x", headers={"Authorization": "…"}, body=b"{}")
    done = Pushed(state=state, code="http_400", ids={"candidate": "c1"}, shown=(shown,))
    right = ats_pushing.show(done, Connection(name="as", vendor="ashby"))
    said = capsys.readouterr().out
    assert said.strip()
    assert right == (state in {PushState.SHOWN, PushState.DONE})
    assert ("POST https://ats.example/x" in said) == (state is PushState.SHOWN)


def test_what_is_to_be_clicked_is_what_the_pages_say() -> None:
    assert {*SET_UPS} == {*VENDORS}
    assert {*ats_pushing.MENDS} == {
        code
        for row in re.findall(r"^\| (`\w+`[^|]*)\|", _page("docs/ats-push.md"), re.MULTILINE)
        for code in re.findall(r"`(\w+)`", row)
    } & {*ats_pushing.MENDS}
    for vendor_name, set_up in SET_UPS.items():
        page = _page(set_up.page)
        parts = re.split(r"^## ", page, flags=re.MULTILINE)
        section = next((p for p in parts if p.lower().startswith(f"{vendor_name}\n")), page)
        listed = dict(re.findall(r"^\| `([\w.-]+)` \|(.*)$", section, re.MULTILINE))
        if vendor_name in {"greenhouse", "ashby"}:
            needed = {name for name, row in listed.items() if row.endswith("| yes |")}
            assert (needed, {*listed} - needed) == ({*set_up.needed}, {*set_up.useful})
        elif vendor_name == "huntflow":
            assert all(f"`{name}`" in section for name in set_up.needed)
        elif vendor_name != "standard":
            assert {*listed} == {*set_up.needed}
        if vendor_name != "standard":
            assert set_up.where in " ".join(section.split())


def _page(path: str) -> str:
    return (DOCS.parent / path).read_text(encoding="utf-8")
