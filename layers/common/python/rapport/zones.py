"""Where a person lives, as far as their profile tells: the country, and the time zone.

The zone is taken from the first of these that is known:

1. stated     the attribute `timezone`, vouched for by a server or a confirmed form
2. browser    the same, as a browser says
3. place      the town, if the bundle knows it (`places.yaml`)
4. phone      the country of the telephone number
5. country    the country of the profile
6. employer   the zone of the head office (`home_zone`)

A name counts if the IANA database has it. A country stands for all its zones. A guess, which makes
the hours of sending narrower, is whatever has several zones, a telephone number's country that the
profile does not confirm, and the employer's zone.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError

from rapport.bundle import Bundle, Place
from rapport.domain.event import Trust
from rapport.domain.person import Zone, ZoneSource
from rapport.domain.profile import Profile
from rapport.domain.quiet import zone_named

_CODE_CHARS = 2
# Clocks that agree in all of these weeks are taken to be the same.
_WEEKS = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(weeks=n) for n in range(105))


def zone_of(profile: Profile, bundle: Bundle) -> Zone:
    """The zones that the person may live in; see the ladder above. Never raises for data."""
    stated = profile.attributes.get("timezone")
    if stated is not None and zone_named(stated.value) is not None:
        verified = stated.trust is Trust.VERIFIED
        source = ZoneSource.STATED if verified else ZoneSource.BROWSER
        return Zone(names=(stated.value,), source=source, sure=True)
    country = _stated_country(profile, bundle)
    towns = [place.zone for place in _towns(profile, bundle, country) if zone_named(place.zone)]
    if towns:
        return _zone(towns, ZoneSource.PLACE)
    dialled = _dialled(profile)
    if found := zones_of_country(dialled):
        return _zone(found, ZoneSource.PHONE, confirmed=dialled == country)
    if found := zones_of_country(country):
        return _zone(found, ZoneSource.COUNTRY)
    home = bundle.policy.home_zone
    name = home if zone_named(home) else "UTC"
    return Zone(names=(name,), source=ZoneSource.EMPLOYER, sure=False)


def country_of(profile: Profile, bundle: Bundle) -> str:
    """ISO 3166 alpha-2: what the profile states, else the town's, else the telephone number's.

    Empty when nothing tells: the country of an employer is not taken for a candidate's.
    """
    stated = _stated_country(profile, bundle)
    if stated:
        return stated
    towns = {place.country.upper() for place in _towns(profile, bundle, "")}
    if len(towns) == 1:
        return towns.pop()
    return _dialled(profile)


def _zone(
    names: list[str] | tuple[str, ...], source: ZoneSource, *, confirmed: bool = True
) -> Zone:
    distinct = tuple(dict.fromkeys(names))
    return Zone(names=distinct, source=source, sure=confirmed and len(distinct) == 1)


def _towns(profile: Profile, bundle: Bundle, country: str) -> list[Place]:
    """The places that the town's name may mean; those of the country only, if it is known."""
    city = _plain(profile.attribute("city"))
    # Of most people no town is known, and there are many places.
    if not city:
        return []
    return [
        place
        for place in bundle.places
        if country in {"", place.country.upper()}
        and city in {_plain(name) for name in (place.name, *place.also)}
    ]


def _stated_country(profile: Profile, bundle: Bundle) -> str:
    """The country's code; people write the code, or the name in a language of the brand."""
    brand = bundle.brand
    return country_code(profile.attribute("country"), *brand.languages, brand.language)


def country_code(told: str, *languages: str) -> str:
    """ISO 3166 alpha-2 of a code, or of a name in one of these languages or English; else empty."""
    raw = told.strip()
    code = raw.upper()
    if len(raw) == _CODE_CHARS and code in _countries():
        return code
    for language in (*languages, "en"):
        if found := _named(language).get(_plain(raw)):
            return found
    return ""


def _dialled(profile: Profile) -> str:
    """The country of the telephone number; empty if there is none with its country code."""
    number = profile.attribute("phone").strip()
    if not number.startswith(("+", "00")):
        return ""
    # It takes a tenth of a second to load: whoever has no number shall not wait for it.
    import phonenumbers

    try:
        parsed = phonenumbers.parse(f"+{number.removeprefix('+').removeprefix('00')}", None)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed)
    return str(region) if region in _countries() else ""


@cache
def zones_of_country(code: str) -> tuple[str, ...]:
    """The zones of a country (ISO 3166 alpha-2) as its clocks go today; none if it is unknown.

    Of zones that only history tells apart, as Berlin and Büsingen, the most populous is named.
    """
    found: dict[tuple[timedelta | None, ...], str] = {}
    for name in _countries().get(code, ()):
        zone = zone_named(name)
        if zone is not None:
            found.setdefault(tuple(week.astimezone(zone).utcoffset() for week in _WEEKS), name)
    return tuple(found.values())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """`zone.tab` of the IANA database: of its tables the one that names zones by country.

    `zone1970.tab` has Oslo's clocks under Berlin, and people are told their town.
    """
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _, name, *_ = line.split("\t")
            found[code] = (*found.get(code, ()), name)
    return found


@cache
def _named(language: str) -> dict[str, str]:
    """Countries by their plain names in a language; none for a language that nobody knows."""
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {_plain(name): code for code, name in territories.items() if code in _countries()}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
