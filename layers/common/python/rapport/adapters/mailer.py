"""SES v2, called once per mail and never again by the SDK.

Which answer means what stands in `rapport.adapters.refusals`. Whatever is not certain to have been
refused, or never to have left, is unknown: nobody can tell, and nobody sends it again unasked.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rapport.adapters import aws
from rapport.adapters.refusals import never_left, refusal
from rapport.ports import Accepted, Mail, NotSent, Unknown


class SesMailer:
    """The port `Mailer`."""

    def __init__(
        self,
        configuration_set: str,
        *,
        endpoint: str = "",
        client: Any = None,
    ) -> None:
        """Send through a configuration set; `endpoint` stands in front of SES when given."""
        self._configuration_set = configuration_set
        self._endpoint = endpoint
        self._client = client

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        """Submit once. Never raises for what SES or the network answers."""
        self._client = self._client or aws.client("sesv2", endpoint=self._endpoint, once=True)
        try:
            answer = self._client.send_email(**self._request(mail))
        except ClientError as error:
            return refusal(error) or Unknown(detail=error.response["Error"]["Code"])
        except BotoCoreError as error:
            return never_left(error) or Unknown(detail=type(error).__name__)
        return Accepted(message_id=answer.get("MessageId", ""))

    def _request(self, mail: Mail) -> dict[str, Any]:
        request: dict[str, Any] = {
            "FromEmailAddress": mail.sender,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": mail.text, "Charset": "UTF-8"},
                        "Html": {"Data": mail.html, "Charset": "UTF-8"},
                    },
                    "Headers": [{"Name": n, "Value": v} for n, v in mail.headers],
                }
            },
            "EmailTags": [{"Name": n, "Value": v} for n, v in sorted(mail.tags.items())],
            "ConfigurationSetName": self._configuration_set,
        }
        if mail.reply_to:
            request["ReplyToAddresses"] = [mail.reply_to]
        if mail.tracking is not None:
            # Our own links tell which block was followed; SES is only asked for its pixel.
            request["ConfigurationOverrides"] = {
                "Tracking": {
                    "OpenTrackingEnabled": "ENABLED" if mail.tracking else "DISABLED",
                    "ClickTrackingEnabled": "DISABLED",
                }
            }
        return request
