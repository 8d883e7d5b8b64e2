"""The headers that every answer of the public door carries, whichever function gives it.

An answer adds its own: a page the style that it may use, a document how long it may be kept.
"""

from collections.abc import Mapping
from types import MappingProxyType

# What is no page has nothing to load and stands in no frame.
NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
SAFE: Mapping[str, str] = MappingProxyType(
    {
        "cache-control": "no-store",
        "content-security-policy": NOTHING_ALLOWED,
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
    }
)
