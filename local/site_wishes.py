"""What somebody may wish of a job, on the forms that ask for an address: few things, none a must.

Each is told as `rapport.domain.statements` reads it, so that the jobs in their mails fit.
"""

from collections.abc import Mapping
from typing import Final

from local.feed import CATEGORIES, jobs
from local.markup import text
from local.site_forms import Entry, choice, field, ticks

FIELDS: Final[Mapping[str, str]] = {"": "Please choose"} | {c: c.title() for c in CATEGORIES}
RADII: Final[Mapping[str, str]] = {
    "": "No matter",
    "10": "10 km",
    "25": "25 km",
    "50": "50 km",
    "100": "100 km",
}
EMPLOYMENT: Final[Mapping[str, str]] = {
    "": "No matter",
    "full-time": "Full-time",
    "part-time": "Part-time",
}
LICENCES: Final[Mapping[str, str]] = {
    "registered nurse": "Nurse",
    "physiotherapist licence": "Physiotherapist",
    "biomedical scientist licence": "Biomedical scientist",
    "driving licence": "Driving licence B",
}
_CHOSEN: Final = {"radius_km": RADII, "employment": EMPLOYMENT}
_LONGEST_TOWN: Final = 80


def person(entry: Entry) -> str:
    """The fields for who it is, and for which field of work."""
    first_name = field(
        entry, "first_name", "First name", 'autocomplete="given-name" maxlength="60" required'
    )
    email = field(
        entry,
        "email",
        "E-mail",
        'type="email" autocomplete="email" maxlength="254" required',
        hint="In this demo only addresses at inbox.halden.example receive mail.",
    )
    return first_name + email + choice(entry, "category", "Field of work", FIELDS, must=True)


def wishes(entry: Entry) -> str:
    """The fields for what the job should be like."""
    towns = sorted({job.location.partition(",")[0] for job in jobs()})
    listed = "".join(f'<option value="{text(town)}">' for town in towns)
    town = field(
        entry,
        "city",
        "Town that you start from",
        f'list="towns" autocomplete="address-level2" maxlength="{_LONGEST_TOWN}"',
    )
    return f"""<details class="wishes"{_open(entry)}><summary>What should the job be like?
<span>Optional: leave empty what does not matter.</span></summary>
<div class="pair">{town}<datalist id="towns">{listed}</datalist>
{choice(entry, "radius_km", "How far at most", RADII, must=False)}</div>
{choice(entry, "employment", "How much", EMPLOYMENT, must=False)}
{
        ticks(
            entry,
            "licences",
            "Licences that you hold",
            LICENCES,
            "If you tick any, jobs that ask for another are left out.",
        )
    }</details>"""


def wished(values: Mapping[str, str]) -> dict[str, object]:
    """The wishes of a sent form as its event carries them; what was not offered is no wish."""
    found: dict[str, object] = {}
    if town := " ".join(values.get("city", "").split())[:_LONGEST_TOWN]:
        found["city"] = town
    for name, options in _CHOSEN.items():
        if (value := values.get(name, "")) and value in options:
            found[name] = int(value) if value.isdigit() else value
    licences = [each for each in values.get("licences", "").split(", ") if each in LICENCES]
    found |= {"licences": licences} if licences else {}
    return found | ({"query": values["query"]} if values.get("query") else {})


def _open(entry: Entry) -> str:
    """Whoever has wished already sees what."""
    return " open" if wished(entry.values) else ""
