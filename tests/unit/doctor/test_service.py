"""What SES says of the account, and what has to hold before strangers are mailed."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from rapport.adapters.checks.ses import SesService
from rapport.doctor import service
from rapport.doctor.facts import Alarms, ConfigurationSet, Destination, Identity, SesAccount
from rapport.doctor.findings import CannotTellError, Level

DOMAIN, REGION = "halden.example", "eu-north-1"
QUEUE = "https://sqs.eu-north-1.amazonaws.com/123456789012/Feedback"
QUEUE_ARN = "arn:aws:sqs:eu-north-1:123456789012:Feedback"
TOPIC = "arn:aws:sns:eu-north-1:123456789012:Topic"
BUS = "arn:aws:events:eu-north-1:123456789012:event-bus/default"
TOLD = ["SEND", "BOUNCE", "COMPLAINT", "REJECT"]
ACCOUNT = SesAccount(
    production=True, sending=True, enforcement="HEALTHY", quota=50_000, used=3, per_second=14
)
IDENTITY = Identity(
    name=DOMAIN,
    verified=True,
    signing=True,
    dkim="SUCCESS",
    easy_dkim=True,
    mail_from=f"bounce.{DOMAIN}",
    mail_from_state="SUCCESS",
)
SET = ConfigurationSet(
    name="set",
    sending=True,
    redirect_domain="",
    https="",
    destinations=(
        Destination(kind="bus", enabled=True, kinds=frozenset({*TOLD, "OPEN"}), arn=BUS),
        Destination(kind="topic", enabled=True, kinds=frozenset(TOLD), arn=TOPIC),
    ),
)


@cache
def _made(name: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(name, REGION, **keys)  # type: ignore[call-overload]


def asked(calls: list[tuple[str, str, dict[str, Any]]]) -> tuple[SesService, Callable[[], None]]:
    """The service before an AWS that answers these calls, in order and in AWS's own shapes."""
    stubs = {name: Stubber(_made(name)) for name, _, _ in calls}
    for name, call, answer in calls:
        if code := answer.pop("Error", ""):
            stubs[name].add_client_error(call, code)
        else:
            stubs[name].add_response(call, answer)
    for stub in stubs.values():
        stub.activate()

    def done() -> None:
        for stub in stubs.values():
            stub.assert_no_pending_responses()
            stub.deactivate()

    return SesService(configuration_set="set", queue_url=QUEUE, clients=_made), done


def test_ses_is_asked_for_what_the_checks_look_at() -> None:
    quota = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 3.0}
    found, done = asked(
        [
            (
                "sesv2",
                "get_account",
                {
                    "ProductionAccessEnabled": True,
                    "SendingEnabled": True,
                    "EnforcementStatus": "HEALTHY",
                    "SendQuota": quota,
                },
            ),
            ("sesv2", "get_email_identity", {"Error": "NotFoundException"}),
            (
                "sesv2",
                "get_email_identity",
                {
                    "VerifiedForSendingStatus": True,
                    "DkimAttributes": {
                        "SigningEnabled": True,
                        "Status": "SUCCESS",
                        "SigningAttributesOrigin": "AWS_SES",
                    },
                    "MailFromAttributes": {
                        "MailFromDomain": f"bounce.{DOMAIN}",
                        "MailFromDomainStatus": "SUCCESS",
                        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
                    },
                },
            ),
            ("sesv2", "get_configuration_set", {"SendingOptions": {"SendingEnabled": True}}),
            (
                "sesv2",
                "get_configuration_set_event_destinations",
                {
                    "EventDestinations": [
                        {
                            "Name": "bus",
                            "Enabled": True,
                            "MatchingEventTypes": [*TOLD, "OPEN"],
                            "EventBridgeDestination": {"EventBusArn": BUS},
                        },
                        {
                            "Name": "topic",
                            "Enabled": True,
                            "MatchingEventTypes": TOLD,
                            "SnsDestination": {"TopicArn": TOPIC},
                        },
                    ]
                },
            ),
            ("sqs", "get_queue_attributes", {"Attributes": {"QueueArn": QUEUE_ARN}}),
            ("sns", "list_subscriptions_by_topic", {"Subscriptions": [], "NextToken": "more"}),
            (
                "sns",
                "list_subscriptions_by_topic",
                {"Subscriptions": [{"Endpoint": QUEUE_ARN, "Protocol": "sqs"}]},
            ),
            (
                "cloudwatch",
                "describe_alarms_for_metric",
                {
                    "MetricAlarms": [
                        {"AlarmName": "a", "ActionsEnabled": True, "AlarmActions": [TOPIC]},
                        {"AlarmName": "b", "ActionsEnabled": True, "AlarmActions": []},
                    ]
                },
            ),
        ]
    )
    assert found.account() == ACCOUNT
    assert found.identity(f"jobs.{DOMAIN}") == IDENTITY
    assert found.configuration_set() == SET
    assert found.subscribed(TOPIC)
    assert found.alarms() == Alarms(made=2, telling=1)
    done()


