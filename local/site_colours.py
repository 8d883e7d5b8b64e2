"""The employer's colours as the first lines of the career site's style sheet."""

import re
from collections.abc import Mapping

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_DARK = "dark-"


def style(colours: Mapping[str, str]) -> str:
    """Each colour as `--name`; those of the dark take the place of the others there."""
    known = {n: c for n, c in colours.items() if _NAME.fullmatch(n) and _COLOUR.fullmatch(c)}
    light = {name: colour for name, colour in known.items() if not name.startswith(_DARK)}
    dark = {n.removeprefix(_DARK): c for n, c in known.items() if n.startswith(_DARK)}
    return f"{_root(light)}@media (prefers-color-scheme: dark) {{ {_root(dark).strip()} }}\n"


def _root(colours: Mapping[str, str]) -> str:
    told = "".join(f" --{name}: {colour};" for name, colour in sorted(colours.items()))
    return f":root {{{told} }}\n"
