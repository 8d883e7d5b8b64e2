"""What must survive does: retained, recoverable, encrypted, hard to delete."""

import json

import pytest

from infra.stages import STAGES
from rapport.adapters.dynamo.models import EXPIRES
from tests.support.synth import Assembly, Resource

TABLES = ("Log", "People", "Book", "Vault")
BUCKETS = ("Archive", "Bundle", "Drop", "Failed", "Inbox")


def named(assembly: Assembly, kind: str, name: str) -> Resource:
    (found,) = [each for i, each in assembly.data.of_type(kind).items() if i.startswith(name)]
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_retained_protected_encrypted_and_recoverable(
    assembly: Assembly, name: str
) -> None:
    table = named(assembly, "AWS::DynamoDB::Table", name)
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"]["SSEEnabled"] is True
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery["PointInTimeRecoveryEnabled"] is True
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["pk", "sk"]


def test_a_destroyed_key_is_gone_from_the_backups_after_a_day(assembly: Assembly) -> None:
    days = {
        name: named(assembly, "AWS::DynamoDB::Table", name)["Properties"][
            "PointInTimeRecoverySpecification"
        ]["RecoveryPeriodInDays"]
        for name in TABLES
    }
    assert days["Vault"] == 1
    assert all(days[name] >= 7 for name in TABLES if name != "Vault")


def test_log_and_people_have_a_stream_and_book_and_vault_have_none(assembly: Assembly) -> None:
    streams = {
        name: named(assembly, "AWS::DynamoDB::Table", name)["Properties"]
        .get("StreamSpecification", {})
        .get("StreamViewType")
        for name in TABLES
    }
    assert streams == {"Log": "NEW_IMAGE", "People": "NEW_IMAGE", "Book": None, "Vault": None}


def test_book_forgets_the_rows_that_name_a_time_and_no_other_table_forgets(
    assembly: Assembly,
) -> None:
    forgets = {
        name: named(assembly, "AWS::DynamoDB::Table", name)["Properties"].get(
            "TimeToLiveSpecification"
        )
        for name in TABLES
    }
    assert forgets.pop("Book") == {"AttributeName": EXPIRES, "Enabled": True}
    assert not any(forgets.values())


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_retained_encrypted_private_and_spoken_to_by_tls_only(
    assembly: Assembly, name: str
) -> None:
    bucket = named(assembly, "AWS::S3::Bucket", name)
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["BucketEncryption"]
    assert all(properties["PublicAccessBlockConfiguration"].values())
    policy = json.dumps(named(assembly, "AWS::S3::BucketPolicy", name))
    assert '"aws:SecureTransport": "false"' in policy
    assert '"s3:TlsVersion": 1.2' in policy


def test_the_inbox_takes_mail_from_our_receipt_rules_alone_and_forgets_it(
    assembly: Assembly,
) -> None:
    bucket = named(assembly, "AWS::S3::Bucket", "Inbox")["Properties"]
    days = [r.get("ExpirationInDays") for r in bucket["LifecycleConfiguration"]["Rules"]]
    assert 30 in days
    policy = named(assembly, "AWS::S3::BucketPolicy", "Inbox")["Properties"]["PolicyDocument"]
    (writing,) = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    assert writing["Principal"] == {"Service": "ses.amazonaws.com"}
    assert writing["Action"] == "s3:PutObject"
    assert json.dumps(writing["Resource"]).endswith('"/inbox/*"]]}')
    rules = json.dumps(writing["Condition"]["ArnLike"]["aws:SourceArn"])
    assert ":receipt-rule-set/rapport-local:receipt-rule/*" in rules
    assert writing["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_all_data_sits_in_the_stack_that_is_never_replaced(assembly: Assembly) -> None:
    assert len(assembly.data.of_type("AWS::DynamoDB::Table")) == len(TABLES)
    assert len(assembly.data.of_type("AWS::S3::Bucket")) == len(BUCKETS)
    for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"):
        assert not assembly.engine.of_type(kind)


def test_both_stacks_refuse_to_be_deleted(assembly: Assembly) -> None:
    manifest = json.loads((assembly.path / "manifest.json").read_text(encoding="utf-8"))
    for stack in ("RapportData", "RapportEngine"):
        assert manifest["artifacts"][stack]["properties"]["terminationProtection"] is True
    assert all(stage.protected for stage in STAGES.values())


def test_the_stacks_tell_where_everything_is(assembly: Assembly) -> None:
    told = {*assembly.data.body["Outputs"], *assembly.engine.body["Outputs"]}
    functions = {f"Function{name.title()}" for name in assembly.functions}
    tables = {f"{name}Table" for name in TABLES}
    rest = {"ApiUrl", "ArchiveBucket", "BundleBucket", "BusName"}
    assert {*functions, *tables, *rest, "SendQueueUrl", "FeedbackQueueUrl"} <= told
