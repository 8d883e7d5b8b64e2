"""playbooks/identity.yaml: who is one person, as a recruiting team writes it down.

What a file leaves out is as in a new deployment, limit by limit; `null` takes a limit away. Values
to block are kept in clear here, in the file and in `book`, and hashed when rules are made of them.
The copy in force is JSON in `book`; there is none until one is applied, and then the defaults hold.
"""

import difflib
import hashlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from rapport.domain.cluster import MAX_COMPONENT
from rapport.domain.identifiers import STRONG, Identifier, Namespace, identifier, normalise_email
from rapport.domain.roles import ROLE_WORDS
from rapport.domain.rules import Rules
from rapport.errors import MisconfiguredError
from rapport.extraction import domain_tag, phone
from rapport.ports import Pseudonyms
from rapport.rules_form import Blocked, Hubs, Names, PerKind, Review, Spaces

FILE = "identity.yaml"
READ_SECONDS = 10.0
_HASH_CHARS = 16
_ROLE = "role"
_DEFAULT = Rules()

# What to write, by the key that a complaint is about.
_MENDS: Mapping[str, str] = {
    "": "look at the file that Rapport came with: it has every key, with a comment",
    "link_on": "list some of user, ats, linkedin, email, phone",
    "caps": "write a whole number from 1 per kind, as in `email: 5`, or null for no limit",
    "hubs": "write numbers per kind and kind, as in `phone: {email: 4}`, or null for no limit",
    "anchors": "list some of user, ats, linkedin, email, phone",
    "names": "write `veto: true` or `veto: false`, and in `links` some of email, phone, linkedin",
    "max_identifiers": f"write a whole number from 2 to {MAX_COMPONENT}",
    "blocked": "write lists: `identifiers`, `domains`, `mailboxes`",
    "review": "write scores from 0 to 100, and `hold_sends: true` or `hold_sends: false`",
}


class RulesFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file, complete and in normal form. `parse` makes it."""

    link_on: Spaces
    caps: PerKind
    hubs: Hubs
    anchors: Spaces
    names: Names
    max_identifiers: Annotated[int, Meta(ge=2, le=MAX_COMPONENT)]
    blocked: Blocked
    review: Review

    def rules(self, refs: Pseudonyms) -> Rules:
        """The rules that resolution reads, without a value in clear."""
        named = [_named(text) for text in self.blocked.identifiers]
        return Rules(
            link_on=_spaces(self.link_on),
            caps=self.caps.limits(),
            hubs=self.hubs.limits(),
            anchors=_spaces(self.anchors),
            veto_on=_spaces(self.names.links) if self.names.veto else frozenset(),
            max_identifiers=self.max_identifiers,
            blocked=frozenset(refs.ref(who.ns, who.value) for who in named if who is not None),
            blocked_tags=frozenset(
                {*self.blocked.mailboxes, *(domain_tag(d, refs) for d in self.blocked.domains)}
            ),
            hash=self.hash,
        )

    def to_json(self) -> str:
        """The canonical text: equal rules, equal text."""
        return msgspec.json.encode(self, order="sorted").decode()

    @property
    def hash(self) -> str:
        """Names these rules wherever something was made under them."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:_HASH_CHARS]


class StoredRules(Protocol):
    """Where the rules in force are kept."""

    def identity_rules(self) -> str | None:
        """The rules in force as JSON; None if none were ever applied."""
        ...


class LiveRules:
    """The rules in force, read at most every 10 s. Calling it gives them to resolution."""

    def __init__(
        self, stored: StoredRules, refs: Pseudonyms, *, clock: Callable[[], float] = monotonic
    ) -> None:
        """`clock` gives seconds."""
        self._stored = stored
        self._refs = refs
        self._clock = clock
        self._cached: tuple[float, RulesFile, Rules] | None = None

    def __call__(self) -> Rules:
        """What resolution reads."""
        return self._read()[1]

    def file(self) -> RulesFile:
        """The rules as they are written."""
        return self._read()[0]

    def review(self) -> Review:
        """What holds of the review queue."""
        return self.file().review

    def _read(self) -> tuple[RulesFile, Rules]:
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= READ_SECONDS:
            text = self._stored.identity_rules()
            found = parse({}) if text is None else from_json(text)
            self._cached = (now, found, found.rules(self._refs))
        return self._cached[1:]


def from_json(text: str) -> RulesFile:
    """The inverse of `to_json`."""
    try:
        raw = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        msg = f"the rules of identity in force are damaged ({error}); apply {FILE} again"
        raise MisconfiguredError(msg) from error
    return parse(raw)


