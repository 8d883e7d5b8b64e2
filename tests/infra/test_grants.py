"""Least privilege, action by action: tests/infra/grants.json holds what every role may do.

A change of a role fails here until the new list is accepted on purpose:
`RAPPORT_ACCEPT_GRANTS=1 python -m pytest tests/infra/test_grants.py`, and then shows in review.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.botocore_data import OPERATIONS
from tests.support.synth import Assembly, Resource

ACCEPTED = Path(__file__).with_name("grants.json")
EXPORT = re.compile(r"Rapport\w+:ExportsOutput(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}(\w*?)[0-9A-F]{8}$")
LOCAL_ID = re.compile(r"[0-9A-F]{8}$")
# A star at the end of these, and of nothing else: names that AWS or a digest makes up.
STARS = {
    "Archive.Arn/*",
    "Bundle.Arn/bundles/*",
    "Bundle.Arn/content/*",
    "Drop.Arn/drop/*",
    "Drop.Arn/exports/*",
    "Drop.Arn/imports/*",
    "Drop.Arn/pool-files/*",
    "Drop.Arn/resumes/*",
    "Drop.Arn/resumes/clean/*",
    "Drop.Arn/rosters/*",
    "Failed.Arn/aws/lambda/*",
    "Failed.Arn/quarantine/*",
    "Inbox.Arn/inbox/*",
    "Log.Arn/stream/*",
    "People.Arn/stream/*",
    "arn:AWS::Partition:scheduler:AWS::Region:AWS::AccountId:schedule/rapport-local/*",
    "arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:rapport-local/ats/*",
}
# IAM knows no resource for these; they read what SES says of the account.
OF_NO_RESOURCE = ["ses:GetAccount"]
# The IAM prefix of a service, where it is not the client's name.
CLIENTS = {"ses": "sesv2"}
# Actions without a call of their own: transactions use one, schedules are made with another, and S3
# tells who may list a bucket that an object is not there.
WITHIN_OTHERS = {"dynamodb:ConditionCheckItem", "iam:PassRole", "s3:ListBucket"}
# Calls without an action of their own: the parts of a transaction have some, a bucket is listed by
# the right to `ListBucket`, what is told of an object is asked by the right to `GetObject`, and a
# batch of messages is put by the right to put one.
ALLOWED_BY_OTHERS = {
    "dynamodb:TransactWriteItems",
    "s3:ListObjectsV2",
    "s3:HeadObject",
    "sqs:SendMessageBatch",
}
# What Lambda does in the function's name; no client in the layer does.
BY_LAMBDA = re.compile(r"Read|List|Write|Keep")


def plain(value: Any) -> str:
    """A resource as people would say it: `Log.Arn`, `Failed.Arn/aws/lambda/*`."""
    match value:
        case str():
            return value
        case {"Fn::Join": [_, list(parts)]}:
            return "".join(plain(part) for part in parts)
        case {"Fn::ImportValue": str(name)}:
            found = EXPORT.match(name)
            assert found, name
            return ".".join(part for part in found.groups() if part)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"{LOCAL_ID.sub('', name)}.{attribute}"
        case {"Ref": str(name)}:
            return name if name.startswith("AWS::") else LOCAL_ID.sub("", name)
    raise AssertionError(value)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: Resource) -> Iterator[dict[str, Any]]:
    for policy in role["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def role_of(assembly: Assembly, function: str) -> Resource:
    name = assembly.functions[function]["Properties"]["Role"]["Fn::GetAtt"][0]
    return assembly.engine.of_type("AWS::IAM::Role")[name]


def granted(assembly: Assembly) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Function → statement id → actions and resources."""
    return {
        name: {
            each["Sid"]: {
                "actions": sorted(listed(each["Action"])),
                "on": sorted(plain(resource) for resource in listed(each["Resource"])),
            }
            for each in statements(role_of(assembly, name))
        }
        for name in sorted(assembly.functions)
    }


def test_every_role_may_do_what_was_accepted_and_nothing_else(assembly: Assembly) -> None:
    found = granted(assembly)
    if os.environ.get("RAPPORT_ACCEPT_GRANTS"):
        ACCEPTED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    assert found == json.loads(ACCEPTED.read_text(encoding="utf-8"))


def test_who_reads_objects_that_may_be_gone_is_told_so_by_s3(assembly: Assembly) -> None:
    """Without leave to list, S3 answers 403 for an object that is not there, and never 404."""
    for function, objects in {
        "content": "Bundle.Arn/content/*",
        "receive": "Inbox.Arn/inbox/*",
        "sync": "Drop.Arn/drop/*",
    }.items():
        may = [
            (action, on)
            for each in granted(assembly)[function].values()
            for action in each["actions"]
            for on in each["on"]
        ]
        assert ("s3:GetObject", objects) in may
        assert ("s3:ListBucket", objects.partition("/")[0]) in may, function


def test_every_function_has_a_role_of_its_own_without_managed_policies(
    assembly: Assembly,
) -> None:
    roles = assembly.engine.of_type("AWS::IAM::Role")
    used = [each["Properties"]["Role"]["Fn::GetAtt"][0] for each in assembly.functions.values()]
    assert len(set(used)) == len(used)
    assert set(roles) - set(used) == {name for name in roles if is_of_schedules(roles[name])}
    assert not any(role["Properties"].get("ManagedPolicyArns") for role in roles.values())
    for template in (assembly.engine, assembly.data):
        assert not template.of_type("AWS::IAM::Policy")
        assert not template.of_type("AWS::IAM::ManagedPolicy")


def is_of_schedules(role: Resource) -> bool:
    """Whether it is what schedules act as, and nothing but that."""
    (allowed,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    principal: dict[str, str] = allowed["Principal"]
    return principal == {"Service": "scheduler.amazonaws.com"}


def test_what_schedules_act_as_may_put_wake_ups_into_their_queue_and_nothing_else(
    assembly: Assembly,
) -> None:
    roles = assembly.engine.of_type("AWS::IAM::Role").values()
    (role,) = [each for each in roles if is_of_schedules(each)]
    (statement,) = statements(role)
    assert statement["Action"] == "sqs:SendMessage"
    on = sorted(plain(each) for each in statement["Resource"])
    assert on == ["WakeDueDeadLettersQueue.Arn", "WakeDueQueue.Arn"]
    (allowed,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (group,) = assembly.engine.of_type("AWS::Scheduler::ScheduleGroup")
    assert allowed["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"},
        "aws:SourceArn": {"Fn::GetAtt": [group, "Arn"]},
    }


def test_no_action_has_a_wildcard_and_no_resource_is_everything(assembly: Assembly) -> None:
    for role in granted(assembly).values():
        for statement in role.values():
            assert not [action for action in statement["actions"] if "*" in action]
            if statement["actions"] != OF_NO_RESOURCE:
                assert {resource for resource in statement["on"] if "*" in resource} <= STARS


def test_the_layer_can_make_exactly_the_calls_that_roles_are_granted(assembly: Assembly) -> None:
    granted_calls = {
        action
        for role in granted(assembly).values()
        for sid, statement in role.items()
        if not BY_LAMBDA.match(sid)
        for action in statement["actions"]
    }
    iam = {client: prefix for prefix, client in CLIENTS.items()}
    calls = {
        f"{iam.get(service, service)}:{operation}"
        for service, operations in OPERATIONS.items()
        for operation in operations
    }
    assert calls - ALLOWED_BY_OTHERS == granted_calls - WITHIN_OTHERS
    assert calls >= ALLOWED_BY_OTHERS
