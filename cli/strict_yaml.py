"""YAML as people edit it: safe, without the two traps that change a meaning in silence.

A key that stands twice in one mapping is a mistake; YAML takes the last of them, so that `trust:
asserted` further down becomes `trust: verified` without a word. And only `true` and `false` are
truth values, as in YAML 1.2: `send_mode: off` means the word.
"""

import re
from collections.abc import Hashable
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  (PyYAML's signature)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                line = key.start_mark.line + 1
                msg = f"line {line}: the key {key.value!r} stands there twice; keep one."
                raise yaml.YAMLError(msg)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|false"), ["t", "f"])


def load(text: str) -> Any:
    """The document; raises yaml.YAMLError."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
