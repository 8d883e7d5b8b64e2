"""Whether a person is certain enough to be mailed, when the rules of identity want to know."""

from collections.abc import Callable
from dataclasses import dataclass

from rapport.domain.gates import Verdict
from rapport.identity import Group
from rapport.rules_form import Review
from rapport.suggestions import Suggestions


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Asks the review queue; not at all while the rules do not want it."""

    review: Callable[[], Review]
    suggestions: Suggestions

    def about(self, group: Group) -> Verdict | None:
        """The verdict on a person; None when the rules hold no mail for a doubt."""
        review = self.review()
        if not review.hold_sends:
            return None
        scores = [found.score for found in self.suggestions.of(group.members)]
        highest = max(scores, default=None)
        if highest is None:
            return Verdict(holds=True, detail="No open suggestion is about this candidate.")
        certain = highest < review.hold_at
        return Verdict(
            holds=certain,
            detail=f"An open suggestion of score {highest} is about this candidate; "
            f"mail is held from {review.hold_at} on.",
        )
