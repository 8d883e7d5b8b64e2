"""SES, its topic and the alarms on its queue, asked once each; nothing is changed."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rapport.adapters import aws
from rapport.doctor.facts import Alarms, ConfigurationSet, Destination, Identity, SesAccount
from rapport.doctor.findings import CannotTellError

_UNLIMITED = -1
_MISSING = "NotFoundException"
_AGE = "ApproximateAgeOfOldestMessage"


class SesService:
    """The port `MailService`. `queue_url` is the queue of reports."""

    def __init__(
        self,
        *,
        configuration_set: str,
        queue_url: str,
        clients: Callable[[str], Any] = aws.client,
    ) -> None:
        """`clients` gives a client by the name of its service."""
        self._set = configuration_set
        self._queue_url = queue_url
        self._client = clients

    def account(self) -> SesAccount:
        """How SES stands to the account."""
        found = self._asked("sesv2", "get_account") or {}
        quota = found.get("SendQuota", {})
        most = quota.get("Max24HourSend", 0)
        return SesAccount(
            production=bool(found.get("ProductionAccessEnabled")),
            sending=bool(found.get("SendingEnabled")),
            enforcement=str(found.get("EnforcementStatus", "")),
            quota=None if most == _UNLIMITED else int(most),
            used=int(quota.get("SentLast24Hours", 0)),
            per_second=float(quota.get("MaxSendRate", 0)),
        )

    def identity(self, domain: str) -> Identity | None:
        """A sending domain, or the one above it that SES knows; None when it knows neither."""
        labels = domain.split(".")
        for start in range(len(labels) - 1):
            name = ".".join(labels[start:])
            found = self._asked("sesv2", "get_email_identity", EmailIdentity=name)
            if found is not None:
                return _identity(name, found)
        return None

    def configuration_set(self) -> ConfigurationSet | None:
        """The set that `send` sends with."""
        named = {"ConfigurationSetName": self._set}
        found = self._asked("sesv2", "get_configuration_set", **named)
        told = self._asked("sesv2", "get_configuration_set_event_destinations", **named)
        if found is None or told is None:
            return None
        tracking = found.get("TrackingOptions", {})
        return ConfigurationSet(
            name=self._set,
            sending=bool(found.get("SendingOptions", {}).get("SendingEnabled", True)),
            redirect_domain=tracking.get("CustomRedirectDomain", ""),
            https=tracking.get("HttpsPolicy", ""),
            destinations=tuple(_destination(each) for each in told.get("EventDestinations", [])),
        )

    def subscribed(self, topic: str) -> bool:
        """Whether the queue of reports hears a topic."""
        queue = self._queue_arn()
        following: dict[str, str] = {}
        while True:
            page = self._asked("sns", "list_subscriptions_by_topic", TopicArn=topic, **following)
            if page is None:
                return False
            if any(each.get("Endpoint") == queue for each in page.get("Subscriptions", [])):
                return True
            if not page.get("NextToken"):
                return False
            following = {"NextToken": page["NextToken"]}

    def alarms(self) -> Alarms:
        """Of the queue of reports: whether something lies there for too long."""
        name = self._queue_url.rpartition("/")[2]
        found = self._asked(
            "cloudwatch",
            "describe_alarms_for_metric",
            MetricName=_AGE,
            Namespace="AWS/SQS",
            Dimensions=[{"Name": "QueueName", "Value": name}],
        )
        made = [] if found is None else found.get("MetricAlarms", [])
        telling = [each for each in made if each.get("ActionsEnabled") and each.get("AlarmActions")]
        return Alarms(made=len(made), telling=len(telling))

    def _queue_arn(self) -> str:
        wanted = {"QueueUrl": self._queue_url, "AttributeNames": ["QueueArn"]}
        found = self._asked("sqs", "get_queue_attributes", **wanted)
        return "" if found is None else str(found.get("Attributes", {}).get("QueueArn", ""))

    def _asked(self, service: str, call: str, **told: Any) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = getattr(self._client(service), call)(**told)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {_MISSING, "NotFound"}:
                return None
            msg = f"AWS did not answer {call}: {code}."
            raise CannotTellError(msg) from None
        except BotoCoreError as error:
            msg = f"AWS did not answer {call}: {type(error).__name__}."
            raise CannotTellError(msg) from None
        return answer


def _identity(name: str, found: dict[str, Any]) -> Identity:
    dkim, mail_from = found.get("DkimAttributes", {}), found.get("MailFromAttributes", {})
    return Identity(
        name=name,
        verified=bool(found.get("VerifiedForSendingStatus")),
        signing=bool(dkim.get("SigningEnabled")),
        dkim=str(dkim.get("Status", "")),
        easy_dkim=str(dkim.get("SigningAttributesOrigin", "AWS_SES")).startswith("AWS_SES"),
        mail_from=str(mail_from.get("MailFromDomain", "")),
        mail_from_state=str(mail_from.get("MailFromDomainStatus", "")),
    )


def _destination(found: dict[str, Any]) -> Destination:
    bus, topic = found.get("EventBridgeDestination"), found.get("SnsDestination")
    return Destination(
        kind="bus" if bus else "topic" if topic else "other",
        enabled=bool(found.get("Enabled")),
        kinds=frozenset(found.get("MatchingEventTypes", [])),
        arn=(bus or {}).get("EventBusArn", "") or (topic or {}).get("TopicArn", ""),
    )
