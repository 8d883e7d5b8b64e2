"""What a mail to a stored person would be made of now, chosen by the `Picker` that `send` uses.

The bundle is that of the files on this disk; person, jobs and ledger are the deployment's.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cli.store import Stores
from rapport.bundle import Bundle, Playbook
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Origin
from rapport.domain.gates import JobsWish, Terms
from rapport.domain.profile import Profile
from rapport.playbooks import case_of
from rapport.slates import NOTHING_PICKED, Picked, Picker, Shelf
from rapport.viewing.finding import Found
from rapport.viewing.who import who

# The bundle of these files has no hash before it is published.
_UNPUBLISHED = "unpublished"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A person and what their mail would hold. `lack` says why it would not go out at all."""

    profile: Profile
    picked: Picked
    lack: str = ""


def choice(stores: Stores, found: Found, bundle: Bundle, template: str, *, now: datetime) -> Choice:
    """What is chosen for a person in the first playbook that sends a template.

    A template that no playbook sends has nothing chosen for it.
    """
    known = who(stores, found, now=now)
    playbook = next((each for each in bundle.playbooks if each.template == template), None)
    if playbook is None or known.address is None:
        return Choice(profile=known.profile, picked=NOTHING_PICKED)
    # Whoever did not confirm their address gets no such mail; here it is shown as if they had.
    address = replace(known.address, confirmed_at=known.address.confirmed_at or now)
    case = case_of(bundle, _UNPUBLISHED, _intent(playbook, found, now), known.profile, None)
    case = replace(case, address=address, others=known.addresses[1:])
    picker = Picker(
        book=stores.book, log=stores.log, shelf=Shelf(book=stores.book), now=lambda: now
    )
    picked = picker.pick(case, bundle, known.profile)
    return Choice(profile=known.profile, picked=picked, lack=_lack(case.terms, picked))


def _intent(playbook: Playbook, found: Found, now: datetime) -> Intent:
    fact = FactRef(
        # No fact began it: what a recruiter wrote is not there to be read.
        name="",
        event_id="preview",
        person=found.person,
        origin=Origin.LIVE.value,
        occurred_at=now,
        received_at=now,
        log_pk=found.root,
        log_sk="",
    )
    return Intent(
        program=playbook.program,
        occurrence="",
        person=found.person,
        fact=fact,
        bundle=_UNPUBLISHED,
        decided_at=now,
    )


def _lack(terms: Terms | None, picked: Picked) -> str:
    if terms is None:
        return ""
    if terms.jobs is JobsWish.REQUIRED and not picked.jobs:
        return "no open job fits that they were not shown lately"
    if terms.education and not picked.block:
        return "no block is left that fits and that they have not had"
    return ""
