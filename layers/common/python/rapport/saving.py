"""Forms, segments and campaigns saved where no files are: a new bundle that follows the live one.

The pointer moves only on from the bundle that the change was made of, so that of two people who
save at the same time neither undoes the other's work. Whoever saves a segment or a form changes the
campaigns that name it, and cannot approve them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec

from rapport.bundle import Bundle
from rapport.campaigns import Campaign
from rapport.editing import Change, Kind, Remove, edited
from rapport.errors import ConflictError, MisconfiguredError, RapportError
from rapport.forms import Form
from rapport.launching import Launches, mark_changed
from rapport.occasions import Wakes, tell_moved
from rapport.segments import Segment

TRIES = 4
VERSION_CHARS = 16
Thing: TypeAlias = Form | Segment | Campaign


class ChangedError(RapportError):
    """It is not any more as it was read."""


class KeptBundles(Protocol):
    """Bundles that can be read and stored."""

    def get(self, bundle_hash: str) -> Bundle:
        """The bundle of that hash; MisconfiguredError when it was never published."""
        ...

    def put(self, compiled: Bundle) -> str:
        """Store a bundle under its hash, and tell the hash."""
        ...


class Pointer(Protocol):
    """Which bundle is live."""

    def live_bundle(self) -> str | None:
        """Its hash, read strongly consistent."""
        ...

    def follow_live_bundle(self, bundle_hash: str, *, after: str, now: datetime) -> None:
        """Make a stored bundle follow another; ConflictError when that is not the live one."""
        ...


def version_of(thing: Thing) -> str:
    """What tells whether somebody changed it: 16 hex digits of its SHA-256."""
    body = msgspec.json.encode(thing, order="sorted")
    return hashlib.sha256(body).hexdigest()[:VERSION_CHARS]


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Saves on its ports."""

    bundles: KeptBundles
    pointer: Pointer
    launches: Launches
    wakes: Wakes
    now: Callable[[], datetime]

    def live(self) -> tuple[Bundle, str]:
        """The live bundle and its hash, as they are this moment."""
        found = self.pointer.live_bundle()
        if found is None:
            msg = "No playbook bundle is published; run `rapport publish`."
            raise MisconfiguredError(msg)
        return self.bundles.get(found), found

    def save(self, change: Change, *, by: str, read: str = "") -> Bundle:
        """Save a change; the bundle that is live then. Saving the same again changes nothing.

        `read` is the version that somebody changed, where they say so: ChangedError if another is
        live. EditError with what is wrong, each complaint a line.
        """
        for _ in range(TRIES):
            before, before_hash = self.live()
            if read and read != _version(before, change):
                msg = "It was changed since you opened it; open it again."
                raise ChangedError(msg)
            after = edited(before, change, by=by)
            if after == before:
                return before
            mark_changed(self.launches, before, after, by=by)
            tell_moved(self.wakes, before, after)
            try:
                self.pointer.follow_live_bundle(
                    self.bundles.put(after), after=before_hash, now=self.now()
                )
            except ConflictError:
                continue
            return after
        msg = "others save at the same moment"
        raise ConflictError(msg)


def thing_of(bundle: Bundle, kind: Kind, key: str) -> Thing | None:
    """A form, segment or campaign by its key, if it is part of the bundle."""
    known: tuple[Thing, ...] = getattr(bundle, kind)
    return next((each for each in known if each.key == key), None)


def _version(bundle: Bundle, change: Change) -> str:
    if isinstance(change, Remove):
        found = thing_of(bundle, change.kind, change.key)
    else:
        kinds: dict[type[Thing], Kind] = {
            Form: "forms",
            Segment: "segments",
            Campaign: "campaigns",
        }
        found = thing_of(bundle, kinds[type(change.what)], change.what.key)
    return "" if found is None else version_of(found)
