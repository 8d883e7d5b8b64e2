"""Who used a browser, and whose share that makes an event."""

from datetime import timedelta

import pytest

from rapport.domain.identifiers import Ref
from rapport.domain.labels import SESSION, Login, left, named_in, since, taken
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition, owned
from tests.support.histories import COOKIES, EVE, USERS, event, strong

TABLET = COOKIES[0]
ANA, BO, CY = USERS
ANAS_MAIL = strong("email", "ana")


def labels(*events: tuple[int, Ref | None]) -> list[str]:
    rows = [event(minute, cookie=TABLET, user=user) for minute, user in events]
    return [label for _, label in owned(rows)]


def test_on_the_browser_of_one_person_nobody_needs_to_be_told_apart() -> None:
    assert labels((0, None), (5, ANA), (500, None)) == ["", ANA, ""]


def test_on_a_shared_browser_an_event_stands_under_the_last_login_before_it() -> None:
    found = labels((0, None), (1, ANA), (2, None), (40, None), (41, BO), (41 + 30, None))
    assert found == [f">{ANA}", ANA, f"~{ANA}", f"-{ANA}", BO, f"~{BO}"]


def test_half_an_hour_after_a_login_is_the_limit() -> None:
    login = Login(EVE, ANA)
    assert since(login, EVE + SESSION) == f"~{ANA}"
    assert since(login, EVE + SESSION + timedelta(milliseconds=1)) == f"-{ANA}"


def test_what_happens_at_the_instant_of_a_login_follows_it() -> None:
    assert f"~{BO}" in labels((0, ANA), (5, BO), (5, None))


def test_of_two_logins_at_one_time_the_greater_identifier_was_the_later() -> None:
    assert labels((0, BO), (0, ANA), (1, None))[-1] == f"~{BO}"
    assert labels((0, None), (1, BO), (1, ANA))[0] == f">{ANA}"


@pytest.mark.parametrize("mark", ["", "~", "-", ">"])
def test_a_label_names_its_identifier(mark: str) -> None:
    assert named_in(f"{mark}{ANA}") == ANA
    assert named_in("") is None


def test_who_is_alone_takes_everything() -> None:
    assert taken([ANA], [ANA]) == {"", ANA, f"~{ANA}", f"-{ANA}", f">{ANA}"}
    both = taken([ANA, ANAS_MAIL], [ANA, ANAS_MAIL])
    assert {"", f"-{ANA}", f">{ANAS_MAIL}"} < both


def test_on_a_kiosk_only_what_follows_a_login_is_somebodys() -> None:
    assert taken([ANA], [ANA, BO, CY]) == {ANA, f"~{ANA}"}
    apart = {f"{mark}{who}" for who in (ANA, BO, CY) for mark in "->"}
    assert left({}, [ANA, BO, CY]) == {"", *apart}
    # Bo and Cy are one: they have one other beside them, Ana still has two.
    assert left({CY: BO}, [ANA, BO, CY]) == {"", f"-{ANA}", f">{ANA}"}


def test_a_stranger_takes_nothing() -> None:
    assert taken([CY], [ANA, BO]) == frozenset()
    assert left({}, []) == {""}


def test_a_browser_whose_identifiers_are_one_person_is_not_shared() -> None:
    rows = [
        event(0, cookie=TABLET),
        event(1, cookie=TABLET, user=ANA),
        event(2, cookie=TABLET, user=ANAS_MAIL),
        event(900, cookie=TABLET),
    ]
    partition = fold_partition(TABLET, rows)
    roots = {ANA: ANA, ANAS_MAIL: ANA}
    person = fold_profile(ANA, [partition], members=[ANA, ANAS_MAIL])
    assert person.totals == {"page": 4}
    assert person.members == (ANAS_MAIL, ANA)
    assert fold_profile(TABLET, [partition], roots=roots) == Profile(root=TABLET, moved_to=ANA)
    apart = fold_profile(ANA, [partition])
    assert apart.totals == {"page": 2}, "the page before the first login, and the login"
    assert fold_profile(ANAS_MAIL, [partition]).totals == {"page": 2}
