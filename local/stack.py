"""The whole stack of one place: started, described in local.json, and stopped by pid.

with running(place, teller) as stack:      # make run, tests
    …stack["api_url"]…

stack = start(place, teller)               # make up; make down calls stop(place)
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from local import (
    ats,
    board,
    deploy,
    description,
    emulator,
    layout,
    operators,
    preflights,
    processes,
)
from local.description import Description
from local.faults import LocalError
from local.inbox import RefusedError, ask
from local.layout import REPO, Place
from local.policy import demo_playbooks
from local.progress import Teller


@contextmanager
def running(place: Place, teller: Teller) -> Iterator[Description]:
    """The started stack; it is stopped at the end, however that comes."""
    described = start(place, teller)
    try:
        yield described
    finally:
        stop(place)


def start(place: Place, teller: Teller) -> Description:
    """Start everything from nothing; if that fails, nothing of it is left running."""
    if processes.Register(place).living():
        msg = f"Rapport is already up at {place.api_url}; stop it with `make down`."
        raise LocalError(msg)
    for needed in (layout.ministack, layout.cdk, layout.node):
        needed()
    layout.node_module("@segment/analytics-node")
    processes.require_free(place.ports.all())
    try:
        return _start(place, teller)
    except BaseException:
        stop(place)
        raise


def _start(place: Place, teller: Teller) -> Description:
    place.state.mkdir(parents=True, exist_ok=True)
    place.local_json.unlink(missing_ok=True)
    with teller.step("Starting the local AWS", "Local AWS is up"):
        emulator.start(place)
    with teller.step("Deploying with the CDK", "Both stacks deployed by `cdk deploy`"):
        outputs = deploy.deploy(place)
    with teller.step("Opening the doors", "Career site, mailbox and API front are up"):
        described = description.describe(place, outputs)
        api_id = description.api_id(outputs)
        preflights.allow(place, api_id)
        _serve(place, api_id)
        described["pids"] = processes.Register(place).living()
        description.write(place, described)
        ats.connect(described)
        operators.add_everybody(place, described)
    with teller.step("Publishing playbooks", "Playbooks published, the site's job board read"):
        _publish(place)
        board.read(place, described)
    return described


def stop(place: Place) -> list[str]:
    """Stop what `start` started here; returns the names of what was still running."""
    stopped = processes.Register(place).stop_all()
    place.local_json.unlink(missing_ok=True)
    emulator.clean(place)
    return stopped


def _serve(place: Place, api_id: str) -> None:
    ports = place.ports
    log = place.log("serve")
    process = processes.start(
        [
            *(sys.executable, "-m", "local.serve"),
            *("--api-port", str(ports.api)),
            *("--site-port", str(ports.site)),
            *("--mailbox-port", str(ports.mailbox)),
            *("--emulator-port", str(ports.emulator)),
            *("--api-id", api_id),
        ],
        env=layout.aws_env(place.emulator_url),
        cwd=REPO,
        log=log,
    )
    processes.Register(place).add("serve", process.pid)
    # The career site is bound last but one; the mailbox last.
    processes.wait_until(
        lambda: _answers(place.mailbox_url), process=process, name="career site", log=log
    )


def _answers(url: str) -> bool:
    try:
        return ask("GET", url).ok
    except RefusedError:
        return False


def _publish(place: Place) -> None:
    """By the same function as `rapport publish`."""
    from cli import config, publish
    from cli.errors import CommandError

    try:
        written = demo_playbooks(place.state, datetime.now(UTC), site_url=place.site_url)
        publish.publish(config.load(place.local_json), written)
    except CommandError as error:
        raise LocalError(str(error)) from error
