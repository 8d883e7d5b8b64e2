"""Tables that somebody opens in a spreadsheet."""

from typing import Final

# By this a spreadsheet knows that letters are UTF-8.
BYTE_ORDER_MARK: Final = "\ufeff"
# A spreadsheet takes a cell that begins so for a formula, wherever the cell came from.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(text: str) -> str:
    """A cell that no spreadsheet computes: what begins like a formula has a `'` before it."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text
