"""Segments: people by what is known of them now, as a file of `playbooks/segments/` says.

A segment is a condition (CEL) over `person`, as playbooks have it, of what a person's row in the
finder can tell. It is never stored who is in it: that is asked when somebody wants to know.
A static list is the contrary: people whom somebody, or a form, put on it, one by one.
"""

import re
from typing import Final

import msgspec

MAX_WHEN_CHARS = 2_000
# How static lists are named.
LIST_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment. `name` is for people; `when` the condition; `brand` whose people they are."""

    key: str
    name: str
    when: str
    brand: str
