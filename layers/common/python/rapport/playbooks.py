"""The live playbooks as functions read them: the pointer at most every 10 s, bundles by hash."""

from collections.abc import Callable
from datetime import datetime, timedelta

from rapport.bundle import CONFIRM_PROGRAM, Bundle, Template
from rapport.domain.gates import SendMode, Terms
from rapport.errors import MisconfiguredError
from rapport.ports import Book, Bundles

POINTER_AGE = timedelta(seconds=10)
CONFIRM_TEMPLATE = "confirm"


class LivePlaybooks:
    """Which bundle is live, and the bundles themselves. One per process."""

    def __init__(self, *, book: Book, bundles: Bundles, now: Callable[[], datetime]) -> None:
        self._book = book
        self._bundles = bundles
        self._now = now
        self._pointer: tuple[datetime, str] | None = None
        self._known: dict[str, Bundle] = {}

    def live(self) -> tuple[str, Bundle]:
        """The live bundle and its hash; MisconfiguredError when none was ever published."""
        now = self._now()
        if self._pointer is None or now - self._pointer[0] >= POINTER_AGE:
            found = self._book.live_bundle()
            if found is None:
                msg = "no playbook bundle is published; run `rapport publish`"
                raise MisconfiguredError(msg)
            self._pointer = (now, found)
        return self._pointer[1], self.get(self._pointer[1])

    def get(self, bundle_hash: str) -> Bundle:
        """A bundle by its hash. Bundles never change, so each is fetched once."""
        if bundle_hash not in self._known:
            self._known[bundle_hash] = self._bundles.get(bundle_hash)
        return self._known[bundle_hash]


def terms(bundle: Bundle, program: str) -> Terms | None:
    """What a bundle says about a program, as decisions need it; None when it has none of it."""
    playbook = bundle.playbook(program)
    if playbook is None:
        return None
    template: Template = bundle.template(playbook.template)
    return Terms(
        program=playbook.program,
        meaning=playbook.meaning,
        template=template.name,
        topic=template.topic,
        stale_after=timedelta(seconds=playbook.stale_after_seconds),
        confirm_program=CONFIRM_PROGRAM,
        confirm_template=CONFIRM_TEMPLATE,
        send_mode=SendMode(bundle.brand.send_mode),
        allow_list=bundle.brand.allow_list,
    )
