"""The playbooks of the pilot: the demo's, sized for the run, and what people add meanwhile."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from cli.strict_yaml import load
from local.layout import Place
from local.pilot.pool import LIST, Sizes
from local.policy import demo_playbooks

AUTHOR, SECOND, ENGINEER, PRIVACY = "kari.holm", "arne.moe", "tor.lund", "liv.dale"
SEGMENT: Final = "night-people"
REHEARSAL: Final = "rehearsal"
FIRST, LETTER = "first-letter", "night-letter"
CONDITION: Final = (
    f'"shift=night" in person.traits && "{LIST}" in person.lists\n'
    '  && "talent-network" in person.consents && !person.halted'
)
_SEGMENT = f"""\
name: Met at the fair, and work at night
brand: halden
when: >-
  {CONDITION}
"""
_CAMPAIGN = """\
name: {name}
brand: halden
{audience}
topic: talent-network
block: night-work
{more}authors: [{author}]
letters:
  en:
    subject: {subject}
    text: |
      We met at the fair in spring, and you told us that you work at night.

      This is how night work is with us, and what we pay for it.
  nb:
    subject: {subject_nb}
    text: |
      Vi møttes på messen i vår, og du fortalte at du jobber om natten.

      Slik er nattarbeid hos oss, og dette betaler vi for det.
"""


def written(place: Place, now: datetime, sizes: Sizes) -> Path:
    """The folder, as it is before anybody adds anything."""
    folder = demo_playbooks(place.state, now, site_url=place.site_url)
    path = folder / "outreach.yaml"
    outreach = load(path.read_text("utf-8"))
    outreach["ramp"] = {**outreach["ramp"], "first_day": first_day(sizes)}
    outreach["approve_over"] = approve_over(sizes)
    path.write_text(json.dumps(outreach, ensure_ascii=False), "utf-8")
    return folder


def first_day(sizes: Sizes) -> int:
    """How many mails the ramp lets leave on its first day: fewer than there are people for."""
    return sizes.nights * 3 // 4


def approve_over(sizes: Sizes) -> int:
    """An audience of more people wants a second person's word."""
    return sizes.nights * 5 // 6


def add_segment(folder: Path) -> None:
    """What a marketer writes."""
    (folder / "segments" / f"{SEGMENT}.yaml").write_text(_SEGMENT, "utf-8")


def add_campaigns(folder: Path) -> None:
    """A rehearsal for a handful, and the letter to everybody in the segment."""
    campaigns = folder / "campaigns"
    (campaigns / f"{FIRST}.yaml").write_text(
        _CAMPAIGN.format(
            name="A rehearsal of the letter to the night shift",
            audience=f"list: {REHEARSAL}",
            more="",
            author=AUTHOR,
            subject="The night shift, a rehearsal",
            subject_nb="Nattvakten, en prøve",
        ),
        "utf-8",
    )
    (campaigns / f"{LETTER}.yaml").write_text(
        _CAMPAIGN.format(
            name="The night shift, as it is",
            audience=f"segment: {SEGMENT}",
            more="most_usd: 5\nseeds: [tester@inbox.halden.example]\n",
            author=AUTHOR,
            subject="The night shift, as it is",
            subject_nb="Nattvakten, slik den er",
        ),
        "utf-8",
    )
