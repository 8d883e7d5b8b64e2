"""Where a person lives: the best of what is known, and what of it is a guess."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.bundle import Brand, Bundle, Place
from rapport.domain.event import Trust
from rapport.domain.identifiers import Ref
from rapport.domain.person import Zone, ZoneSource
from rapport.domain.policy import Policy
from rapport.domain.profile import Profile
from rapport.domain.statements import Register
from rapport.zones import country_of, zone_of, zones_of_country
from tests.support.depth import rounds
from tests.support.fakes import START


def town(name: str, country: str, where: str, *also: str) -> Place:
    return Place(name=name, country=country, latitude=0, longitude=0, zone=where, also=also)


BUNDLE = Bundle(
    brand=Brand(
        key="halden",
        name="Halden Clinics",
        site_url="https://halden.example",
        sender_name="Halden",
        sender="jobs@halden.example",
        reply_to="jobs@halden.example",
        postal_address="Halden",
        language="en",
        accent="#000000",
        send_mode="live",
        languages=("en", "nb"),
    ),
    playbooks=(),
    templates=(),
    statements=(),
    policy=Policy(home_zone="Europe/Oslo"),
    places=(
        town("Gothenburg", "SE", "Europe/Stockholm", "Göteborg"),
        town("Halden", "NO", "Europe/Oslo"),
        town("London", "GB", "Europe/London"),
        town("London", "CA", "America/Toronto"),
        town("Nowhere", "NO", "Europe/Nowhere"),
    ),
)


def somebody(known: Mapping[str, str], *, trust: Trust = Trust.ASSERTED) -> Profile:
    return Profile(
        root=Ref("email#1"),
        attributes={
            name: Register(trust=trust, at=START, message_id="m1", value=value)
            for name, value in known.items()
        },
    )


def test_the_zone_is_the_best_of_what_is_known() -> None:
    known = {
        "timezone": "Asia/Tokyo",
        "city": "göteborg",
        "phone": "+49 30 901820",
        "country": "Norge",
    }
    found: list[Zone] = [zone_of(somebody(known, trust=Trust.VERIFIED), BUNDLE)]
    while known:
        found.append(zone_of(somebody(known), BUNDLE))
        known.pop(next(iter(known)))
        # A country that is known says which of two towns is meant; here it would say neither.
        if "city" in known:
            known["country"] = "Sverige"
    found.append(zone_of(somebody({}), BUNDLE))
    assert [(z.names, z.source, z.sure) for z in found] == [
        (("Asia/Tokyo",), ZoneSource.STATED, True),
        (("Asia/Tokyo",), ZoneSource.BROWSER, True),
        (("Europe/Stockholm",), ZoneSource.PLACE, True),
        (("Europe/Berlin",), ZoneSource.PHONE, False),
        (("Europe/Stockholm",), ZoneSource.COUNTRY, True),
        (("Europe/Oslo",), ZoneSource.EMPLOYER, False),
    ]


@pytest.mark.parametrize(
    ("known", "names", "source", "sure"),
    [
        ({"phone": "+47 22 22 55 55"}, ("Europe/Oslo",), ZoneSource.PHONE, False),
        ({"phone": "004722225555"}, ("Europe/Oslo",), ZoneSource.PHONE, False),
        (
            {"phone": "+47 22 22 55 55", "country": "NO"},
            ("Europe/Oslo",),
            ZoneSource.PHONE,
            True,
        ),
        ({"phone": "22 22 55 55"}, ("Europe/Oslo",), ZoneSource.EMPLOYER, False),
        ({"city": "London", "country": "CA"}, ("America/Toronto",), ZoneSource.PLACE, True),
        ({"city": "London"}, ("Europe/London", "America/Toronto"), ZoneSource.PLACE, False),
        ({"city": "Nowhere"}, ("Europe/Oslo",), ZoneSource.EMPLOYER, False),
        ({"timezone": "Europe/Nowhere"}, ("Europe/Oslo",), ZoneSource.EMPLOYER, False),
        ({"timezone": "../../etc/passwd"}, ("Europe/Oslo",), ZoneSource.EMPLOYER, False),
        (
            {"timezone": "Europe", "country": "is"},
            ("Atlantic/Reykjavik",),
            ZoneSource.COUNTRY,
            True,
        ),
        ({"country": "Deutschland"}, ("Europe/Oslo",), ZoneSource.EMPLOYER, False),
    ],
)
def test_what_names_no_zone_is_passed_over(
    known: dict[str, str], names: tuple[str, ...], source: ZoneSource, *, sure: bool
) -> None:
    assert zone_of(somebody(known), BUNDLE) == Zone(names=names, source=source, sure=sure)


def test_a_country_of_several_zones_stands_for_all_of_them() -> None:
    states = zone_of(somebody({"country": "United States"}), BUNDLE)
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(states.names)
    assert not states.sure
    # Counties of Indiana that differ by their history go by the clocks of Chicago or New York.
    assert len(states.names) < 10


@pytest.mark.parametrize(
    ("known", "country"),
    [
        ({"country": "no"}, "NO"),
        ({"country": " Norway "}, "NO"),
        ({"country": "NORGE"}, "NO"),
        ({"country": "XX"}, ""),
        ({"country": "XX", "city": "Halden"}, "NO"),
        ({"city": "London"}, ""),
        ({"city": "London", "phone": "+44 20 7946 0000"}, "GB"),
        ({"phone": "+1 212 555 0100"}, "US"),
        ({"phone": "+999 1"}, ""),
        ({}, ""),
    ],
)
def test_the_country_is_what_is_stated_or_can_be_told(known: dict[str, str], country: str) -> None:
    assert country_of(somebody(known), BUNDLE) == country


def test_an_employer_without_a_zone_that_exists_is_in_the_zone_of_none() -> None:
    nowhere = msgspec.structs.replace(BUNDLE, policy=Policy(home_zone="Moon/Base"))
    assert zone_of(somebody({}), nowhere).names == ("UTC",)


def test_every_zone_of_every_country_is_one_that_a_clock_can_be_set_by() -> None:
    names = {name for code in ("NO", "US", "RU", "AQ", "KZ") for name in zones_of_country(code)}
    assert all(ZoneInfo(name) for name in names)
    assert zones_of_country("") == zones_of_country("XX") == ()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.text(max_size=30) | st.sampled_from(["+", "00", "+47", "US", "London"])
            for name in ("timezone", "city", "country", "phone")
        },
    )
)
@settings(max_examples=rounds(40))
def test_nothing_that_a_profile_may_state_makes_it_fail(known: dict[str, str]) -> None:
    found = zone_of(somebody(known), BUNDLE)
    assert found.names
    assert all(ZoneInfo(name) for name in found.names)
    assert len(country_of(somebody(known), BUNDLE)) in {0, 2}
