"""The brake: what people switch beside the bundle, and how every mail comes to obey it.

One row of `book` says whether all mail is stopped, how far each brand's mail may reach, and on
which UTC day each sending domain went live. It is read at most every 10 s and stands above the
bundle, so that a hand on the brake needs no publishing. Who cannot read it sends nothing.

    stopped        nothing leaves; what would have is held, and judged afresh every 15 minutes
    mode           `off`, `allow-list` or `live`: in the place of the bundle's `send_mode`
    first day      of the domain's ramp: in the place of the bundle's `ramp.started`
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Protocol

import msgspec

from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.domain.gates import SendMode
from rapport.domain.stopping import Stop
from rapport.errors import ConflictError, RapportError
from rapport.ports import Bundles
from rapport.sending import day_of

READ_SECONDS = 10.0
TRIES = 5
MAX_WHY_CHARS = 200


class NotLiveYetError(RapportError):
    """A brand is to be live that never went live."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """The row: `modes` by key of the brand, `first_days` (`2026-11-23`) by sending domain.

    `version` counts its changes, 0: there was none yet.
    """

    stop: Stop | None = None
    modes: Mapping[str, SendMode] = field(default_factory=dict)
    first_days: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    def to_json(self) -> dict[str, Json]:
        """For programs; times as in ISO 8601."""
        stop = self.stop
        told: Json = None
        if stop is not None:
            told = {"at": stop.at.isoformat(), "by": stop.by, "why": stop.why}
        return {
            "stopped": told,
            "modes": {brand: mode.value for brand, mode in sorted(self.modes.items())},
            "first_days": dict(sorted(self.first_days.items())),
        }


NOTHING_SWITCHED = Sending()


class Sendings(Protocol):
    """Where the row is kept."""

    def sending(self) -> Sending:
        """The row, read strongly consistent; `NOTHING_SWITCHED` when there is none."""
        ...

    def put_sending(self, sending: Sending, *, after: Sending) -> None:
        """Let a row follow another; ConflictError when somebody else was faster."""
        ...


def in_force(bundle: Bundle, sending: Sending) -> Bundle:
    """The bundle with what is switched beside it; itself if nothing is."""
    brand, ramp = bundle.brand, bundle.policy.ramp
    mode = sending.modes.get(brand.key, SendMode(brand.send_mode))
    started = sending.first_days.get(domain_of(brand.sender), ramp.started)
    if (mode, started) == (brand.send_mode, ramp.started):
        return bundle
    return msgspec.structs.replace(
        bundle,
        brand=msgspec.structs.replace(brand, send_mode=mode.value),
        policy=replace(bundle.policy, ramp=replace(ramp, started=started)),
    )


def live_by_a_file(bundle: Bundle, sending: Sending) -> bool:
    """Whether a bundle alone would let mail reach everybody: its brand never went live."""
    brand = bundle.brand
    return brand.send_mode == SendMode.LIVE and domain_of(brand.sender) not in sending.first_days


def domain_of(address: str) -> str:
    """The domain of an address that mail is sent from."""
    return address.rpartition("@")[2].lower()


class LiveBrake:
    """The row as functions see it: read at most every 10 s.

    When it cannot be read, what is asked for fails, and with it the mail.
    """

    def __init__(
        self, read: Callable[[], Sending], *, clock: Callable[[], float] = monotonic
    ) -> None:
        """`read` asks the book; `clock` gives seconds."""
        self._read = read
        self._clock = clock
        self._cached: tuple[float, Sending] | None = None

    def sending(self) -> Sending:
        """What is switched."""
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= READ_SECONDS:
            self._cached = (now, self._read())
        return self._cached[1]

    def stopped(self) -> Stop | None:
        """Who stopped all mail; None while it goes."""
        return self.sending().stop


class SwitchedBundles:
    """The port `Bundles`: bundles with what is switched beside them."""

    def __init__(self, bundles: Bundles, brake: LiveBrake) -> None:
        """Over another such port."""
        self._bundles = bundles
        self._brake = brake

    def get(self, bundle_hash: str) -> Bundle:
        """The bundle of that hash; MisconfiguredError when it was never published."""
        return in_force(self._bundles.get(bundle_hash), self._brake.sending())


@dataclass(frozen=True, kw_only=True)
class Brake:
    """What operators do; each answers with the row as it is then, and is harmless to repeat."""

    sendings: Sendings
    now: Callable[[], datetime]

    def state(self) -> Sending:
        """What is switched now."""
        return self.sendings.sending()

    def stop(self, *, by: str, why: str = "") -> Sending:
        """Stop all mail to candidates, of every class; the first stop keeps its name."""
        stop = Stop(at=self.now(), by=by, why=why[:MAX_WHY_CHARS])
        return self._changed(lambda now: replace(now, stop=now.stop or stop))

    def go(self) -> Sending:
        """Let mail go again; what was held is judged afresh within 15 minutes."""
        return self._changed(lambda now: replace(now, stop=None))

    def mode(self, brand: str, mode: SendMode, *, domain: str) -> Sending:
        """Set how far a brand's mail may reach.

        NotLiveYetError when it is to be live, and its sending domain never went live.
        """

        def changed(now: Sending) -> Sending:
            if mode is SendMode.LIVE and domain not in now.first_days:
                msg = f"{brand} never went live; run `rapport golive`, which checks it first."
                raise NotLiveYetError(msg)
            return replace(now, modes={**now.modes, brand: mode})

        return self._changed(changed)

    def go_live(self, brand: str, *, domain: str) -> Sending:
        """Let a brand's mail reach everybody; the domain's ramp begins today if it never did."""
        today = day_of(self.now())
        return self._changed(
            lambda now: replace(
                now,
                modes={**now.modes, brand: SendMode.LIVE},
                first_days={domain: today, **now.first_days},
            )
        )

    def _changed(self, change: Callable[[Sending], Sending]) -> Sending:
        for _ in range(TRIES):
            before = self.sendings.sending()
            after = change(before)
            if after == before:
                return before
            after = replace(after, version=before.version + 1)
            try:
                self.sendings.put_sending(after, after=before)
            except ConflictError:
                continue
            return after
        msg = f"the switches of sending changed {TRIES} times in a row"
        raise ConflictError(msg)
