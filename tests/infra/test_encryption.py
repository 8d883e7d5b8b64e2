"""An encrypted queue that its sender has no key for loses messages, and nothing says so."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from tests.support.encryption import Sender, Templates, senders, silent_losses
from tests.support.synth import Assembly

EVENTS = "events.amazonaws.com"


def test_whoever_may_write_to_an_encrypted_queue_or_bucket_can(assembly: Assembly) -> None:
    data, engine = assembly.data.body, assembly.engine.body
    looked_at = senders(data, engine)
    templates = Templates(data, engine)
    stores = {name for name, _ in templates.of_type("AWS::SQS::Queue", "AWS::S3::Bucket")}
    assert {each.store for each in looked_at} >= stores - _written_by_people(templates)
    assert silent_losses(data, engine) == []
    print(f"encryption: {len(looked_at)} senders to {len(stores)} stores, 0 without the key")


def _written_by_people(templates: Templates) -> set[str]:
    """Stores that no function writes to: the bundle's, and queues that SQS itself fills."""
    redriven: set[str] = set()
    for _, told in templates.of_type("AWS::SQS::Queue"):
        redriven |= templates.named(told.get("RedrivePolicy", {}))
    return redriven | {n for n, _ in templates.of_type("AWS::S3::Bucket") if n.startswith("Bundle")}


def test_today_no_key_is_needed_for_services_encrypt_with_their_own(assembly: Assembly) -> None:
    assert Templates(assembly.data.body, assembly.engine.body).keys() == {}


@pytest.fixture(scope="session")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """Stacks with a customer's key on what they send to: without the grants, and with them."""
    folder: Path = tmp_path_factory.mktemp("canaries")
    app = App(outdir=str(folder))
    for granted in (False, True):
        name = "Granted" if granted else "Forgotten"
        _by_role(Stack(app, f"Role{name}"), granted=granted)
        _by_rule(Stack(app, f"Rule{name}"), granted=granted)
        _by_failures(Stack(app, f"Failures{name}"), granted=granted)
    app.synth()
    return {
        path.name.split(".")[0]: json.loads(path.read_text(encoding="utf-8"))
        for path in folder.glob("*.template.json")
    }


def _function(stack: Stack) -> tuple[lambda_.Function, iam.IRole]:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        role=role.without_policy_updates(),
    )
    return function, role


def _may_send(role: iam.IRole, action: str, *resources: str) -> None:
    role.add_to_principal_policy(iam.PolicyStatement(actions=[action], resources=list(resources)))


def _by_role(stack: Stack, *, granted: bool) -> None:
    key = kms.Key(stack, "Key")
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key)
    _, role = _function(stack)
    _may_send(role, "sqs:SendMessage", queue.queue_arn)
    if granted:
        key.grant_encrypt_decrypt(role)


def _by_rule(stack: Stack, *, granted: bool) -> None:
    key = kms.Key(stack, "Key")
    dead = sqs.Queue(stack, "Queue", encryption_master_key=key)
    function, _ = _function(stack)
    rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["any"]))
    rule.add_target(targets.LambdaFunction(function, dead_letter_queue=dead))
    if granted:
        key.grant_encrypt_decrypt(iam.ServicePrincipal(EVENTS))


def _by_failures(stack: Stack, *, granted: bool) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key)
    function, role = _function(stack)
    lambda_.CfnEventInvokeConfig(
        stack,
        "Failures",
        function_name=function.function_name,
        qualifier="$LATEST",
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=bucket.bucket_arn)
        ),
    )
    if granted:
        key.grant_encrypt_decrypt(role)


@pytest.mark.parametrize("kind", ["Role", "Rule", "Failures"])
def test_a_planted_key_without_the_right_to_use_it_is_found(
    canaries: Mapping[str, dict[str, Any]], kind: str
) -> None:
    (told,) = silent_losses(canaries[f"{kind}Forgotten"])
    who = EVENTS if kind == "Rule" else "Role"
    assert told.startswith(who)
    assert told.endswith("and not use its key")


@pytest.mark.parametrize("kind", ["Role", "Rule", "Failures"])
def test_a_planted_key_with_the_right_to_use_it_is_let_pass(
    canaries: Mapping[str, dict[str, Any]], kind: str
) -> None:
    assert senders(canaries[f"{kind}Granted"])
    assert silent_losses(canaries[f"{kind}Granted"]) == []


def test_the_key_of_aws_serves_roles_and_no_service() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": "alias/aws/sqs"}}
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
    }
    role = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}
    policy = {"PolicyDocument": {"Statement": [{**statement, "Principal": {"Service": EVENTS}}]}}
    body = {
        "Resources": {
            "Queue": queue,
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy},
        }
    }
    assert senders(body) == {
        Sender(name="Role", store="Queue"),
        Sender(name=EVENTS, store="Queue", service=True),
    }
    assert silent_losses(body) == [f"{EVENTS} may write to Queue, and not use its key"]
