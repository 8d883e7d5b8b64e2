"""What is saved without a file: forms, segments and campaigns of a bundle, checked as files are.

A change makes a new bundle of the live one. Written back as files and published from those, it is
the same bundle, byte for byte: so what stands in order there stands in order here.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import msgspec

from rapport.bundle import Bundle
from rapport.campaign_lint import of_campaigns
from rapport.campaigns import Campaign
from rapport.errors import PoisonError
from rapport.form_lint import of_forms
from rapport.forms import Form
from rapport.occasions import sequence_of
from rapport.segment_lint import of_segments
from rapport.segments import Segment

Kind: TypeAlias = Literal["forms", "segments", "campaigns"]
_Thing = TypeVar("_Thing", Form, Segment, Campaign)


class EditError(PoisonError):
    """A change that cannot be saved; a line for each complaint."""


@dataclass(frozen=True, kw_only=True)
class Save:
    """Put one in the place of the one of its key, or add it."""

    what: Form | Segment | Campaign


@dataclass(frozen=True, kw_only=True)
class Remove:
    """Take one away."""

    kind: Kind
    key: str


Change: TypeAlias = Save | Remove


def edited(bundle: Bundle, change: Change, *, by: str = "") -> Bundle:
    """The bundle after a change; EditError with what is wrong with it, each complaint a line.

    `by` becomes an author of the campaign that they save.
    """
    after = _after(bundle, change, by)
    before = set(complaints(bundle))
    # What was wrong before is nobody's fault who changes something else.
    found = [line for line in complaints(after) if line not in before]
    if found:
        raise EditError("\n".join(dict.fromkeys(found)))
    return after


def _after(bundle: Bundle, change: Change, by: str) -> Bundle:
    if isinstance(change, Remove):
        return _without(bundle, change.kind, change.key)
    what = change.what
    if isinstance(what, Form):
        return msgspec.structs.replace(bundle, forms=_with(bundle.forms, _moved(bundle, what)))
    if isinstance(what, Segment):
        return msgspec.structs.replace(bundle, segments=_with(bundle.segments, what))
    signed = _signed(bundle, what, by)
    return msgspec.structs.replace(bundle, campaigns=_with(bundle.campaigns, signed))


def _moved(bundle: Bundle, form: Form) -> Form:
    """A form whose event was moved tells calendars so, unless its times cannot be read."""
    if form.occasion is None:
        return form
    with suppress(ValueError):
        sequence = sequence_of(bundle, form)
        occasion = msgspec.structs.replace(form.occasion, sequence=sequence)
        return msgspec.structs.replace(form, occasion=occasion)
    return form


def complaints(bundle: Bundle) -> Iterator[str]:
    """What is wrong with forms, segments and campaigns of a bundle."""
    yield from of_forms(bundle)
    yield from of_segments(bundle)
    yield from of_campaigns(bundle)


def _with(known: tuple[_Thing, ...], thing: _Thing) -> tuple[_Thing, ...]:
    """By key, as the files of a folder are read."""
    found = {each.key: each for each in known}
    found[thing.key] = thing
    return tuple(found[key] for key in sorted(found, key=lambda key: f"{key}.yaml"))


def _without(bundle: Bundle, kind: Kind, key: str) -> Bundle:
    known: tuple[Form | Segment | Campaign, ...] = getattr(bundle, kind)
    left = tuple(each for each in known if each.key != key)
    if len(left) == len(known):
        msg = f"There is nothing of the key {key!r} in {kind}."
        raise EditError(msg)
    return msgspec.structs.replace(bundle, **{kind: left})


def _signed(bundle: Bundle, campaign: Campaign, by: str) -> Campaign:
    """With everybody who ever changed it: nobody takes a name away."""
    known = bundle.campaign(campaign.key)
    before = () if known is None else known.authors
    names = dict.fromkeys((*before, *campaign.authors, *((by,) if by else ())))
    return msgspec.structs.replace(campaign, authors=tuple(names))
