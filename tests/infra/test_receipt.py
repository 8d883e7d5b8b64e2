"""The rules by which SES takes mail: made where a domain for replies is named, and never active."""

from typing import Any

from aws_cdk import App, Stack, assertions
from aws_cdk import aws_s3 as s3

from infra.constructs.mail_inbox import ReceiptRules


def test_mail_to_the_domain_for_replies_is_scanned_and_put_into_the_inbox() -> None:
    stack = Stack(App(), "Inbox")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "inbox-bucket")
    ReceiptRules(
        stack, "Receipt", name="rapport-test", domain="reply.halden.example", bucket=bucket
    )
    template = assertions.Template.from_stack(stack)
    found: dict[str, Any] = template.find_resources("AWS::SES::ReceiptRule")
    (made,) = found.values()
    rule = made["Properties"]["Rule"]
    assert made["Properties"]["RuleSetName"] == "rapport-test"
    assert rule["Enabled"] is rule["ScanEnabled"] is True
    assert rule["TlsPolicy"] == "Require"
    assert rule["Recipients"] == ["reply.halden.example"]
    (action,) = rule["Actions"]
    assert action == {"S3Action": {"BucketName": "inbox-bucket", "ObjectKeyPrefix": "inbox/"}}
    # To make a set active would take another's rules out of force.
    template.resource_count_is("AWS::SES::ReceiptRuleSet", 1)
    assert all(kind.startswith("AWS::SES::Receipt") for kind in kinds(template))


def kinds(template: assertions.Template) -> set[str]:
    resources = template.to_json()["Resources"].values()
    return {each["Type"] for each in resources}
