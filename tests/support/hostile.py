"""The hostile requests of the bench; packing half a gigabyte of zeros takes a second each time."""

from functools import cache

from bench import corpus
from bench.corpus import Hostile


@cache
def hostile_requests() -> tuple[Hostile, ...]:
    """All of them, made once a process."""
    return tuple(corpus.corpus())
