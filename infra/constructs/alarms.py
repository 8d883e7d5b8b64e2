"""The alarms: each says that something is being lost or about to be, never that it is busy."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# Records stay in a stream for 24 hours; the mapping gives up after 6.
ITERATOR_AGE = Duration.minutes(5)
OLDEST_INTENT = Duration.minutes(5)
# A mail that nobody can tell of is settled after 15 minutes; twice as long is no coincidence.
UNSETTLED_PERIODS = 6
# A secret that was rotated on one side only is refused with every delivery; a stranger tries a few.
REFUSED = 10
# So many differences in an hour are no delivery that came late: a webhook is missing.
DRIFT = 100
# Providers act on a sender from 0.1 % complaints on, SES reviews an account from 5 % bounces on.
BOUNCED, COMPLAINED = 0.02, 0.0005


def _alarm(
    scope: Construct,
    name: str,
    metric: cloudwatch.Metric,
    threshold: float,
    description: str,
    *,
    periods: int = 1,
) -> None:
    cloudwatch.Alarm(
        scope,
        name,
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=periods,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def alarm_on_errors(scope: Construct, function: lambda_.Function) -> None:
    """Some call ended in an exception or a timeout."""
    metric = function.metric_errors(period=Duration.minutes(5))
    _alarm(scope, "Errors", metric, 1, "A call ended in an exception or a timeout.")


def alarm_on_throttles(scope: Construct, function: lambda_.Function) -> None:
    """The account's concurrency is used up."""
    metric = function.metric_throttles(period=Duration.minutes(5))
    _alarm(scope, "Throttles", metric, 1, "Calls were turned away: concurrency is used up.")


def alarm_on_faults(scope: Construct, api: gateway.HttpApi) -> None:
    """The door answered 5xx: `track` tells its own faults so, and so does the gateway."""
    metric = api.metric_server_error(statistic=cloudwatch.Stats.SUM, period=Duration.minutes(5))
    _alarm(scope, "Faults", metric, 1, "The public door answered 5xx: events may be lost.")


def alarm_on_lag(scope: Construct, function: lambda_.Function) -> None:
    """A stream is read later than it is written; at 24 hours records are gone."""
    metric = function.metric(
        "IteratorAge", statistic=cloudwatch.Stats.MAXIMUM, period=Duration.minutes(5)
    )
    threshold = ITERATOR_AGE.to_milliseconds()
    _alarm(scope, "Lag", metric, threshold, "A stream is read minutes after it is written.")


def alarm_on_depth(scope: Construct, dead: sqs.Queue) -> None:
    """Something ended in a dead-letter queue; docs/operations.md tells how to send it back."""
    metric = dead.metric_approximate_number_of_messages_visible(period=Duration.minutes(5))
    _alarm(scope, "Depth", metric, 1, "Something could not be processed and waits for a person.")


def alarm_on_differing(scope: Construct, *, namespace: str, service: str) -> None:
    """A stored profile is not what the log says: a defect of ours."""
    metric = cloudwatch.Metric(
        namespace=namespace,
        metric_name="ProfilesDiffering",
        dimensions_map={"service": service},
        statistic=cloudwatch.Stats.SUM,
        period=Duration.hours(1),
    )
    _alarm(scope, "Differing", metric, 1, "Profiles of the nightly sample differ from the log.")


def alarm_on_deliveries(scope: Construct, *, namespace: str, service: str) -> None:
    """Deliveries of an ATS wait to be read by a person, or come with signatures that are wrong."""
    for name, figure, most, description in (
        ("Kept", "DeliveriesKept", 1, "A delivery could not be read; it waits in the quarantine."),
        ("Refused", "DeliveriesRefused", REFUSED, "Many deliveries are signed wrongly."),
    ):
        metric = cloudwatch.Metric(
            namespace=namespace,
            metric_name=figure,
            dimensions_map={"service": service},
            statistic=cloudwatch.Stats.SUM,
            period=Duration.minutes(15),
        )
        _alarm(scope, name, metric, most, description)


def alarm_on_pulls(scope: Construct, *, namespace: str, service: str) -> None:
    """An ATS is not read any more, or holds what its deliveries had not told."""
    for name, figure, most, description in (
        ("Late", "PullsLate", 1, "A connection has not been read for a day."),
        ("NoEntry", "PullsRefused", 1, "An ATS refuses its key, or answers what nobody expects."),
        ("Drift", "Drift", DRIFT, "Much of what an ATS holds had come by no delivery."),
        ("Files", "FilesSetAside", 1, "A file that was dropped is not what its mapping says."),
        ("Rosters", "RosterFaults", 1, "More than half of an ATS's entities seemed to be gone."),
    ):
        metric = cloudwatch.Metric(
            namespace=namespace,
            metric_name=figure,
            dimensions_map={"service": service},
            statistic=cloudwatch.Stats.SUM,
            period=Duration.hours(1),
        )
        _alarm(scope, name, metric, most, description)


def alarm_on_unsettled(scope: Construct, *, namespace: str, service: str) -> None:
    """Mails stay without an outcome: SES reports nothing, or nothing is read of what it reports."""
    metric = cloudwatch.Metric(
        namespace=namespace,
        metric_name="Unsettled",
        dimensions_map={"service": service},
        statistic=cloudwatch.Stats.MINIMUM,
        period=Duration.minutes(5),
    )
    _alarm(
        scope,
        "Unsettled",
        metric,
        1,
        "Of some mail nobody could tell for 30 minutes whether it went out.",
        periods=UNSETTLED_PERIODS,
    )


def alarm_on_failed(scope: Construct, name: str, mapping_id: str) -> None:
    """A stream's records were put aside in the failed bucket."""
    metric = cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name="OnFailureDestinationDeliveredEventCount",
        dimensions_map={"EventSourceMappingUUID": mapping_id},
        statistic=cloudwatch.Stats.SUM,
        period=Duration.minutes(5),
    )
    _alarm(scope, name, metric, 1, "Records failed every try; they are in the failed bucket.")


def alarm_on_reputation(scope: Construct, configuration_set: str) -> None:
    """More mail comes back, or is complained of, than mailbox providers put up with."""
    for name, kind, most in (
        ("Bounces", "Reputation.BounceRate", BOUNCED),
        ("Complaints", "Reputation.ComplaintRate", COMPLAINED),
    ):
        metric = cloudwatch.Metric(
            namespace="AWS/SES",
            metric_name=kind,
            dimensions_map={"ses:configuration-set": configuration_set},
            statistic=cloudwatch.Stats.MAXIMUM,
            period=Duration.hours(1),
        )
        _alarm(scope, name, metric, most, f"{name} are more than {most:.2%} of what was sent.")


def alarm_on_age(scope: Construct, queue: sqs.Queue) -> None:
    """Work waits in a queue instead of being done at once."""
    metric = queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5))
    _alarm(scope, "Waiting", metric, OLDEST_INTENT.to_seconds(), "Work has waited for minutes.")
