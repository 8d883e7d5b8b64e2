"""The world outside as the checks before going live see it: DNS, and the public doors."""

from collections.abc import Iterable
from typing import Any

import dns.exception
import dns.resolver
import requests

from rapport.doctor.facts import UNREACHED, Answered
from rapport.doctor.findings import CannotTellError

SECONDS = 5.0
_KEPT_CHARS = 2_000


class Dns:
    """The port `Resolver`, by the name servers of this machine."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        """Over a resolver of dnspython."""
        self._resolver = resolver

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records, each with its parts joined."""
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")
            for record in self._asked(name, "TXT")
        )

    def mx(self, name: str) -> tuple[str, ...]:
        """The mail exchangers, the most wanted first."""
        found = sorted(self._asked(name, "MX"), key=lambda r: (r.preference, str(r.exchange)))
        return tuple(_plain(record.exchange) for record in found)

    def cname(self, name: str) -> str:
        """What the name is another name of, or an empty string."""
        return next((_plain(record.target) for record in self._asked(name, "CNAME")), "")

    def addresses(self, name: str) -> tuple[str, ...]:
        """The IPv4 and IPv6 addresses."""
        found = (*self._asked(name, "A"), *self._asked(name, "AAAA"))
        return tuple(sorted(record.address for record in found))

    def _asked(self, name: str, kind: str) -> Iterable[Any]:
        try:
            self._resolver = self._resolver or dns.resolver.Resolver()
            return self._resolver.resolve(f"{name}.", kind, search=False, lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            msg = f"DNS does not answer for {name} ({kind}): {type(error).__name__}."
            raise CannotTellError(msg) from None


class Http:
    """The port `Web`. Certificates are checked; redirects are not followed."""

    def get(self, url: str) -> Answered:
        """Read."""
        return self._asked("GET", url)

    def post(self, url: str, form: str) -> Answered:
        """Send a form, as mail programs do."""
        return self._asked("POST", url, form)

    def _asked(self, method: str, url: str, form: str | None = None) -> Answered:
        headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = requests.request(
                method, url, data=form, headers=headers, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return Answered(status=UNREACHED, text=type(error).__name__)
        return Answered(status=answer.status_code, text=answer.text[:_KEPT_CHARS])


def _plain(name: object) -> str:
    return str(name).rstrip(".").lower()
