"""Distances on the earth."""

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_KM = 6371.0


class Point(NamedTuple):
    """A place in degrees: latitude -90…90, longitude -180…180."""

    latitude: float
    longitude: float


def kilometres(one: Point, other: Point) -> float:
    """The great-circle distance in km, by the haversine formula; half a percent off at most."""
    north, north_too = radians(one.latitude), radians(other.latitude)
    up = sin((north_too - north) / 2)
    across = sin(radians(other.longitude - one.longitude) / 2)
    share = up * up + cos(north) * cos(north_too) * across * across
    return 2 * EARTH_KM * asin(min(1.0, sqrt(share)))
