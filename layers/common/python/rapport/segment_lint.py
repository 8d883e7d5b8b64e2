"""What a segment is checked for before it may be published, wherever it was written."""

import re
from collections.abc import Iterator
from typing import Final

from rapport.asking import condition
from rapport.bundle import Bundle
from rapport.conditions import ConditionError
from rapport.segments import MAX_WHEN_CHARS, Segment

MAX_SEGMENTS: Final = 500
MAX_NAME_CHARS: Final = 120
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_KEY_CHARS = 48


def of_segments(bundle: Bundle) -> Iterator[str]:
    """Complaints about all segments of a bundle, each with the file that it would stand in."""
    if len(bundle.segments) > MAX_SEGMENTS:
        yield f"segments: there are over {MAX_SEGMENTS}; take away those that nobody asks for."
    keys = [segment.key for segment in bundle.segments]
    for segment in bundle.segments:
        here = f"segments/{segment.key}.yaml:"
        if keys.count(segment.key) > 1:
            yield f"{here} the key stands there twice."
        for complaint in _of_segment(segment, bundle):
            yield f"{here} {complaint}"


def _of_segment(segment: Segment, bundle: Bundle) -> Iterator[str]:
    if not _KEY.fullmatch(segment.key) or len(segment.key) > _MAX_KEY_CHARS:
        yield f"a key is up to {_MAX_KEY_CHARS} of a-z, 0-9 and single dashes between them."
    if not segment.name.strip() or len(segment.name) > MAX_NAME_CHARS:
        yield f"name is what people call it, up to {MAX_NAME_CHARS} characters."
    if segment.brand != bundle.brand.key:
        yield f"brand is {bundle.brand.key!r}, the one of these playbooks."
    if not segment.when.strip():
        yield "when says who is in it; `true` for everybody."
        return
    if len(segment.when) > MAX_WHEN_CHARS:
        yield f"when is longer than {MAX_WHEN_CHARS} characters."
        return
    try:
        condition(segment.when)
    except ConditionError as error:
        yield f"when is no condition: {error}."
