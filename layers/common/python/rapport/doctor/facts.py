"""What the checks are told by the world, and the ports that tell it.

Every port raises CannotTellError when it gets no answer, which is another thing than the answer
that there is nothing.
"""

from dataclasses import dataclass
from typing import Protocol


class Resolver(Protocol):
    """The DNS. Names without a trailing dot; an empty answer when there is no such record."""

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records, each with its parts joined."""
        ...

    def mx(self, name: str) -> tuple[str, ...]:
        """The mail exchangers, the most wanted first."""
        ...

    def cname(self, name: str) -> str:
        """What the name is another name of, or an empty string."""
        ...

    def addresses(self, name: str) -> tuple[str, ...]:
        """The IPv4 and IPv6 addresses."""
        ...


@dataclass(frozen=True, kw_only=True)
class SesAccount:
    """GetAccount: `quota` mails in 24 hours (None: no bound), `used` of them."""

    production: bool
    sending: bool
    enforcement: str
    quota: int | None
    used: int
    per_second: float


@dataclass(frozen=True, kw_only=True)
class Identity:
    """GetEmailIdentity of a domain; states as SES spells them."""

    name: str
    verified: bool
    signing: bool
    dkim: str
    easy_dkim: bool
    mail_from: str
    mail_from_state: str


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a configuration set reports to. `kind`: `bus`, `topic` or `other`."""

    kind: str
    enabled: bool
    kinds: frozenset[str]
    arn: str


@dataclass(frozen=True, kw_only=True)
class ConfigurationSet:
    """GetConfigurationSet and its event destinations."""

    name: str
    sending: bool
    redirect_domain: str
    https: str
    destinations: tuple[Destination, ...]


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """The alarms on a queue, and how many of them tell anybody."""

    made: int
    telling: int


class MailService(Protocol):
    """SES and what hangs on it, in the region of the deployment."""

    def account(self) -> SesAccount:
        """How SES stands to the account."""
        ...

    def identity(self, domain: str) -> Identity | None:
        """A sending domain; None when SES does not know it."""
        ...

    def configuration_set(self) -> ConfigurationSet | None:
        """The set that `send` sends with."""
        ...

    def subscribed(self, topic: str) -> bool:
        """Whether the queue of reports hears a topic."""
        ...

    def alarms(self) -> Alarms:
        """Of the queue of reports."""
        ...


UNREACHED = 0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An HTTP answer: its status and the first bytes of its body. No redirect was followed.

    The status is `UNREACHED` when there was none, and the text then says why.
    """

    status: int
    text: str = ""

    def __str__(self) -> str:
        """As part of a sentence."""
        return f"answers {self.status}" if self.status else f"does not answer ({self.text})"


class Web(Protocol):
    """The public doors, as the world sees them."""

    def get(self, url: str) -> Answered:
        """Read."""
        ...

    def post(self, url: str, form: str) -> Answered:
        """Send a form, as mail programs do."""
        ...


class TestMail(Protocol):
    """A mail that was never sent, to an address that is nobody's, for the time of a check."""

    def place(self) -> str:
        """Let there be such a mail; the token of its unsubscribe link."""
        ...

    def withdrawn(self) -> bool:
        """Whether its topic is closed for the address by now."""
        ...

    def clear(self) -> None:
        """Take back all of it."""
        ...
