"""What the house promises of every function and every stored row."""

import ast
import inspect
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from pynamodb.models import Model

from infra.grants import GRANTS
from rapport import events, settings
from rapport.adapters.dynamo import models
from tests.inprocess.engine import DEAD_LETTERS, LOG_GROUP, ROLE_ARN, Engine
from tests.inprocess.stores import REGION, SCHEDULE_GROUP, TABLES
from tests.inprocess.story import Story
from tests.support import wiring

REPO = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(each.function for each in settings.ALL)
OUTREACH = ("trigger", "send")
# Where each room of infra.grants is in this process.
ROOMS = TABLES | {
    "archive": "archive-bucket",
    "bundle": "bundle-bucket",
    "content": "bundle-bucket",
    "inbox": "inbox-bucket",
    "quarantine": "failed-bucket",
    "bus": "Bus",
    "send_queue": "IntentsQueue",
    "judge_queue": "MailFeedbackQueue",
    "mail": "MailConfigurationSet",
    "account": "*",
    "schedules": SCHEDULE_GROUP,
    "wake_role": ROLE_ARN,
    "wake_queue": "WakeDueQueue",
    "secrets": "rapport-local/ats",
    "sync_queue": "SyncWorkQueue",
    "rosters": "drop-bucket",
    "drop": "drop-bucket",
    "drop_names": "drop-bucket",
    "imports": "drop-bucket",
    "pool_files": "drop-bucket",
    "exports": "drop-bucket",
    "resumes": "drop-bucket",
    "clean_resumes": "drop-bucket",
    "drop_all": "drop-bucket",
    "failed_all": "failed-bucket",
    "failed_names": "failed-bucket",
    "privacy_queue": "PrivacyWorkQueue",
    "dead_letters": DEAD_LETTERS,
    "log_lines": LOG_GROUP,
    "campaign_queue": "CampaignWorkQueue",
    "inbox_names": "inbox-bucket",
    "bundle_names": "bundle-bucket",
}

