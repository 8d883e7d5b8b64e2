"""`rapport erase`, `export` and `hold` at a terminal: asked of the function, or done here."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli import config
from cli.privacy import opened
from rapport.tasks import ERASURE, HELD
from tests.support import on_moto
from tests.unit.cli.conftest import Desk, Told

ANA, BO = "ana@inbox.halden.example", "bo@inbox.halden.example"
BUCKETS = {room: f"rapport-{room}" for room in ("archive", "bundle", "failed", "inbox", "drop")}


@dataclass(frozen=True, kw_only=True)
class Office:
    """Somebody at a terminal; the function of privacy works off its queue while they wait."""

    desk: Desk
    told: config.Config
    sqs: Any
    url: str

    def run(self, *args: str) -> Told:
        return self.desk.run(*args)

    def waiting(self) -> list[dict[str, Any]]:
        """The messages in the queue, taken out."""
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        for each in found.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in found.get("Messages", [])]

    def works(self) -> None:
        """What the function does."""
        for message in self.waiting():
            privacy = opened(self.told)
            privacy.do(message, until=self.desk.clock().replace(year=2030))

    def knows(self, email: str) -> bool:
        return self.run("who", email).code == 0


@pytest.fixture
def office(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Office:
    s3, sqs = boto3.client("s3", "us-east-1"), boto3.client("sqs", "us-east-1")
    for bucket in BUCKETS.values():
        s3.create_bucket(Bucket=bucket)
    boto3.client("scheduler", "us-east-1").create_schedule_group(Name="rapport-test")
    url = sqs.create_queue(QueueName="RapportEngine-PrivacyWork")["QueueUrl"]
    told = replace(on_moto.CONFIG, buckets=BUCKETS, queues={"privacy": url})
    office = Office(desk=desk, told=told, sqs=sqs, url=url)
    monkeypatch.setattr("cli.config.load", lambda: told)
    monkeypatch.setattr("cli.clock.pause", lambda _: office.works())
    for number, email in enumerate((ANA, BO)):
        desk.say(user=f"u-77{number}", email=email, minute=number, name="Ana Berg")
    desk.enrich()
    return office


def test_the_function_is_asked_and_followed_until_there_is_a_certificate(office: Office) -> None:
    told = office.run("erase", ANA, "--why", "asked by mail", "--by", "dpo")
    assert told.code == 0
    certificate = json.loads(told.out)
    assert (certificate["by"], certificate["why"]) == ("dpo", "asked by mail")
    assert certificate["restless"] == []
    assert "@" not in told.out
    assert not office.knows(ANA)
    assert office.knows(BO)


def test_a_dry_run_asks_for_nothing_and_here_it_is_done_without_the_function(
    office: Office, tmp_path: Path
) -> None:
    plan = json.loads(office.run("erase", ANA, "--dry-run").out)
    assert (plan["identifiers"], plan["held"]) == (2, None)
    assert office.waiting() == []
    told = office.run("erase", ANA, "--here", "--why", "asked")
    assert told.code == 0
    assert not office.knows(ANA)
    shown = tmp_path / "certificate.json"
    shown.write_text(told.out, "utf-8")
    assert "Genuine" in office.run("erase", "--verify", str(shown)).out
    shown.write_text(told.out.replace("asked", "nobody asked"), "utf-8")
    assert office.run("erase", "--verify", str(shown)).code != 0
    assert [*office.waiting()] == []
    again = office.run("erase", "--reapply")
    assert again.code == 0
    assert again.out.startswith("e_")


def test_whoever_is_held_is_not_erased_by_anybody_until_they_are_let_go(office: Office) -> None:
    assert "held: a lawsuit" in office.run("hold", ANA, "--reason", "a lawsuit").out
    for here in ([], ["--here"]):
        told = office.run("erase", ANA, "--why", "asked", *here)
        assert told.code != 0
        assert "a lawsuit" in told.err
    assert office.waiting() == []
    assert "not held any more" in office.run("hold", ANA).out
    assert office.run("erase", ANA, "--why", "asked").code == 0


def test_the_due_are_asked_for_and_held_ones_become_a_task(office: Office) -> None:
    assert office.run("erase", "--due").code == 0
    assert office.waiting() == [{"do": "due"}]
    assert office.run("erase", "--due", "--here").out == "0 due\n"
    kinds = {task.kind for task in office.desk.stores.tasks.all()}
    assert kinds.isdisjoint({ERASURE, HELD})


def test_an_export_is_a_file_and_a_page_beside_it(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "ana.json"
    assert office.run("export", ANA, "--to", str(target)).code == 0
    told = json.loads(target.read_text("utf-8"))
    assert {each["value"] for each in told["identifiers"]} == {ANA, "u-770"}
    assert ANA in target.with_suffix(".html").read_text("utf-8")
    assert BO not in target.read_text("utf-8")


@pytest.mark.parametrize("args", [["erase"], ["erase", "nobody@elsewhere.example"]])
def test_without_anybody_to_erase_the_command_says_what_to_do(
    office: Office, args: list[str]
) -> None:
    told = office.run(*args)
    assert told.code != 0
    assert told.err
    assert office.waiting() == []


def test_where_no_function_is_the_command_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.config.load", lambda: replace(office.told, queues={}))
    told = office.run("erase", ANA, "--why", "asked")
    assert told.code != 0
    assert "--here" in told.err
    assert office.knows(ANA)
