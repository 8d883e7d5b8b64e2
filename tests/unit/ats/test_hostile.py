"""What no vendor should send, and some day one does: replays, floods, halves, and bad luck."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rapport.domain.address import ats_scope
from rapport.domain.ats import AtsCandidate, Kind
from rapport.domain.identifiers import Namespace, Ref
from tests.support.ats.desk import NOW, AtsDesk, ana, of_ana, told
from tests.support.fakes import FakePseudonyms

DAY = timedelta(days=1)
APPLIED = NOW - 5 * DAY
C1 = FakePseudonyms().ref(Namespace.ATS, "greenhouse:halden:c1")
MAIL = FakePseudonyms().ref(Namespace.EMAIL, "ana@inbox.example")
NO = of_ana(Kind.CANDIDATE_UPDATED, APPLIED, who=ana(can_email=False))


def scopes(desk: AtsDesk, address: Ref = MAIL) -> set[str]:
    return {*desk.book.address(address).suppressions}


def open_again(**marks: bool) -> AtsCandidate:
    return replace(ana(), **marks)


@pytest.mark.parametrize("at", [None, NOW + 400 * DAY], ids=["without a time", "in the future"])
def test_a_yes_of_nobody_knows_when_opens_nothing_however_late_it_comes_again(
    at: datetime | None,
) -> None:
    captured = told(Kind.APPLICATION_DELETED, at, who=open_again(can_email=True, private=False))
    desk = AtsDesk()
    desk.tell(captured)
    desk.tell(replace(NO, candidate=open_again(can_email=False, private=True)))
    desk.clock.forward(days=365)
    desk.tell(captured)
    assert scopes(desk) == {ats_scope(C1)}
    [record] = desk.profile().recruiting.records.values()
    assert (record.can_email, record.is_private) == (False, True)
