"""SES and what it reports: identity, configuration set → bus and topic → queue → function.

SES publishes the events of a configuration set to the account's default bus and to no other; the
rule takes those of our set only, for others in the account may use SES too. It does so as well as
it can, and says that an event may be lost on that way. So what a mail's fate depends on comes by a
topic once more; whoever reads takes either, and both change nothing twice.
"""

from aws_cdk import Arn, ArnComponents, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.alarms import alarm_on_reputation
from infra.constructs.checks import acknowledge
from infra.constructs.event_route import RETRIES, RETRY_FOR
from infra.constructs.queues import WorkQueue

SOURCE = "aws.ses"
# What SES calls the kinds of event that are told. Opens and clicks are of mails alone whose reader
# agreed to that: every mail says for itself whether SES may put its links and pixel into it.
KINDS = (
    *("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "OPEN", "CLICK"),
    *("RENDERING_FAILURE", "DELIVERY_DELAY", "SUBSCRIPTION"),
)
# What must not be lost: evidence that a mail left, and that an address must not be mailed again.
TOLD_TWICE = ("SEND", "BOUNCE", "COMPLAINT", "REJECT")


class MailFeedback(Construct):
    """`mail_arns` are what a sender may use; `queue` holds what SES says of its mails.

    `mail_from_domain`: where bounces go to, a subdomain of the sender's; empty: SES's own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        sender_domain: str,
        mail_from_domain: str,
        consumer_timeout_s: int,
    ) -> None:
        super().__init__(scope, construct_id)
        identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(sender_domain),
            feedback_forwarding=False,
            # Without its MX record SES falls back on its own domain, and sends all the same.
            mail_from_domain=mail_from_domain or None,
        )
        configuration_set = ses.ConfigurationSet(
            self,
            "ConfigurationSet",
            reputation_metrics=True,
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        self.configuration_set = configuration_set.configuration_set_name
        self.mail_arns = [
            identity.email_identity_arn,
            Arn.format(
                ArnComponents(
                    service="ses",
                    resource="configuration-set",
                    resource_name=self.configuration_set,
                ),
                Stack.of(self),
            ),
        ]
        default_bus = events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
        destination = ses.CfnConfigurationSetEventDestination
        destination(
            self,
            "Reports",
            configuration_set_name=self.configuration_set,
            event_destination=destination.EventDestinationProperty(
                enabled=True,
                matching_event_types=list(KINDS),
                event_bridge_destination=destination.EventBridgeDestinationProperty(
                    event_bus_arn=default_bus.event_bus_arn
                ),
            ),
        )
        self.queue = WorkQueue(self, "Feedback", consumer_timeout_s=consumer_timeout_s)
        self._told_by_topic()
        alarm_on_reputation(self, self.configuration_set)
        rule = events.Rule(
            self,
            "Rule",
            description="Rapport: what SES reports of our mails",
            event_bus=default_bus,
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail={"mail": {"tags": {"ses:configuration-set": [self.configuration_set]}}},
            ),
        )
        rule.add_target(
            targets.SqsQueue(
                self.queue.queue,
                dead_letter_queue=self.queue.dead_letters.queue,
                max_event_age=RETRY_FOR,
                retry_attempts=RETRIES,
            )
        )

    def _told_by_topic(self) -> None:
        topic = sns.Topic(self, "Topic", enforce_ssl=True)
        acknowledge(
            topic,
            ("SNS2", "Passes on to an encrypted queue; a key of ours here could lose reports."),
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ReportsOfOurSet",
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": self.mail_arns[1],
                    }
                },
            )
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                self.queue.queue, dead_letter_queue=self.queue.dead_letters.queue
            )
        )
        destination = ses.CfnConfigurationSetEventDestination
        made = destination(
            self,
            "ReportsByTopic",
            configuration_set_name=self.configuration_set,
            event_destination=destination.EventDestinationProperty(
                enabled=True,
                matching_event_types=list(TOLD_TWICE),
                sns_destination=destination.SnsDestinationProperty(topic_arn=topic.topic_arn),
            ),
        )
        # SES looks at making whether it may publish.
        made.node.add_dependency(topic)
