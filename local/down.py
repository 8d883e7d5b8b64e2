"""`make down`: stops what `make up` started, by pid."""

from local.faults import command
from local.layout import Place
from local.progress import Teller
from local.stack import stop


def main() -> int:
    """Stop everything that still runs here."""
    stopped = stop(Place.from_env())
    Teller().say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing of Rapport runs here.")
    return 0


if __name__ == "__main__":
    command(main)
