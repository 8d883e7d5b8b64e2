"""`python -m local.serve`: API front, career site and mailbox in one process, until SIGTERM."""

import argparse
import threading

from local.description import BROWSER_KEY, WEB_KEY
from local.exchange import Server
from local.faults import LocalError, StoppedError, command
from local.front import Front
from local.layout import url_of
from local.mailbox import Recorder
from local.site import Site
from local.site_content import Door
from local.site_scripts import Scripts
from local.tracking import Tracker

CLOSING_SECONDS = 3


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="local.serve", description=__doc__)
    for name in ("api-port", "site-port", "mailbox-port", "emulator-port"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--api-id", required=True)
    asked = parser.parse_args()
    tracker = Tracker(api_url=url_of(asked.api_port), write_key=BROWSER_KEY)
    front = Front(emulator_port=asked.emulator_port, api_id=asked.api_id)
    recorder = Recorder(emulator_port=asked.emulator_port)
    site = Site(
        site_url=url_of(asked.site_port),
        mailbox_url=url_of(asked.mailbox_port),
        tracker=tracker,
        scripts=Scripts(api_url=url_of(asked.api_port), write_key=WEB_KEY),
        door=Door(url_of(asked.api_port)),
    )
    try:
        servers = [
            Server(asked.api_port, front.reply),
            Server(asked.site_port, site.reply),
            Server(asked.mailbox_port, recorder.reply),
        ]
    except OSError as error:
        msg = f"A port of {asked.api_port}, {asked.site_port}, {asked.mailbox_port}: {error}."
        raise LocalError(msg) from error
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        threading.Event().wait()
    except StoppedError:
        # Asked to stop, which is how this ends well: what visitors just did still goes out, unless
        # the API is gone already and the SDK would try for hours.
        closing = threading.Thread(target=tracker.close, daemon=True)
        closing.start()
        closing.join(CLOSING_SECONDS)
    return 0


if __name__ == "__main__":
    command(main)
