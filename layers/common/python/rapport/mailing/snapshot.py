"""What a decision is made from, read afresh: person, addresses, earlier sends, live bundle.

The person comes first, as a group of identifiers at a version of their cluster; everything else is
read after it. So a claim under that version has seen whatever was claimed for the same people
before they were merged or split.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapport.bundle import Bundle
from rapport.domain.address import AddressState, SendRecord
from rapport.domain.decide import target
from rapport.domain.decision import Intent
from rapport.domain.event import Trust
from rapport.domain.gates import Case
from rapport.domain.identifiers import Namespace, Ref, is_strong, namespace_of, normalise_email
from rapport.domain.jobs import Job
from rapport.domain.profile import Profile
from rapport.domain.stopping import Stop
from rapport.identity import NOWHERE, Clusters, Mark
from rapport.launching import Stands
from rapport.mailing.around import Around
from rapport.mailing.doubt import Doubts
from rapport.playbooks import case_of
from rapport.ports import Book, Bundles, People, Pseudonyms
from rapport.profiles import Found, profile_of
from rapport.slates import Picked


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The case, with the bundle, profile, job and choice that its content would be made from.

    `mine` is the mail that this very intent came to before, at whichever address. `picked` is what
    the mail would be made of; the case is judged with it, and no other content goes out.
    """

    case: Case
    bundle: Bundle
    profile: Profile
    cluster: Mark
    job: Job | None
    mine: SendRecord | None
    picked: Picked

    def tried_elsewhere(self, send_key: str) -> list[SendRecord]:
        """What was claimed before of the same mail, or of this intent, under other keys."""
        tried = (*self.case.elsewhere, *(() if self.mine is None else (self.mine,)))
        return [*{r.send_key: r for r in tried if r.send_key != send_key}.values()]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Takes snapshots. Addresses and sends are read strongly consistent; nothing is kept.

    `bundles` are those with what is switched beside them, `stopped` tells of a stop of all mail,
    `stands` how campaigns stand. `live` tells the live bundle; where that may be one of some
    seconds ago, `anew` tells that of now.
    """

    people: People
    clusters: Clusters
    book: Book
    bundles: Bundles
    pseudonyms: Pseudonyms
    live: Callable[[], str]
    stopped: Callable[[], Stop | None]
    stands: Stands
    doubts: Doubts
    around: Around
    anew: Callable[[], str] | None = None

    def snapshot(self, intent: Intent) -> Snapshot:
        """Everything that the decision about an intent may depend on.

        RetryableError while the person's profile is being brought up to date.
        """
        found = profile_of(self.people, self.clusters, intent.fact)
        mine = self.book.sent_for(intent.id)
        job = self.book.job(intent.fact.job) if intent.fact.job else None
        bundle, case = self._published(intent, found, job)
        case = replace(case, stop=self.stopped(), identity=self.doubts.about(found.group))
        case, picked = self.around.seen(self._addressed(case, found), bundle, found)
        return Snapshot(
            case=case,
            bundle=bundle,
            profile=found.profile,
            cluster=found.group.cluster,
            job=job,
            mine=mine,
            picked=picked,
        )

    def _published(self, intent: Intent, found: Found, job: Job | None) -> tuple[Bundle, Case]:
        """The case by the live bundle. Whoever made the intent may have known a newer one."""
        bundle, case = self._by(self.live(), intent, found, job)
        unknown = case.terms is None or (case.campaign is not None and case.campaign.changed)
        if self.anew is None or not unknown:
            return bundle, case
        return self._by(self.anew(), intent, found, job)

    def _by(
        self, bundle_hash: str, intent: Intent, found: Found, job: Job | None
    ) -> tuple[Bundle, Case]:
        bundle = self.bundles.get(bundle_hash)
        case = case_of(bundle, bundle_hash, intent, found.profile, job)
        return bundle, replace(case, campaign=self.stands.of(intent.program, bundle, bundle_hash))

    def _addressed(self, case: Case, found: Found) -> Case:
        """The case with the address that it would be mailed to, and the person's others."""
        to = self._address_of(found)
        if not to or case.terms is None:
            stated = found.profile.attribute("email").strip()
            unsupported = bool(stated) and normalise_email(stated) is None
            return replace(case, to=to, unsupported=unsupported)
        own = self.pseudonyms.ref(Namespace.EMAIL, to)
        others = [ref for ref in found.group.members if _is_other(ref, own)]
        address = self.book.address(own)
        others_now = tuple(self.book.address(ref) for ref in others)
        vouched = _is_vouched(case, found)
        aim = target(case.intent, case.terms, address, vouched=vouched)
        return replace(
            case,
            to=to,
            vouched=vouched,
            address=address,
            earlier=self.book.send(aim.send_key),
            others=others_now,
            elsewhere=self._sent(aim.key_to, others_now),
        )

    def _sent(
        self, key_to: Callable[[Ref], str], addresses: Sequence[AddressState]
    ) -> tuple[SendRecord, ...]:
        """The records of one mail to several addresses; one that nobody wrote to has none."""
        records = (self.book.send(key_to(state.ref)) for state in addresses if state.version)
        return tuple(record for record in records if record is not None)

    @staticmethod
    def _address_of(found: Found) -> str:
        """The address that the profile states, or an empty string.

        What is left of somebody whose identifiers no cluster knows any more is being erased.
        """
        if is_strong(found.group.root) and found.group.cluster == NOWHERE:
            return ""
        return normalise_email(found.profile.attribute("email")) or ""


def _is_vouched(case: Case, found: Found) -> bool:
    """Whether an ATS tells of the fact, and the address is not what browsers alone say."""
    stated = found.profile.attributes.get("email")
    verified = stated is not None and stated.trust is Trust.VERIFIED
    return verified and bool(case.intent.fact.application)


def _is_other(ref: Ref, own: Ref) -> bool:
    return ref != own and namespace_of(ref) is Namespace.EMAIL
