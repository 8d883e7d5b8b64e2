"""`segments/*.yaml` of a folder of playbooks: read as they are; what they say is checked later."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from cli.errors import CommandError
from cli.files import document
from rapport.segments import Segment

FOLDER = "segments"


class SegmentFile(Segment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment. Its key is the name of its file."""


def segments_in(folder: Path) -> tuple[Segment, ...]:
    """The segments of a folder of playbooks, by key; CommandError names file and place."""
    return tuple(segment_of(path) for path in sorted((folder / FOLDER).glob("*.yaml")))


def segment_of(path: Path) -> Segment:
    """The segment that a file is."""
    raw = document(path)
    if not isinstance(raw, Mapping):
        msg = f"{path.name}: it must hold the fields of a segment."
        raise CommandError(msg)
    try:
        segment = msgspec.convert({"key": path.stem, **raw}, SegmentFile)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise CommandError(msg) from None
    if segment.key != path.stem:
        msg = f"{path.name}: its key is the name of its file, {path.stem!r}."
        raise CommandError(msg)
    return msgspec.convert(msgspec.to_builtins(segment), Segment)
