"""SES v2, called once per mail and never again by the SDK.

Which answer means what (SES API reference, SendEmail errors): throttling, quota and a paused
account are not sent and worth another try; a rejected or malformed mail is not sent for good; a
lost answer means that nobody can tell.
"""

from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from rapport.adapters import aws
from rapport.ports import Accepted, Mail, NotSent, Unknown

_AGAIN = frozenset(
    {
        "AccountSuspendedException",
        "LimitExceededException",
        "SendingPausedException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_ERROR = 500


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
            return _refused(error)
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            return NotSent(code=type(error).__name__, again=True)
        except HTTPClientError as error:
            return Unknown(detail=type(error).__name__)
        return Accepted(message_id=answer["MessageId"])

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
        return request


def _refused(error: ClientError) -> NotSent | Unknown:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _AGAIN:
        return NotSent(code=code, again=True)
    if status >= _SERVER_ERROR:
        return Unknown(detail=code)
    return NotSent(code=code, again=False)