def test_what_aws_does_not_say_is_told_with_its_word_for_it() -> None:
    found, done = asked(
        [
            ("sesv2", "get_account", {"Error": "AccessDeniedException"}),
            ("sesv2", "get_configuration_set", {"Error": "NotFoundException"}),
            ("sesv2", "get_configuration_set_event_destinations", {"Error": "NotFoundException"}),
        ]
    )
    with pytest.raises(CannotTellError, match="AccessDeniedException"):
        found.account()
    assert found.configuration_set() is None
    done()


@pytest.mark.parametrize(
    ("account", "level"),
    [
        (ACCOUNT, Level.OK),
        (replace(ACCOUNT, enforcement="PROBATION"), Level.WARN),
        (replace(ACCOUNT, enforcement="SHUTDOWN"), Level.FAIL),
        (replace(ACCOUNT, sending=False), Level.FAIL),
    ],
)
def test_an_account_that_ses_stopped_sends_nothing(account: SesAccount, level: Level) -> None:
    assert service.standing(account)[0] is level


def test_in_the_sandbox_nobody_goes_live() -> None:
    assert service.production(ACCOUNT)[0] is Level.OK
    assert service.production(replace(ACCOUNT, production=False))[0] is Level.FAIL


@pytest.mark.parametrize(
    ("quota", "audience", "level", "told"),
    [
        (50_000, None, Level.OK, "50000 mails"),
        (50_000, 200_000, Level.WARN, "200000 people take 4 days"),
        (50_000, 50_000, Level.OK, "3 are used"),
        (199, None, Level.FAIL, "first day of the ramp alone is 200"),
        (None, 200_000, Level.OK, "no bound"),
    ],
)
def test_a_day_of_ses_holds_the_first_day_of_the_ramp(
    quota: int | None, audience: int | None, level: Level, told: str
) -> None:
    found = service.quota(replace(ACCOUNT, quota=quota), first_day=200, audience=audience)
    assert (found[0], told in found[1]) == (level, True), found


def test_a_domain_is_verified_and_what_it_sends_is_signed() -> None:
    assert service.identity(IDENTITY, DOMAIN, REGION)[0] is Level.OK
    assert service.identity(None, DOMAIN, REGION)[0] is Level.FAIL
    assert service.identity(replace(IDENTITY, verified=False), DOMAIN, REGION)[0] is Level.FAIL
    assert service.dkim(IDENTITY, DOMAIN)[0] is Level.OK
    for lacking in (None, replace(IDENTITY, signing=False), replace(IDENTITY, dkim="PENDING")):
        assert service.dkim(lacking, DOMAIN)[0] is Level.FAIL


def without(kind: str, *names: str) -> ConfigurationSet:
    """The set, with a destination that does not tell of these."""
    return replace(
        SET,
        destinations=tuple(
            replace(d, kinds=d.kinds - {*names}) if d.kind == kind else d for d in SET.destinations
        ),
    )


def test_bounces_and_complaints_are_told_by_both_ways() -> None:
    assert service.reports(SET)[0] is Level.OK
    assert service.reports(without("bus", "OPEN"))[0] is Level.OK
    off = replace(SET, destinations=tuple(replace(d, enabled=False) for d in SET.destinations))
    broken = [None, without("bus", "BOUNCE"), without("topic", "COMPLAINT"), off]
    for found in (*broken, replace(SET, sending=False)):
        assert service.reports(found)[0] is Level.FAIL
    assert service.topics(SET) == (TOPIC,)
    assert service.topics(off) == service.topics(None) == ()


def test_reports_reach_their_queue_and_an_alarm_tells_somebody() -> None:
    loud, mute = Alarms(made=1, telling=1), Alarms(made=1, telling=0)
    assert service.route(SET, subscribed=True, alarms=loud)[0] is Level.OK
    assert service.route(SET, subscribed=True, alarms=mute)[0] is Level.WARN
    assert service.route(SET, subscribed=True, alarms=Alarms(made=0, telling=0))[0] is Level.FAIL
    assert service.route(SET, subscribed=False, alarms=loud)[0] is Level.FAIL
