"""`rapport content pull`: forms, segments and campaigns of the live bundle, written back as files.

What was saved in the console is so brought under version control: publishing the folder afterwards
gives the same bundle, byte for byte. What is as usual is left out of the files.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from cli import campaign_file, form_file, segment_file
from rapport.bundle import Bundle
from rapport.campaigns import Campaign
from rapport.forms import Form
from rapport.segments import Segment


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as people write them; nothing as an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def pull(bundle: Bundle, folder: Path) -> list[str]:
    """Write the three folders; one line for each file that changed, came or went."""
    lines = []
    for name, things in _folders(bundle):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        keys = {thing.key for thing in things}
        for path in sorted(place.glob("*.yaml")):
            if path.stem not in keys:
                path.unlink()
                lines.append(f"{name}/{path.name} is gone.")
        for thing in things:
            path = place / f"{thing.key}.yaml"
            if not path.is_file():
                lines.append(f"{name}/{path.name} is new.")
            elif _same(thing, path):
                # A file that says the same keeps its remarks.
                continue
            else:
                lines.append(f"{name}/{path.name} has changed.")
            path.write_text(as_yaml(thing), encoding="utf-8")
    return lines


def as_yaml(thing: Form | Segment | Campaign) -> str:
    """One of them as its file; its key is the name of that."""
    told = _plain(thing)
    del told["key"]
    return yaml.dump(told, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=90)


def _folders(bundle: Bundle) -> Iterator[tuple[str, tuple[Form | Segment | Campaign, ...]]]:
    yield form_file.FOLDER, bundle.forms
    yield segment_file.FOLDER, bundle.segments
    yield campaign_file.FOLDER, bundle.campaigns


def _same(thing: Form | Segment | Campaign, path: Path) -> bool:
    from cli.errors import CommandError

    try:
        match thing:
            case Form():
                return form_file.form_of(path) == thing
            case Segment():
                return segment_file.segment_of(path) == thing
            case Campaign():
                return campaign_file.campaign_of(path) == thing
    except CommandError:
        return False


def _plain(value: msgspec.Struct) -> dict[str, object]:
    """The fields that are not as usual, in order."""
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(value):
        told = getattr(value, field.name)
        usual = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            usual = field.default_factory()
        if told != usual:
            found[field.encode_name] = _told(told)
    return found


def _told(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    if isinstance(value, dict):
        return {name: _told(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_told(each) for each in value]
    return value
