"""`campaigns/*.yaml` of a folder of playbooks: read as they are; what they say is checked later."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cli.errors import CommandError
from cli.files import document, seconds
from rapport.campaigns import Campaign, Letter

FOLDER = "campaigns"
_STALE = "stale_after"


class LetterFile(Letter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a campaign says in one language."""


class CampaignFile(Campaign, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign. Its key is the name of its file; how long it may be late is a length, `3d`."""

    letters: dict[str, LetterFile]  # type: ignore[assignment]  # the same, read strictly


def campaigns_in(folder: Path) -> tuple[Campaign, ...]:
    """The campaigns of a folder of playbooks, by key; CommandError names file and place."""
    return tuple(campaign_of(path) for path in sorted((folder / FOLDER).glob("*.yaml")))


def campaign_of(path: Path) -> Campaign:
    """The campaign that a file is."""
    raw = document(path)
    if not isinstance(raw, Mapping):
        msg = f"{path.name}: it must hold the fields of a campaign."
        raise CommandError(msg)
    told: dict[str, Any] = {"key": path.stem, **raw}
    if _STALE in told:
        told["stale_after_seconds"] = seconds(str(told.pop(_STALE)), path)
    try:
        campaign = msgspec.convert(told, CampaignFile)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise CommandError(msg) from None
    if campaign.key != path.stem:
        msg = f"{path.name}: its key is the name of its file, {path.stem!r}."
        raise CommandError(msg)
    return msgspec.convert(msgspec.to_builtins(campaign), Campaign)
