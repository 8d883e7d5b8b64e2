"""How much of a long proof one run goes through.

Made-up histories, examples and requests prove more the more there are. An ordinary run takes a
quarter of each number, seeded alike, so what it goes through is the beginning of the whole;
`make proof` (`RAPPORT_WHOLE=1`) takes all of them. What a test prints is what it really ran.
"""

import os
from typing import Final

SHARE: Final = 4
WHOLE: Final = os.environ.get("RAPPORT_WHOLE", "") not in {"", "0"}


def rounds(n: int) -> int:
    """As many of `n` as this run goes through: all, or a quarter of them, but at least one."""
    return n if WHOLE else max(1, n // SHARE)
