"""Which deployment a command talks to, found in this order.

1. The file that RAPPORT_CONFIG names.
2. `.rapport/local.json` of this checkout, which `make run` and `make up` write.
3. The outputs of the stacks RapportData and RapportEngine in the AWS account of the ambient
   credentials. RAPPORT_CONFIG=account skips the two files.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cli.errors import CommandError

LOCAL_JSON: Final = Path(__file__).resolve().parents[1] / ".rapport" / "local.json"
ACCOUNT: Final = "account"
STACKS: Final = ("RapportData", "RapportEngine")
TABLES: Final = ("log", "people", "book", "vault")
BUCKETS: Final = ("archive", "bundle", "failed", "inbox", "drop")
QUEUES: Final = ("send", "feedback", "sync", "privacy", "wake")
FUNCTIONS: Final = (
    "track",
    "enrich",
    "publish",
    "archive",
    "trigger",
    "send",
    "engage",
    "content",
    "receive",
    "settle",
    "audit",
    "ats",
    "sync",
    "privacy",
    "campaign",
    "desk",
)

SIGN_IN: Final = MappingProxyType(
    {"pool": "OperatorPool", "client": "OperatorClient", "url": "SignInUrl"}
)

NO_STACK: Final = (
    "No Rapport is known here: start one with `make up`, or give AWS credentials and a region of"
    " the account where RapportData and RapportEngine are deployed."
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Where one deployment is. `emulator_url` and the demo's URLs are empty in a real account."""

    stage: str
    region: str
    api_url: str
    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    bus: str
    queues: Mapping[str, str]
    functions: Mapping[str, str]
    site_url: str = ""
    mailbox_url: str = ""
    emulator_url: str = ""
    write_keys: Mapping[str, str] = field(default_factory=dict)
    # `pool`, `client` and `url` of the pool that operators sign in by; empty with another issuer.
    sign_in: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether this is the stack of a laptop."""
        return bool(self.emulator_url)


def load(
    path: Path | None = None, *, outputs: Callable[[], tuple[str, Mapping[str, str]]] | None = None
) -> Config:
    """The deployment to talk to; raises CommandError with the mend when there is none.

    `outputs` gives region and outputs of the deployed stacks; by default they are asked of AWS.
    """
    named = os.environ.get("RAPPORT_CONFIG", "").strip()
    if path is None and named and named != ACCOUNT:
        path = Path(named)
    if path is not None:
        return _of_file(path)
    if named != ACCOUNT and LOCAL_JSON.exists():
        return _of_file(LOCAL_JSON)
    return of_outputs(*(outputs or stack_outputs)())


def _of_file(path: Path) -> Config:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{path} is not there; start the stack with `make up`, or correct RAPPORT_CONFIG."
        raise CommandError(msg) from None
    except (OSError, ValueError) as broken:
        msg = f"{path} cannot be read ({broken}); `make down` and `make up` write it anew."
        raise CommandError(msg) from None
    names = {f.name for f in fields(Config)}
    try:
        return Config(**{name: value for name, value in raw.items() if name in names})
    except (AttributeError, TypeError):
        msg = f"{path} does not describe a stack; `make down` and `make up` write it anew."
        raise CommandError(msg) from None


def of_outputs(region: str, outputs: Mapping[str, str]) -> Config:
    """The deployment that the outputs of both stacks describe."""
    try:
        return Config(
            stage=outputs.get("Stage", ""),
            region=region,
            api_url=outputs["ApiUrl"],
            tables={name: outputs[f"{name.title()}Table"] for name in TABLES},
            buckets={name: outputs[f"{name.title()}Bucket"] for name in BUCKETS},
            bus=outputs["BusName"],
            queues={name: outputs[f"{name.title()}QueueUrl"] for name in QUEUES},
            functions={name: outputs[f"Function{name.title()}"] for name in FUNCTIONS},
            sign_in={name: outputs[key] for name, key in SIGN_IN.items() if key in outputs},
        )
    except KeyError as missing:
        msg = f"The deployed stacks lack the output {missing.args[0]}; run `make deploy` again."
        raise CommandError(msg) from None


def stack_outputs() -> tuple[str, Mapping[str, str]]:
    """Region and outputs of the deployed stacks, by the ambient AWS credentials."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    found: dict[str, str] = {}
    try:
        client = boto3.client("cloudformation")
        for name in STACKS:
            for stack in client.describe_stacks(StackName=name)["Stacks"]:
                for output in stack.get("Outputs", []):
                    found[output["OutputKey"]] = output["OutputValue"]
    except (BotoCoreError, ClientError) as refused:
        detail = " ".join(str(refused).split())
        msg = f"{NO_STACK} (AWS said: {detail})"
        raise CommandError(msg) from None
    return client.meta.region_name, found
