"""The suite without Node takes the wiring from a file; here it is held to the templates."""

from tests.support import wiring


def test_the_committed_wiring_says_what_the_templates_say() -> None:
    assert wiring.COMMITTED.read_text("utf-8") == wiring.synthesised(), (
        "write it anew: .venv/bin/python -m tests.support.wiring"
    )
