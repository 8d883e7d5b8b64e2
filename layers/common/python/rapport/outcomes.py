"""How mails fare: ports that keep what is known of each mail, beside those of `rapport.ports`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain.decision import Decision
from rapport.domain.fate import Fate
from rapport.domain.identifiers import Ref
from rapport.domain.verdict import Sign

# Most signs that a mail, and clicks that a network, keep: what comes then changes no verdict.
MAX_SIGNS = 200


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a link of a mail leads, and the key of the block that it stands in.

    `trap`: nobody can see it; whoever follows it is a machine.
    """

    url: str
    block: str = ""
    trap: bool = False


@dataclass(frozen=True, kw_only=True)
class Intended:
    """What was decided last on one intent to mail somebody; `send_key` if an address was known.

    `subject` is the identifier that its person was named by then, `bundle` under which rules.
    """

    intent: str
    outcome: str
    reason: str
    at: datetime
    send_key: str = ""
    subject: Ref = Ref("")  # noqa: RUF009  (a Ref is text)
    bundle: str = ""


class Fates(Protocol):
    """What is known of each mail after it left, by send key."""

    def fate(self, send_key: str) -> Fate:
        """What is known; an empty `Fate` when nothing is."""
        ...

    def fates(self, send_keys: Iterable[str]) -> Mapping[str, Fate]:
        """What is known of several mails; those of which nothing is are left out."""
        ...

    def learn(self, send_key: str, news: Fate) -> Fate:
        """Join `news` into what is known, and what is known then.

        In any order and with any repeats the result is the same.
        """
        ...


class Signs(Protocol):
    """Opens and clicks of each mail, as they came, while they can still be judged."""

    def note(self, send_key: str, sign: Sign) -> None:
        """Keep a sign; harmless to repeat. A mail keeps so many and no more."""
        ...

    def of(self, send_key: str) -> Sequence[Sign]:
        """The signs of a mail, in order of time."""
        ...

    def crowd(self, sign: Sign) -> int:
        """In how many mails there were clicks from its network within a minute of it."""
        ...


class Links(Protocol):
    """Where the links of each mail lead."""

    def keep(self, send_key: str, links: Sequence[Link]) -> None:
        """Keep the links of a mail by their numbers, before it is submitted."""
        ...

    def links(self, send_key: str) -> Sequence[Link]:
        """The links of a mail by number; none when it has none."""
        ...


class Marks(Protocol):
    """The ledger of an address."""

    def mark_human(self, address: Ref, send_key: str) -> None:
        """A person answered to a mail: note it in the ledger's entry; harmless to repeat."""
        ...


class Judgements(Protocol):
    """The work of judging signs, done when it is known what else came with them."""

    def later(self, send_key: str) -> None:
        """Have the signs of a mail judged in a while."""
        ...


class Funnel(Protocol):
    """What became of all intents of a program."""

    def tell(self, decision: Decision) -> None:
        """Note what was decided on an intent; of several decisions of a day the latest stands.

        A send key that was told once stays: a later word does not undo a mail that left.
        """
        ...

    def intended(self, program: str, day: str) -> Sequence[Intended]:
        """The intents of a program that were decided on on a UTC day (`2026-11-23`)."""
        ...

    def programs(self, day: str) -> Sequence[str]:
        """The programs of which any intent was decided on on a UTC day, in order."""
        ...
