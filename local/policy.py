"""The demo's own copy of `playbooks/`: the same words, and a policy that a short day can show.

What ships lets a person have one mail a week and sleeps at night and on Sundays: a demo would show
nothing but waiting. The copy is made anew at each start:

    quiet hours   six hours, twelve hours away from now on the employer's clock, so that only who
                  lives on the other side of the world is asleep
    frequency     at most four mails in seven days, three seconds between two of them
    job board     the career site's own, read over HTTP as every hour
    forms         may stand in pages of the local career site
    nurture       first after ten hours, which are ten seconds here (see RAPPORT_WAIT_DIVISOR)
"""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cli.strict_yaml import load
from local.feed import BOARD
from local.layout import REPO

PLAYBOOKS = REPO / "playbooks"
PROGRAMS = (
    "talent-network-welcome",
    "keep-in-touch",
    "job-alert",
    "one-to-one",
    "still-interested",
    "application-reminder",
    "application-arrived",
    "before-interview",
)
# How the board is named in keys and facts.
SOURCE = "careers"
MOST_MAILS, MOST_WITHIN = 4, "7d"
MIN_GAP = "3s"
NURTURE_WAIT = "10h"
# Where somebody lives who is asleep now, summer and winter.
ASLEEP = "Pacific/Auckland"
_FROM, _UNTIL = timedelta(hours=9), timedelta(hours=15)
TOLD = (
    f"The demo's policy: at most {MOST_MAILS} mails in {MOST_WITHIN}, and night is twelve hours"
    " from now; playbooks/outreach.yaml is stricter."
)


def demo_playbooks(state: Path, now: datetime, *, site_url: str = "") -> Path:
    """Write the copy into the state folder; where it is. Without a site no job board is read."""
    copy = state / "playbooks"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(PLAYBOOKS, copy)
    outreach = _read(copy / "outreach.yaml")
    changed = demo_policy(outreach, now)
    nurture = _read(copy / "keep-in-touch.yaml") | {"wait": NURTURE_WAIT}
    boards = (
        []
        if not site_url
        else [{"source": SOURCE, "kind": "greenhouse", "name": BOARD, "url": site_url}]
    )
    files = {"outreach": changed, "keep-in-touch": nurture, "jobs": boards}
    if site_url:
        # A browser asks for the origin of the page around a form, whatever links say.
        for form in sorted((copy / "forms").glob("*.yaml")):
            files[f"forms/{form.stem}"] = _read(form) | {"frames": [site_url]}
    # JSON is YAML, and nobody edits these.
    for name, file in files.items():
        (copy / f"{name}.yaml").write_text(json.dumps(file, ensure_ascii=False), "utf-8")
    return copy


def demo_policy(outreach: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The file `outreach.yaml` with what differs in the demo."""
    wall = now.astimezone(ZoneInfo(outreach["home_zone"]))
    starts, ends = (f"{wall + ahead:%H:%M}" for ahead in (_FROM, _UNTIL))
    night = {"starts": starts, "ends": ends, "narrow_starts": starts, "narrow_ends": ends}
    bounds = {"windows": [{"most": MOST_MAILS, "within": MOST_WITHIN}], "min_gap": MIN_GAP}
    return {
        **outreach,
        "quiet": {**outreach["quiet"], **night, "days_off": []},
        "frequency": {**outreach["frequency"], **bounds},
    }


def _read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = load(path.read_text(encoding="utf-8"))
    return loaded
