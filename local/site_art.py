"""The drawings of the career site, written into the pages: no asset is fetched from anywhere."""

from functools import cache

from local.pages import FOLDER


@cache
def drawing(name: str) -> str:
    """`content/{name}.svg` as inline SVG."""
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8").strip()
