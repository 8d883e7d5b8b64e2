"""What a decision is made from, read afresh: profile, address, earlier sends, live bundle."""

from collections.abc import Callable
from dataclasses import dataclass

from rapport.bundle import Bundle
from rapport.conditions import judge
from rapport.domain.decide import target
from rapport.domain.decision import Intent
from rapport.domain.gates import Case
from rapport.domain.identifiers import Namespace, normalise_email
from rapport.domain.profile import Profile
from rapport.playbooks import terms
from rapport.ports import Book, Bundles, People, Pseudonyms
from rapport.profiles import profile_of


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The case, with the bundle and profile that its content would be made from."""

    case: Case
    bundle: Bundle
    profile: Profile
    cluster: int


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
        named = terms(bundle, intent.program)
        to = normalise_email(profile.attribute("email")) or ""
        address = self.book.address(self.pseudonyms.ref(Namespace.EMAIL, to)) if to else None
        earlier = None
        if named is not None and address is not None:
            earlier = self.book.send(target(intent, named, address).send_key)
        playbook = bundle.playbook(intent.program)
        return Snapshot(
            case=Case(
                intent=intent,
                bundle=bundle_hash,
                subject=profile.root,
                terms=named,
                condition=judge("" if playbook is None else playbook.when, profile, intent.fact),
                to=to,
                address=address,
                earlier=earlier,
            ),
            bundle=bundle,
            profile=profile,
            cluster=cluster,
        )
