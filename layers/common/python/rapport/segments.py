"""Segments: people by what is known of them now, as a file of `playbooks/segments/` says.

A segment is a condition (CEL) over `person`, as playbooks have it, of what a person's row in the
finder can tell. It is never stored who is in it: that is asked when somebody wants to know.
A static list is the contrary: people whom somebody, or a form, put on it, one by one.
"""

import msgspec

MAX_WHEN_CHARS = 2_000


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment. `name` is for people; `when` the condition; `brand` whose people they are."""

    key: str
    name: str
    when: str
    brand: str
