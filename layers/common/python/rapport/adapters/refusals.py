"""What an answer of SES, or a failure on the way to it, says about one mail.

Codes are those of the SES API reference (SendEmail, Common Errors). Limits share codes, and have
changed them over the years, so the text is looked at too: "Maximum sending rate exceeded", "Daily
message quota exceeded", "Sending paused for this account", "Sending Status Disabled".
"""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
    TokenRetrievalError,
)

from rapport.ports import NotSent
from rapport.sending import Refusal

_QUOTA = frozenset({"LimitExceededException"})
_QUOTA_TEXT = ("daily message quota", "daily sending quota")
_PAUSED = frozenset({"SendingPausedException", "AccountSuspendedException"})
_PAUSED_TEXT = ("sending paused", "sending is paused", "sending status disabled", "is suspended")
_THROTTLED = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException"})
_THROTTLED_TEXT = ("maximum sending rate", "rate exceeded")
_TOO_MANY, _SERVER_ERROR = 429, 500
# Who we are, or when we asked, was not accepted: nothing is wrong with the mail.
_AUTHENTICATION = frozenset({401, 403})
_BEFORE_THE_MAIL = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProxyConnectionError,
    TokenRetrievalError,
)
_HANDSHAKE = ("certificate_verify_failed", "handshake")


def refusal(error: ClientError) -> NotSent | None:
    """What SES refused the mail for; None when the answer does not say that it did."""
    told, meta = error.response["Error"], error.response["ResponseMetadata"]
    code, text = told["Code"], str(told.get("Message", "")).lower()
    status = meta["HTTPStatusCode"]
    if code in _PAUSED or any(words in text for words in _PAUSED_TEXT):
        return NotSent(code=code, again=True, why=Refusal.PAUSED)
    if code in _QUOTA or any(words in text for words in _QUOTA_TEXT):
        return NotSent(code=code, again=True, why=Refusal.QUOTA)
    if code in _THROTTLED or status == _TOO_MANY or any(words in text for words in _THROTTLED_TEXT):
        return NotSent(code=code, again=True, why=Refusal.THROTTLED)
    if status >= _SERVER_ERROR:
        return None
    if status in _AUTHENTICATION:
        return NotSent(code=code, again=True, why=Refusal.UNREACHABLE)
    return NotSent(code=code, again=False)


def never_left(error: BotoCoreError) -> NotSent | None:
    """That no byte of the mail left, if the failure is of that kind; None when nobody can tell."""
    code = type(error).__name__
    if isinstance(error, ParamValidationError):
        return NotSent(code=code, again=False)
    shaking = isinstance(error, SSLError) and any(w in str(error).lower() for w in _HANDSHAKE)
    if shaking or isinstance(error, _BEFORE_THE_MAIL):
        return NotSent(code=code, again=True, why=Refusal.UNREACHABLE)
    return None
