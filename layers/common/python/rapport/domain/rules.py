"""The rules of resolution, as `resolve` reads them; playbooks/identity.yaml is their written form.

They say what may join and what stops a join. They never say what is stored: under other rules the
same observations resolve to other persons, and back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.domain.identifiers import Namespace, Ref

# What an identifier may be tied to at most before it counts as shared, by the other's namespace.
_HUBS: Mapping[Namespace, Mapping[Namespace, int]] = {
    Namespace.USER: {Namespace.ATS: 25},
    Namespace.LINKEDIN: {Namespace.USER: 2, Namespace.ATS: 25, Namespace.EMAIL: 5},
    Namespace.EMAIL: {Namespace.USER: 2, Namespace.ATS: 25, Namespace.LINKEDIN: 3},
    Namespace.PHONE: {
        Namespace.USER: 2,
        Namespace.ATS: 25,
        Namespace.LINKEDIN: 3,
        Namespace.EMAIL: 4,
    },
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One set of rules; the defaults are those of a new deployment.

    `link_on`: namespaces whose links count. `caps`: how many of a namespace one person may have.
    `hubs`: beyond so many direct neighbours of a namespace an identifier is shared and joins
    nobody. `anchors`: once verified, two of them are never joined by a mere assertion. `veto_on`:
    links of these need names that can be one person's. `max_identifiers`: beyond it a component is
    quarantined. `blocked`, `blocked_tags`: identifiers, or kinds of mailboxes, that join nobody.
    """

    link_on: frozenset[Namespace] = frozenset(
        {Namespace.USER, Namespace.ATS, Namespace.LINKEDIN, Namespace.EMAIL, Namespace.PHONE}
    )
    caps: Mapping[Namespace, int] = field(
        default_factory=lambda: {
            Namespace.USER: 1,
            Namespace.LINKEDIN: 2,
            Namespace.EMAIL: 5,
            Namespace.PHONE: 5,
        }
    )
    hubs: Mapping[Namespace, Mapping[Namespace, int]] = field(default_factory=lambda: _HUBS)
    anchors: frozenset[Namespace] = frozenset({Namespace.USER, Namespace.ATS, Namespace.EMAIL})
    veto_on: frozenset[Namespace] = frozenset({Namespace.EMAIL, Namespace.PHONE})
    max_identifiers: int = 256
    blocked: frozenset[Ref] = frozenset()
    blocked_tags: frozenset[str] = frozenset({"role"})
    hash: str = "default"