# Granted, and not used on the day that the story tells: function → action and room, and why.
_LOST_RACE = "another call made the person's key between this one's read and its own put"
_ERASED = "a key that was destroyed between the fact and its decision is made anew"
_FIRST = "whoever follows a link first makes the ring of the links' keys, or a destroyed key anew"
_DOUBTS = "the review queue is asked only where the rules hold mail for a doubt"
_STUCK = "no mail is stuck on that day"
_HELD = "whose mail is held on that day waits for something else already"
_TRACKED = "SES reports no open on that day, and clicks come by our own links"
_NO_JOB = "no ATS tells of a job on that day"
_THERE = "no object that is asked for is gone; S3 asks for this right and has no call for it"
_NO_ATS = "no API of an ATS is read on that day, and one short file of one is dropped"
_NO_POOL = "no pool is imported that day, taken back or forgotten"
_NO_REPORT = "nobody is named who gets the report of the week"
UNTOLD = {
    "enrich": {
        ("dynamodb:GetItem", "vault"): _LOST_RACE,
        ("dynamodb:PutItem", "vault"): _ERASED,
        ("dynamodb:DeleteItem", "log"): "nobody is erased on that day",
    },
    "ats": {
        ("dynamodb:GetItem", "log"): "nobody else tells of the same change at the same moment",
        ("dynamodb:GetItem", "book"): _NO_JOB,
        ("dynamodb:DeleteItem", "book"): _NO_JOB,
    },
    "trigger": {
        ("dynamodb:GetItem", "vault"): _LOST_RACE,
        ("dynamodb:PutItem", "vault"): _ERASED,
    },
    "send": {
        ("dynamodb:GetItem", "vault"): _LOST_RACE,
        ("dynamodb:Query", "people"): _DOUBTS,
        ("sqs:SendMessage", "judge_queue"): _TRACKED,
        ("sqs:SendMessage", "send_queue"): "no more mails leave at once than SES takes",
        ("sqs:SendMessage", "wake_queue"): _HELD,
        ("scheduler:CreateSchedule", "schedules"): _HELD,
        ("scheduler:DeleteSchedule", "schedules"): _HELD,
    },
    "receive": {
        ("dynamodb:GetItem", "vault"): _LOST_RACE,
        ("dynamodb:PutItem", "vault"): _ERASED,
        ("s3:ListBucket", "inbox_names"): _THERE,
    },
    "content": {
        ("s3:ListBucket", "bundle_names"): _THERE,
    },
    "settle": {
        ("dynamodb:GetItem", "log"): _STUCK,
        ("dynamodb:PutItem", "log"): _STUCK,
        ("dynamodb:GetItem", "book"): _STUCK,
        ("dynamodb:BatchGetItem", "book"): _STUCK,
        ("dynamodb:BatchWriteItem", "book"): _STUCK,
        ("dynamodb:PutItem", "book"): _STUCK,
        ("dynamodb:UpdateItem", "book"): _STUCK,
        ("dynamodb:BatchGetItem", "vault"): _STUCK,
        ("dynamodb:GetItem", "vault"): _STUCK,
        ("dynamodb:PutItem", "vault"): _STUCK,
        ("sqs:SendMessage", "send_queue"): _STUCK,
    },
    "sync": {
        ("dynamodb:GetItem", "people"): _NO_ATS,
        ("dynamodb:BatchGetItem", "people"): _NO_ATS,
        ("dynamodb:GetItem", "log"): _NO_ATS,
        ("dynamodb:UpdateItem", "book"): _NO_ATS,
        ("dynamodb:ConditionCheckItem", "book"): _NO_ATS,
        ("dynamodb:DeleteItem", "book"): _NO_JOB,
        ("s3:ListBucket", "drop_names"): _NO_ATS,
        ("s3:PutObject", "quarantine"): _NO_ATS,
        **dict.fromkeys(
            (
                ("dynamodb:Query", "people"),
                ("dynamodb:PutItem", "people"),
                ("dynamodb:UpdateItem", "people"),
                ("dynamodb:DeleteItem", "people"),
                ("dynamodb:Query", "log"),
                ("dynamodb:DeleteItem", "log"),
                ("sqs:SendMessage", "privacy_queue"),
            ),
            _NO_POOL,
        ),
    },
    "report": {
        ("dynamodb:BatchGetItem", "people"): _NO_REPORT,
        ("dynamodb:Scan", "people"): _NO_REPORT,
        ("dynamodb:BatchGetItem", "book"): _NO_REPORT,
        ("dynamodb:Query", "book"): _NO_REPORT,
        ("dynamodb:PutItem", "book"): _NO_REPORT,
        ("s3:GetObject", "bundle"): _NO_REPORT,
        ("ses:SendEmail", "mail"): _NO_REPORT,
    },
    "desk": {
        ("ses:SendEmail", "mail"): "no campaign names seeds on that day",
        ("sqs:SendMessage", "wake_queue"): "no event is moved on that day",
    },
    "privacy": {
        ("dynamodb:UpdateItem", "people"): "nobody else used the browser of who is erased",
        ("s3:PutObject", "failed_all"): "nothing of who is erased was refused together with others",
        ("scheduler:DeleteSchedule", "schedules"): "who is erased waits for no mail",
    },
    "engage": {
        ("dynamodb:DeleteItem", "book"): "nobody gives a turn on a waiting list up that day",
        ("dynamodb:GetItem", "people"): "nobody opens the page of their job alerts that day",
        ("dynamodb:BatchGetItem", "people"): "nobody opens the page of their job alerts that day",
        ("s3:GetObject", "resumes"): "no form of that day takes a résumé",
        ("s3:PutObject", "resumes"): "no form of that day takes a résumé",
        ("s3:DeleteObject", "resumes"): "no form of that day takes a résumé",
        ("dynamodb:GetItem", "vault"): _LOST_RACE,
        ("dynamodb:PutItem", "vault"): _FIRST,
    },
}


# Rows that no function writes on that day; `tests/contract` writes them on the engine.
UNSEEN: Mapping[type[models.Row], str] = {
    models.AlertRow: "nobody changes a job alert on the page behind a mail that day",
    models.HallRow: "nobody signs up for an event that day",
    models.PlaceRow: "nobody signs up for an event that day",
    models.TurnRow: "nobody signs up for an event that day",
    models.CountRow: "a sender domain that is warmed up counts no mails",
    models.PaceRow: "SES finds nothing too fast that day",
    models.BoardRow: "no job board is read that day",
    models.UntoldRow: "no job opens, changes or closes that day",
    models.PullRow: "no ATS is read by its API that day",
    models.PulledRow: "no ATS is read by its API that day",
    models.PushRow: "nobody is put into an ATS that day",
    models.ImportRow: "no pool is imported that day",
    models.ImportColumnsRow: "no pool is imported that day",
    models.KeptRow: "no pool is imported that day",
}


def _entities() -> set[type[models.Row]]:
    found = {cls for _, cls in inspect.getmembers(models, inspect.isclass)}
    rows = {cls for cls in found if issubclass(cls, models.Row)}
    return rows - {models.Row, *models.TABLES.values()}


