"""What compiling playbooks works out of one and the same text is worked out once.

Most tests of the compiler change a line of the playbooks that are shipped; the other files say what
they said in the test before. These functions know nothing but their arguments.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import msgspec
import pytest

from cli import marked, strict_yaml, template_lint
from cli.template_lint import Use
from rapport.bundle import Brand, Template


@pytest.fixture(scope="session", autouse=True)
def compiles_once() -> Iterator[None]:
    """Remember documents, complaints about templates, and what Markdown comes to."""
    load, complain, weigh = (
        cache(strict_yaml.load),
        template_lint.complaints,
        template_lint.heaviest,
    )
    found: dict[tuple[bytes, Use], tuple[str, ...]] = {}
    weights: dict[bytes, int] = {}

    def read(text: str) -> Any:
        return deepcopy(load(text))

    def complaints(template: Template, brand: Brand, use: Use) -> Iterator[str]:
        said = (msgspec.json.encode((template, brand)), use)
        if said not in found:
            found[said] = tuple(complain(template, brand, use))
        yield from found[said]

    def heaviest(template: Template, brand: Brand) -> int:
        said = msgspec.json.encode((template, brand))
        if said not in weights:
            weights[said] = weigh(template, brand)
        return weights[said]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strict_yaml, "load", read)
        patch.setattr("cli.bundle_lint.complaints", complaints)
        patch.setattr("cli.content_lint.heaviest", heaviest)
        for name in ("html_of", "text_of"):
            patch.setattr(marked, name, cache(getattr(marked, name)))
        yield
