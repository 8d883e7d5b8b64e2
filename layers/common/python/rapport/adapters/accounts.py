"""How SES stands to this account, asked at most every five minutes (GetAccount: once a second).

It never stands in a mail's way: when SES does not say, nothing is known, and SES itself will refuse
what it does not take. What it answers to a mail meanwhile is remembered for as long.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rapport.adapters import aws
from rapport.domain.person import UNKNOWN_ACCOUNT, Account
from rapport.sending import Refusal

KEPT = timedelta(minutes=5)
_SHUT = "SHUTDOWN"
_UNLIMITED = -1


class SesAccounts:
    """The port `Accounts`."""

    def __init__(
        self, *, now: Callable[[], datetime], endpoint: str = "", client: Any = None
    ) -> None:
        """Ask SES, or what stands in front of it at `endpoint`."""
        self._now, self._endpoint, self._client = now, endpoint, client
        self._known, self._until = UNKNOWN_ACCOUNT, None

    _known: Account
    _until: datetime | None

    def account(self) -> Account:
        """Quota and standing; an empty `Account` when SES does not say. Never raises."""
        now = self._now()
        if self._until is None or not self._until - KEPT <= now < self._until:
            self._known, self._until = self._asked(), now + KEPT
        return self._known

    def told(self, why: Refusal, code: str) -> None:
        """Remember what SES has just answered to a mail, for as long as its word is kept."""
        if why is Refusal.PAUSED:
            self._known = replace(self._known, paused=f"SES answered {code}")
        elif why is Refusal.QUOTA:
            quota = self._known.quota or 1
            self._known = replace(self._known, quota=quota, quota_used=quota)
        else:
            return
        self._until = self._now() + KEPT

    def _asked(self) -> Account:
        try:
            self._client = self._client or aws.client("sesv2", endpoint=self._endpoint, once=True)
            answer = self._client.get_account()
        except (BotoCoreError, ClientError):
            return UNKNOWN_ACCOUNT
        quota = answer.get("SendQuota", {})
        most = quota.get("Max24HourSend", _UNLIMITED)
        return Account(
            paused=_paused(answer),
            quota=None if most == _UNLIMITED else int(most),
            quota_used=int(quota.get("SentLast24Hours", 0)),
            per_second=quota.get("MaxSendRate") or None,
        )


def _paused(answer: dict[str, Any]) -> str:
    if answer.get("EnforcementStatus") == _SHUT:
        return "SES has shut sending of this account down"
    return "" if answer.get("SendingEnabled", True) else "SES has paused sending of this account"
