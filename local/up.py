"""`make up`: the whole stack in the background; returns when it is ready."""

from local.faults import command
from local.layout import Place
from local.progress import Teller
from local.run import tell_urls
from local.stack import start


def main() -> int:
    """Start everything and leave it running."""
    place = Place.from_env()
    teller = Teller()
    stack = start(place, teller)
    teller.say()
    tell_urls(stack, teller)
    teller.say("`make down` stops it.")
    return 0


if __name__ == "__main__":
    command(main)