def parse(raw: Any) -> RulesFile:
    """The rules of a file's content; MisconfiguredError with every complaint, one a line.

    An empty content gives the defaults.
    """
    told = {} if raw is None else raw
    if not isinstance(told, dict):
        raise _refused([f"{FILE}: its content is no mapping of keys; {_MENDS['']}."])
    default = _default()
    if unknown := _unknown(told, "", default):
        raise _refused(unknown)
    try:
        read = msgspec.convert(_over(default, told), RulesFile)
    except msgspec.ValidationError as error:
        raise _refused([_complaint(error)]) from None
    if complaints := _nobodies(read.blocked):
        raise _refused(complaints)
    return _ordered(read)


def _default() -> dict[str, Any]:
    """What a new deployment resolves by, as plain values."""
    near = {
        ns.value: {other.value: _DEFAULT.hubs.get(ns, {}).get(other) for other in STRONG}
        for ns in STRONG
    }
    return {
        "link_on": sorted(ns.value for ns in _DEFAULT.link_on),
        "caps": {ns.value: _DEFAULT.caps.get(ns) for ns in STRONG},
        "hubs": near,
        "anchors": sorted(ns.value for ns in _DEFAULT.anchors),
        "names": msgspec.to_builtins(Names()),
        "max_identifiers": _DEFAULT.max_identifiers,
        "blocked": msgspec.to_builtins(Blocked()),
        "review": msgspec.to_builtins(Review()),
    }


def _over(default: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with what was told in their place, key by key."""
    return default | {
        key: _over(default[key], value)
        if isinstance(value, dict) and isinstance(default[key], dict)
        else value
        for key, value in told.items()
    }


def _unknown(told: Mapping[str, Any], path: str, known: Mapping[str, Any]) -> list[str]:
    """A complaint per key that does not exist, with the one that was probably meant."""
    found = []
    for key, value in told.items():
        if key in known:
            inner = known[key]
            if isinstance(value, dict) and isinstance(inner, dict):
                found += _unknown(value, f"{path}{key}.", inner)
            continue
        near = difflib.get_close_matches(str(key), known, n=1)
        mend = f"write `{near[0]}`" if near else f"write one of {', '.join(known)}"
        found.append(f"{FILE}: {path}{key} is no key; {mend}.")
    return found


def _complaint(error: msgspec.ValidationError) -> str:
    """What msgspec found, with the key as it stands in the file and how to mend it."""
    what, _, place = str(error).partition(" - at ")
    path = place.strip("`$").lstrip(".")
    top = path.partition(".")[0].partition("[")[0]
    return f"{FILE}: {path}: {what}; {_MENDS.get(top, _MENDS[''])}."


def _refused(complaints: list[str]) -> MisconfiguredError:
    return MisconfiguredError("\n".join(complaints))


def _spaces(names: Spaces) -> frozenset[Namespace]:
    return frozenset(map(Namespace, names))


def _named(text: str) -> Identifier | None:
    """The identifier that `<kind>:<value>` names, its value as people write it."""
    kind, _, value = text.partition(":")
    if kind == Namespace.PHONE:
        return phone(value)
    return identifier(Namespace(kind), value) if kind in tuple(Namespace) else None


def _domain(text: str) -> str:
    return (normalise_email(f"x@{text}") or "@").rpartition("@")[2]


def _nobodies(blocked: Blocked) -> list[str]:
    """A complaint per entry that could never block anything."""
    odd = [
        f"{FILE}: blocked.identifiers: {text!r} names nobody; write email:, phone:, linkedin:, ats:"
        " or user: before the value, a phone number with + and its country."
        for text in blocked.identifiers
        if (who := _named(text)) is None or who.ns is Namespace.ANON
    ]
    odd += [
        f"{FILE}: blocked.domains: {text!r} is no domain; write it as in `agency.example`."
        for text in blocked.domains
        if not _domain(text)
    ]
    kinds = {_ROLE, *(f"{_ROLE}:{word}" for word in ROLE_WORDS)}
    return odd + [
        f"{FILE}: blocked.mailboxes: {text!r} is no kind of mailbox; write role for all role"
        " mailboxes, or one of them as in role:jobs."
        for text in blocked.mailboxes
        if text not in kinds
    ]


def _ordered(read: RulesFile) -> RulesFile:
    """In normal form: what is a set is sorted, and every value written in one way."""
    named = [_named(text) for text in read.blocked.identifiers]
    return msgspec.structs.replace(
        read,
        link_on=tuple(sorted(set(read.link_on))),
        anchors=tuple(sorted(set(read.anchors))),
        names=msgspec.structs.replace(read.names, links=tuple(sorted(set(read.names.links)))),
        blocked=Blocked(
            identifiers=tuple(sorted({f"{w.ns}:{w.value}" for w in named if w is not None})),
            domains=tuple(sorted({_domain(text) for text in read.blocked.domains})),
            mailboxes=tuple(sorted(set(read.blocked.mailboxes))),
        ),
    )
