"""SES and what it reports: identity, configuration set → default bus → rule → queue → function.

SES publishes the events of a configuration set to the account's default bus and to no other; the
rule takes those of our set only, for others in the account may use SES too.
"""

from aws_cdk import Arn, ArnComponents, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.constructs.event_route import RETRIES, RETRY_FOR
from infra.constructs.queues import WorkQueue

SOURCE = "aws.ses"
# What SES calls the kinds of event that are evidence of a mail's fate. Opens and clicks are not:
# they would need links and pixels of SES in every mail.
KINDS = (
    *("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT"),
    *("RENDERING_FAILURE", "DELIVERY_DELAY", "SUBSCRIPTION"),
)


class MailFeedback(Construct):
    """`mail_arns` are what a sender may use; `queue` holds what SES says of its mails."""

    def __init__(
        self, scope: Construct, construct_id: str, *, sender_domain: str, consumer_timeout_s: int
    ) -> None:
        super().__init__(scope, construct_id)
        identity = ses.EmailIdentity(
            self,
            "Identity",
            identity=ses.Identity.domain(sender_domain),
            feedback_forwarding=False,
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
