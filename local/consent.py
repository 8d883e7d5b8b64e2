"""What a visitor agrees to when joining the talent network, word for word and with its version."""

from typing import Final

STATEMENT: Final = "talent-network"
VERSION: Final = "2026-11"
TEXT: Final = (
    "Yes, write to me about jobs in my field and about working at Halden Clinics. I can end this"
    " at any time with the link in every mail."
)


def consent() -> dict[str, str]:
    """The consent as a `Talent Network Joined` event carries it."""
    return {"statement": STATEMENT, "version": VERSION, "text": TEXT}
