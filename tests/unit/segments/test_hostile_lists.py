"""The lists of those whom one mail may ask for consent: an import alone puts people on them."""

from datetime import timedelta
from random import Random

import msgspec
import pytest

from rapport.form_lint import of_forms
from rapport.listing import ReservedListError
from tests.support.mailroom import shipped
from tests.unit.segments.test_segments import NOW, Pool, random_profile, segment

ASK = "ask-0123456789ab"


def test_nobody_is_put_by_hand_on_a_list_of_those_who_may_be_asked() -> None:
    chance = Random(5)
    pool = Pool([random_profile(chance, n) for n in range(9)])
    everybody, anybody = segment("true"), next(iter(pool.profiles.values()))
    ways = (
        lambda: pool.lists.put_on(everybody, ASK, by="ops", run=NOW),
        lambda: pool.lists.put_on(everybody, ASK, by="ops", run=NOW, dry_run=True),
        lambda: pool.lists.some(everybody, ASK, on=True, by="ops", run=NOW),
        lambda: pool.lists.change_one(anybody, ASK, on=True, by="ops", run=NOW),
    )
    for way in ways:
        with pytest.raises(ReservedListError, match="repermission"):
            way()
    assert pool.log == []
    late = NOW + timedelta(minutes=1)
    assert pool.lists.take_off(everybody, ASK, by="ops", run=late).people == 0, "off it they may be"


def test_no_form_puts_whoever_is_named_on_it_there_either() -> None:
    bundle = shipped()
    forms = tuple(msgspec.structs.replace(form, lists=(ASK,)) for form in bundle.forms)
    told = [*of_forms(msgspec.structs.replace(bundle, forms=forms))]
    assert sum("of imports alone" in line for line in told) == len(forms)
