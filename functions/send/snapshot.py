"""What a decision is made from, read afresh: profile, address, earlier sends, live bundle."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from rapport.bundle import Bundle
from rapport.domain.decide import target
from rapport.domain.decision import Intent
from rapport.domain.gates import Case
from rapport.domain.identifiers import Namespace, normalise_email
from rapport.domain.profile import Profile
from rapport.playbooks import case_of
from rapport.ports import Book, Bundles, Job, People, Pseudonyms
from rapport.profiles import profile_of


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The case, with the bundle, profile and job that its content would be made from."""

    case: Case
    bundle: Bundle
    profile: Profile
    cluster: int
    job: Job | None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Takes snapshots. Addresses and sends are read strongly consistent; nothing is kept."""

    people: People
    book: Book
    bundles: Bundles
    pseudonyms: Pseudonyms
    live: Callable[[], str]

    def snapshot(self, intent: Intent) -> Snapshot:
        """Everything that the decision about an intent may depend on."""
        bundle_hash = self.live()
        bundle = self.bundles.get(bundle_hash)
        profile = profile_of(self.people, intent.fact)
        cluster = self.people.cluster(profile.root)
        job = self.book.job(intent.fact.job) if intent.fact.job else None
        case = case_of(bundle, bundle_hash, intent, profile, job)
        to = normalise_email(profile.attribute("email")) or ""
        address = self.book.address(self.pseudonyms.ref(Namespace.EMAIL, to)) if to else None
        earlier = None
        if case.terms is not None and address is not None:
            earlier = self.book.send(target(intent, case.terms, address).send_key)
        return Snapshot(
            case=replace(case, to=to, address=address, earlier=earlier),
            bundle=bundle,
            profile=profile,
            cluster=cluster,
            job=job,
        )
