"""Forms: shown (GET) without a trace, handed in (POST) as events with what was agreed to.

1. The form, as it is live. The network that asks has an allowance, whatever it hands in.
2. The page: ours, for this form and this browser, opened long enough ago for a person and not too
   long. Its token makes of a page that is handed in twice one event.
3. A field that nobody can see is empty.
4. The answers, each by the type of its question. A form with a wrong one is shown again with what
   was typed, and nothing is stored.
5. The address has an allowance. Then all is stored in one transaction.

The answer is the same whatever is known of the address, and takes as many calls.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.engage.answers import Answers, answers_to
from functions.engage.calendar import entry
from functions.engage.centre import language_of
from functions.engage.stated import Sheet, signed
from rapport.bundle import Bundle
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import Namespace, folded_email, identifier
from rapport.domain.occasions import FullError, closed, full
from rapport.domain.privacy import network
from rapport.domain.rate import Rate
from rapport.domain.tokens import Purpose, issue, verify
from rapport.door import Allowance
from rapport.forms import Form
from rapport.occasions import Occasions, room_of
from rapport.ports import Bundles, Pseudonyms
from rapport.signing import Signatures
from rapport.uploads import Shelf, Ticket, key_of

# The controls that every form has beside its own.
PAGE, TRAP, VISITOR = "page", "website", "visitor"
# Nobody reads a form, fills it in and sends it faster than this; a page that stood open for longer
# may show other words than are live by now.
QUICKEST = timedelta(seconds=2)
LONGEST = timedelta(hours=24)
# A fair with one network for everybody; and one person who corrects themselves.
NETWORK_RATE = Rate(per_second=0.5, burst=120)
ADDRESS_RATE = Rate(per_second=1 / 600, burst=6)
_VISITOR = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CLOCK_BYTES, _NONCE_BYTES, _BOUND_BYTES = 8, 16, 8


class Turn(StrEnum):
    """What came of a form."""

    OPEN = "open"
    CLOSED = "closed"
    FULL = "full"
    TAKEN = "taken"
    SENT = "sent"
    WRONG = "wrong"
    QUICK = "quick"
    STALE = "stale"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Who asks. `visitor` is the cookie that the page was opened with, `languages` by preference.

    A visitor who asks not to be recognised has none. `site` is where our pages are reached.
    """

    visitor: str
    languages: Sequence[str]
    ip: str
    agent: str
    site: str = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A form as its page shows it. `new`: whether something was stored that was not there.

    `waits`: whoever signs up now gets no place at once. Of nobody is told whether they have one.
    `ticket`: a résumé may follow.
    """

    form: Form
    bundle: Bundle
    language: str
    turn: Turn
    page: str = ""
    visitor: str = ""
    answers: Answers | None = None
    new: bool = False
    waits: bool = False
    ticket: Ticket | None = None


@dataclass(frozen=True, kw_only=True)
class Signup:
    """The flow. `ring` gives the keys of tokens, `random` so many bytes nobody can foresee."""

    signatures: Signatures
    occasions: Occasions
    bundles: Bundles
    refs: Pseudonyms
    allowance: Allowance
    ring: Callable[[], Mapping[str, bytes]]
    live: Callable[[], str]
    random: Callable[[int], bytes]
    now: Callable[[], datetime]
    shelf: Shelf | None = None

    def open(self, key: str, visit: Visit) -> Shown | None:
        """A form to fill in; None where there is none of that key."""
        bundle = self.bundles.get(self.live())
        form = form_of(bundle, key)
        if form is None:
            return None
        visitor = visit.visitor if _VISITOR.fullmatch(visit.visitor) else ""
        turn, waits = self._stands(form)
        return Shown(
            form=form,
            bundle=bundle,
            language=language_of(bundle.brand, *visit.languages),
            turn=turn,
            page=self._page(form, visitor) if turn is Turn.OPEN else "",
            visitor=visitor,
            waits=waits,
        )

    def _stands(self, form: Form) -> tuple[Turn, bool]:
        """Whether a form may be filled in, and whether whoever does has to wait for a place."""
        occasion = form.occasion
        if not form.open:
            return Turn.CLOSED, False
        if occasion is None:
            return Turn.OPEN, False
        if occasion.called_off or datetime.fromisoformat(occasion.ends) <= self.now():
            return Turn.CLOSED, False
        hall, room = self.occasions.hall(occasion.id), room_of(occasion)
        return Turn.FULL if closed(hall, room) else Turn.OPEN, full(hall, room)

    def entry(self, key: str, visit: Visit) -> str | None:
        """The event of a form for a calendar; None where there is none."""
        bundle = self.bundles.get(self.live())
        form = form_of(bundle, key)
        if form is None or form.occasion is None:
            return None
        language = language_of(bundle.brand, *visit.languages)
        return entry(form, form.occasion, bundle.brand, language, self.now())

    def hand_in(self, key: str, visit: Visit, typed: Mapping[str, Sequence[str]]) -> Shown | None:
        """A form that was filled in; None where there is none of that key."""
        blank = self.open(key, visit)
        if blank is None or blank.turn is not Turn.OPEN:
            return blank
        page = _first(typed, PAGE)
        opened = self._opened(page, blank.form, blank.visitor)
        busy = self._wait("network", network(visit.ip) or "unknown", NETWORK_RATE)
        if busy or opened is None:
            return self._again(blank, Turn.BUSY if busy else Turn.STALE, typed)
        if self.now() - opened < QUICKEST:
            return self._again(blank, Turn.QUICK, typed, page=page)
        if _first(typed, TRAP):
            # A robot; it need not learn what gave it away.
            return replace(blank, turn=Turn.TAKEN, page="")
        return self._take(blank, visit, typed, page, opened)

    def _take(
        self,
        blank: Shown,
        visit: Visit,
        typed: Mapping[str, Sequence[str]],
        page: str,
        opened: datetime,
    ) -> Shown:
        answers = answers_to(blank.form, blank.bundle, typed)
        if answers.wrong:
            return self._again(blank, Turn.WRONG, typed, page=page, answers=answers)
        email = answers.text("email")
        # What is mailed for `ana+1@` and `ana+2@` comes to one mailbox.
        if self._wait("address", folded_email(email), ADDRESS_RATE):
            return self._again(blank, Turn.BUSY, typed, page=page, answers=answers)
        try:
            new = self.signatures.sign(signed(self._sheet(blank, visit, answers, page, opened)))
        except FullError:
            return replace(blank, turn=Turn.FULL, page="")
        ticket = self._ticket(blank, visit, email, page)
        return replace(blank, turn=Turn.TAKEN, page="", new=new, ticket=ticket)

    def sent(self, key: str, visit: Visit) -> Shown | None:
        """What is told to whoever has put a file there; None where there is no such form."""
        blank = self.open(key, visit)
        if blank is None or not blank.form.resume:
            return None
        return replace(blank, turn=Turn.SENT, page="")

    def _ticket(self, shown: Shown, visit: Visit, email: str, page: str) -> Ticket | None:
        form = shown.form
        if not form.resume or self.shelf is None:
            return None
        key = key_of(form.key, self.refs.ref(Namespace.EMAIL, email), page)
        back = f"{visit.site}/f/{form.key}/resume?lang={shown.language}"
        return self.shelf.ticket(key, back=back)

    def _sheet(
        self, shown: Shown, visit: Visit, answers: Answers, page: str, opened: datetime
    ) -> Sheet:
        address = self.refs.ref(Namespace.EMAIL, answers.text("email"))
        cookie = identifier(Namespace.ANON, shown.visitor)
        return Sheet(
            form=shown.form,
            bundle=shown.bundle,
            language=shown.language,
            page=page,
            opened=opened,
            address=address,
            partition=address if cookie is None else self.refs.ref(cookie.ns, cookie.value),
            cookie="" if cookie is None else cookie.value,
            network=network(visit.ip),
            agent=self.refs.digest("agent", visit.agent),
            answers=answers,
            now=self.now(),
        )

    def _again(
        self,
        shown: Shown,
        turn: Turn,
        typed: Mapping[str, Sequence[str]],
        *,
        page: str = "",
        answers: Answers | None = None,
    ) -> Shown:
        """The page once more with what was typed; the same page, unless it was none of ours."""
        read = answers or answers_to(shown.form, shown.bundle, typed)
        return replace(shown, turn=turn, page=page or shown.page, answers=read)

    def _wait(self, purpose: str, value: str, rate: Rate) -> bool:
        scope = f"form.{purpose}.{self.refs.digest(purpose, value)}"
        return self.allowance.take(scope, 1, rate, self.now()) is not None

    def _page(self, form: Form, visitor: str) -> str:
        clock = millis(self.now()).to_bytes(_CLOCK_BYTES, "big")
        raw = clock + self.random(_NONCE_BYTES) + _bound(form, visitor)
        return issue(self.ring(), Purpose.FORM, raw.hex())

    def _opened(self, page: str, form: Form, visitor: str) -> datetime | None:
        """When a page of ours was opened; None for one of others, or that is too old."""
        found = verify(self.ring(), Purpose.FORM, page)
        raw = b"" if found is None else bytes.fromhex(found)
        if len(raw) != _CLOCK_BYTES + _NONCE_BYTES + _BOUND_BYTES:
            return None
        if raw[-_BOUND_BYTES:] != _bound(form, visitor):
            return None
        opened = from_millis(int.from_bytes(raw[:_CLOCK_BYTES], "big"))
        return opened if self.now() - opened <= LONGEST else None


def form_of(bundle: Bundle, key: str) -> Form | None:
    """The form of a key."""
    return next((form for form in bundle.forms if form.key == key), None)


def visitor_in(typed: Mapping[str, Sequence[str]]) -> str:
    """The cookie that the page was opened with, as the page handed in says."""
    return _first(typed, VISITOR)


def _bound(form: Form, visitor: str) -> bytes:
    return hashlib.sha256(f"{form.key}\x00{visitor}".encode()).digest()[:_BOUND_BYTES]


def _first(typed: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(typed.get(name, ())), "")
