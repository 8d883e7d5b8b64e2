"""What waits, what comes back and what a person chose, with all real handlers."""

from collections import Counter

from cli.store import Stores, open_stores
from rapport.domain.decision import Decision, Outcome
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.reasons import Reason
from rapport.viewing.finding import find
from rapport.viewing.why import stories
from tests.inprocess.outreach import TOVE, mails
from tests.inprocess.story import CONFIG, Story, class_of


def test_a_mail_that_came_too_soon_waits_is_woken_and_goes_out_once(story: Story) -> None:
    stores = open_stores(CONFIG)
    made = Counter(
        (each.outcome, each.reason) for each in _decisions() if each.intent.program == "one-to-one"
    )
    assert story.mails_after["too soon"] == 2
    assert [mail for mail in mails(story)[3:] if class_of(mail) == "marketing"] == []
    assert made == {
        (Outcome.HOLD, Reason.FREQUENCY): 1,
        (Outcome.SEND, Reason.CONSENTED): 1,
        (Outcome.DROP, Reason.PAUSED_BY_CANDIDATE): 1,
    }
    wishes = stores.book.address(_address(stores)).wishes
    assert wishes.paused_until is not None


def test_a_scanners_click_counts_nothing_and_a_persons_is_in_the_ledger(story: Story) -> None:
    assert story.clicks == [0, 1]
    for step in ("scanner", "tove clicks", "nobody's link"):
        assert story.answers[step]["statusCode"] == 302
    stores = open_stores(CONFIG)
    ledger = stores.book.address(_address(stores)).ledger
    assert [entry.program for entry in ledger if entry.human] == ["one-to-one"]


def _address(stores: Stores) -> Ref:
    return stores.pseudonyms.ref(Namespace.EMAIL, TOVE)


def _decisions() -> list[Decision]:
    stores = open_stores(CONFIG)
    return [each.told.decision for each in stories(stores, find(stores, TOVE))]
