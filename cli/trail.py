"""What a command did goes into the trail of what operators do, under `cli:<user>`."""

import getpass
from uuid import uuid4

from cli import clock
from cli.config import Config
from rapport.auditing import MAX_WHY_CHARS, Ended, Entry


def who() -> str:
    """The person at the keyboard, as the trail names them."""
    return f"cli:{getpass.getuser()}"


def tell(config: Config, action: str, *, about: str, ended: Ended, why: str = "") -> None:
    """Keep what was done, or refused; the tables of the deployment are open."""
    from rapport.adapters.dynamo.audits import DynamoAudits

    DynamoAudits(config.tables["book"]).put(
        Entry(
            id=uuid4().hex,
            at=clock.now(),
            who=who(),
            action=action,
            ended=ended,
            about=about,
            why=why[:MAX_WHY_CHARS],
        )
    )