def _items(table: str) -> list[dict[str, Any]]:
    pages = boto3.client("dynamodb", REGION).get_paginator("scan").paginate(TableName=table)
    return [dict(item) for page in pages for item in page["Items"]]


def test_every_stored_entity_is_a_pynamodb_model(story: Story) -> None:
    seen: set[type[models.Row]] = set()
    for room, table in TABLES.items():
        for item in _items(table):
            row = models.TABLES[room].from_raw_data(item)
            assert isinstance(row, Model)
            assert type(row) in _entities(), f"{table} holds a row that no model describes: {item}"
            unknown = set(item) - set(row.serialize())
            assert not unknown, f"{type(row).__name__} does not know {unknown}"
            seen.add(type(row))
    assert seen == _entities() - set(UNSEEN)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_handler_uses_powertools_logger_and_metrics(function: str) -> None:
    source = (REPO / "functions" / function / "handler.py").read_text("utf-8")
    tree = ast.parse(source)
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "rapport.observability"
        for alias in node.names
    }
    assert {"logger", "metrics"} <= called & imported


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_log_line_names_a_field_that_logging_keeps_for_itself(function: str) -> None:
    """`logging` refuses such a line with a KeyError, in the middle of handling another error."""
    reserved = {"message", "asctime", *vars(logging.makeLogRecord({}))}
    for path in sorted((REPO / "functions" / function).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger()."):
                named = {keyword.arg for keyword in node.keywords} - {"exc_info", "stack_info"}
                assert not named & reserved, f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_writes_its_metrics(story: Story, function: str) -> None:
    written = [line for line in story.engine.recorder.lines[function] if "_aws" in line]
    assert written
    for line in written:
        assert line["service"] == function
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Rapport"
        assert directive["Metrics"]


@pytest.mark.parametrize("function", ["track", "trigger", "send"])
def test_log_lines_are_structured_and_name_their_function(story: Story, function: str) -> None:
    logged = [line for line in story.engine.recorder.lines[function] if "_aws" not in line]
    assert logged
    for line in logged:
        assert line["service"] == function
        assert {"level", "message", "timestamp"} <= set(line)


@pytest.mark.parametrize("function", OUTREACH)
def test_each_outreach_function_is_reached_from_an_event_rule(function: str) -> None:
    told = wiring.committed()
    fed = {m["source"]: m["function"] for m in told["mappings"]}
    reached = {
        fed.get(target, target) for rule in told["rules"].values() for target in rule["targets"]
    }
    assert function in reached


def test_every_fact_that_starts_playbooks_has_its_rule_to_trigger() -> None:
    aimed = {
        name
        for rule in wiring.committed()["rules"].values()
        if rule["targets"] == ["trigger"] and rule["pattern"]["source"] == [events.SOURCE]
        for name in rule["pattern"]["detail-type"]
    }
    assert aimed == {fact.name for fact in events.FACTS.values() if fact.routed}


def _allowed(function: str) -> set[tuple[str, str]]:
    return {(action, ROOMS[room]) for room, acts in GRANTS[function].items() for action in acts}


def _used(story: Story, function: str) -> set[tuple[str, str]]:
    return {(call.action, call.resource) for call in story.engine.recorder.calls[function]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_calls_nothing_that_its_role_does_not_allow(story: Story, function: str) -> None:
    used = _used(story, function)
    assert used
    assert used <= _allowed(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_nothing_that_its_function_does_not_call(story: Story, function: str) -> None:
    untold = {(action, ROOMS[room]) for action, room in UNTOLD.get(function, {})}
    unused = _allowed(function) - _used(story, function)
    assert sorted(unused - untold) == []
    assert sorted(untold - unused) == []


def test_every_function_of_the_template_ran(engine: Engine, story: Story) -> None:
    assert sorted(engine.told["functions"]) == FUNCTIONS == sorted(engine.recorder.calls)


@pytest.mark.parametrize(
    "place",
    [
        *("infra/", "functions/", "functions/track/", "functions/enrich/", "functions/trigger/"),
        *("functions/send/", "layers/common/", "tests/", "cdk.json", "README.md"),
    ],
)
def test_the_prescribed_top_level_exists(place: str) -> None:
    path = REPO / place
    assert path.is_dir() if place.endswith("/") else path.is_file()


def test_figures_of_least_privilege(story: Story) -> None:
    for function in FUNCTIONS:
        granted, used = len(_allowed(function)), len(_used(story, function))
        untold = len(UNTOLD.get(function, {}))
        assert granted == used + untold
        print(f"{function}: granted {granted} = used {used} + {untold} for a rare case")
