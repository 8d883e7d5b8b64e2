"""`.rapport/local.json`: where everything is, for the command line, scripts and tests."""

import json
import os
from collections.abc import Mapping
from typing import Final, TypedDict

from cli.config import FUNCTIONS, SIGN_IN
from local.deploy import Outputs
from local.faults import LocalError
from local.layout import REGION, Place

# What the site's server tells for its visitors, and what is told by the pages themselves.
BROWSER_KEY: Final = "wk_halden_site"
WEB_KEY: Final = "wk_halden_web"
SERVER_KEY: Final = "sk_halden_server"
BUCKETS: Final = ("archive", "bundle", "failed", "inbox", "drop")
QUEUES: Final = ("send", "feedback", "sync", "privacy", "wake")


class Description(TypedDict):
    """What local.json says. URLs have no slash at the end."""

    stage: str
    api_url: str
    site_url: str
    mailbox_url: str
    emulator_url: str
    region: str
    write_keys: dict[str, str]
    tables: dict[str, str]
    buckets: dict[str, str]
    bus: str
    queues: dict[str, str]
    functions: dict[str, str]
    sign_in: dict[str, str]
    pids: dict[str, int]


def describe(place: Place, outputs: Outputs) -> Description:
    """Put together what the stacks' outputs and this machine's ports say."""
    flat = {name: value for stack in outputs.values() for name, value in stack.items()}
    return Description(
        stage="local",
        api_url=place.api_url,
        site_url=place.site_url,
        mailbox_url=place.mailbox_url,
        emulator_url=place.emulator_url,
        region=REGION,
        write_keys={"browser": BROWSER_KEY, "web": WEB_KEY, "server": SERVER_KEY},
        tables={n: _output(flat, f"{n.title()}Table") for n in ("log", "people", "book", "vault")},
        buckets={n: _output(flat, f"{n.title()}Bucket") for n in BUCKETS},
        bus=_output(flat, "BusName"),
        queues={n: _output(flat, f"{n.title()}QueueUrl") for n in QUEUES},
        functions={n: _output(flat, f"Function{n.title()}") for n in FUNCTIONS},
        sign_in={name: _output(flat, key) for name, key in SIGN_IN.items()},
        pids={},
    )


def api_id(outputs: Outputs) -> str:
    """The id of the HTTP API, from its URL `http://{id}.execute-api…`."""
    flat = {name: value for stack in outputs.values() for name, value in stack.items()}
    return _output(flat, "ApiUrl").split("//", 1)[-1].split(".", 1)[0]


def write(place: Place, description: Description) -> None:
    """Write local.json, readable by its owner alone: it holds write keys."""
    path = place.local_json
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(description, out, indent=2)
        out.write("\n")


def read(place: Place) -> Description:
    """Read local.json back."""
    if not place.local_json.exists():
        msg = f"{place.local_json} is not there; start the stack with `make up`."
        raise LocalError(msg)
    loaded: Description = json.loads(place.local_json.read_text(encoding="utf-8"))
    return loaded


def _output(flat: Mapping[str, str], name: str) -> str:
    if name not in flat:
        msg = f"The deployed stacks have no output {name}; see infra/stacks."
        raise LocalError(msg)
    return flat[name]
