"""The bare pipeline that Rapport's time is held against: put, stream, put_events, send_email.

Three functions without a layer, deployed on the same emulator: a gateway call is put into a table,
its stream calls put_events, a rule calls SES. No resolution, profile, consent, claim or queue.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3

REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/bare"
SENDER = "bare@halden.example"

_PUT = """
import json, os, botocore.session
table = botocore.session.get_session().create_client("dynamodb")
def handler(event, context):
    body = json.loads(event["body"])
    table.put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": body["id"]}})
    return {"statusCode": 200, "body": "{}"}
"""
_FACT = """
import json, os, botocore.session
bus = botocore.session.get_session().create_client("events")
def handler(event, context):
    for record in event["Records"]:
        detail = json.dumps({"id": record["dynamodb"]["Keys"]["pk"]["S"]})
        bus.put_events(Entries=[{"EventBusName": os.environ["BUS"], "Source": "bare",
                                 "DetailType": "Put", "Detail": detail}])
"""
_SEND = """
import os, botocore.session
ses = botocore.session.get_session().create_client("sesv2", endpoint_url=os.environ["SES"])
def handler(event, context):
    ses.send_email(FromEmailAddress=os.environ["SENDER"],
                   Destination={"ToAddresses": [event["detail"]["id"] + "@inbox.halden.example"]},
                   Content={"Simple": {"Subject": {"Data": "bare"},
                                       "Body": {"Text": {"Data": "bare"}}}})
"""


@dataclass(frozen=True, kw_only=True)
class Bare:
    """A deployed bare pipeline: POST `{"id": …}` to `url`, a mail to `<id>@…` comes of it."""

    url: str

    @staticmethod
    def address(name: str) -> str:
        """Where the mail for an id goes."""
        return f"{name}@inbox.halden.example"


def deploy(emulator_url: str, ses_endpoint: str) -> Bare:
    """Build the pipeline on the emulator. SES is reached through the same recorder as Rapport's."""
    run = f"bare-{uuid4().hex[:6]}"

    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=emulator_url)  # type: ignore[call-overload]

    dynamo, lambdas, events, gateway = map(client, ("dynamodb", "lambda", "events", "apigatewayv2"))
    stream = dynamo.create_table(
        TableName=run,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    events.create_event_bus(Name=run)

    def function(name: str, source: str, **environment: str) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("code.py", source)
        return str(
            lambdas.create_function(
                FunctionName=f"{run}-{name}",
                Runtime="python3.13",
                Role=ROLE,
                Handler="code.handler",
                Code={"ZipFile": packed.getvalue()},
                Environment={"Variables": environment},
                Timeout=30,
            )["FunctionArn"]
        )

    put = function("put", _PUT, TABLE=run)
    fact = function("fact", _FACT, BUS=run)
    send = function("send", _SEND, SES=ses_endpoint, SENDER=SENDER)
    lambdas.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=fact, StartingPosition="TRIM_HORIZON", BatchSize=100
    )
    events.put_rule(Name=run, EventBusName=run, EventPattern=json.dumps({"source": ["bare"]}))
    events.put_targets(Rule=run, EventBusName=run, Targets=[{"Id": "send", "Arn": send}])
    api = gateway.create_api(Name=run, ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=put,
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /put", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return Bare(url=f"{emulator_url}/_aws/execute-api/{api}/$default/put")
