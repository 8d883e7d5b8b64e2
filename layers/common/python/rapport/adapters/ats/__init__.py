"""Applicant tracking systems: what the webhooks and the API of each vendor are like.

A vendor's module is imported when its first delivery comes, for a cold start pays for each.
"""

from functools import cache
from importlib import import_module
from typing import cast

from rapport.ats import Adapter
from rapport.errors import MisconfiguredError

# Each is a module of this package with an object `ADAPTER`.
VENDORS = (
    "greenhouse",
    "ashby",
    "lever",
    "standard",
    "smartrecruiters",
    "teamtailor",
    "kombo",
    "merge",
    "huntflow",
)


@cache
def adapter_for(vendor: str) -> Adapter:
    """What understands the deliveries of a vendor; MisconfiguredError for one nobody knows."""
    if vendor not in VENDORS:
        msg = f"there is no adapter for {vendor!r}; a connection's vendor is {', '.join(VENDORS)}"
        raise MisconfiguredError(msg)
    return cast("Adapter", import_module(f"{__name__}.{vendor}").ADAPTER)
