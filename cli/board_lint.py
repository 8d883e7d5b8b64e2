"""What is wrong with `jobs.yaml`, one complaint a line."""

from collections.abc import Iterator

from rapport.bundle import Board
from rapport.feeds.boards import KINDS


def of_boards(boards: tuple[Board, ...]) -> Iterator[str]:
    """Complaints about `jobs.yaml`."""
    known: set[str] = set()
    for board in boards:
        place = f"jobs.yaml: {board.source}"
        if board.source in known:
            yield f"{place} stands there twice; a source is one board."
        known.add(board.source)
        kind = KINDS.get(board.kind)
        if kind is None:
            yield f"{place}: {board.kind!r} is no kind of board; known: {', '.join(sorted(KINDS))}."
        elif kind.address is not None and not board.name:
            yield f"{place} needs the `name` by which its vendor knows the board."
        elif kind.address is None and not board.url:
            yield f"{place} needs the `url` of its feed, which begins with https."
