"""Prospects into an ATS by HTTP, one call a step, each made once.

What an answer means: 2xx is done. 4xx says that nothing was done, except 408 (nobody can tell) and
409 (it may be there). All else, and no answer, is unclear.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.adapters.ats.push_requests import Ashby, Greenhouse, Lever, Vendor, Webhook
from rapport.adapters.http import Http
from rapport.ats import Connection
from rapport.errors import RetryableError
from rapport.pushes import Gateway, Made, Outcome, Prospect, Refused, Shown, Unclear

# Answers after which nobody can tell, though they look like a refusal.
_UNCLEAR = frozenset({408, 409})
_SECRET = frozenset({"authorization", "webhook-signature"})
_OK, _BAD, _FAULT = 200, 400, 500


@dataclass(frozen=True, kw_only=True)
class HttpGateway:
    """The port `Gateway`, for any vendor."""

    vendor: Vendor
    http: Http
    now: Callable[[], datetime]

    def steps(self, prospect: Prospect) -> int:
        """How many calls it takes."""
        return len(self.vendor.steps(prospect))

    def shown(self, step: int, prospect: Prospect, ids: Mapping[str, str]) -> Shown:
        """The request of a step, without its secrets."""
        url, headers, body = self._request(step, prospect, ids)
        told = {n: "…" if n.lower() in _SECRET else value for n, value in headers.items()}
        return Shown(url=url, headers=told, body=body)

    def call(self, step: int, prospect: Prospect, ids: Mapping[str, str]) -> Outcome:
        """Make the call of a step, once."""
        url, headers, body = self._request(step, prospect, ids)
        try:
            answer = self.http.post(url, headers, body)
            if _BAD <= answer.status < _FAULT and answer.status not in _UNCLEAR:
                return Refused(code=f"http_{answer.status}")
            if not _OK <= answer.status < _OK + 100:
                return Unclear(code=f"http_{answer.status}")
            found = self.vendor.ids(self.vendor.steps(prospect)[step], answer)
        except RetryableError as error:
            # The answer was lost, or cannot be read: what was asked may be done all the same.
            return Unclear(code=type(error).__name__)
        return Refused(code="refused") if found is None else Made(ids=found)

    def _request(
        self, step: int, prospect: Prospect, ids: Mapping[str, str]
    ) -> tuple[str, dict[str, str], bytes]:
        return self.vendor.request(self.vendor.steps(prospect)[step], prospect, ids, self.now())


def gateway_of(
    connection: Connection, *, http: Http, now: Callable[[], datetime]
) -> Gateway | None:
    """How a connection takes prospects; None when it says nothing of where to."""
    api = connection.api
    vendor: Vendor
    if connection.vendor == "greenhouse" and api.get("push_key"):
        vendor = Greenhouse(connection)
    elif connection.vendor == "lever" and api.get("key"):
        vendor = Lever(connection)
    elif connection.vendor == "ashby" and api.get("key"):
        vendor = Ashby(connection)
    elif api.get("push_url") and api.get("push_secret"):
        vendor = Webhook(connection)
    else:
        return None
    return HttpGateway(vendor=vendor, http=http, now=now)
