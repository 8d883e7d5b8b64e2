"""The attributes of a person: their names, and under which names messages tell them."""

import re
from collections.abc import Iterable, Mapping

# Traits of the employer's own: how they are named on the profile, and how many one person has.
TRAIT_PREFIX = "trait."
MAX_TRAITS = 24
# Of the name alone, as forms and imports give it.
TRAIT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
# Where each attribute of a person may stand in a message; the first place that has it is taken.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "first_name": ("first_name", "firstName"),
    "last_name": ("last_name", "lastName"),
    "phone": ("phone",),
    "locale": ("locale",),
    "timezone": ("timezone",),
    "job_category": ("job_category", "jobCategory"),
    "linkedin": ("linkedin", "linkedin_url", "linkedinUrl"),
}
# What only traits tell of a person: elsewhere these words mean the job's, or the site's …
TOLD_BY_TRAITS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "full_name", "fullName"),
    "headline": ("headline",),
    # Whether the employer may write to them, and what they are to it (`rapport.reach`).
    "contact": ("contact",),
    "status": ("status",),
}
# … some of it in the traits' `address` as well.
LIVED: Mapping[str, tuple[str, ...]] = {
    "street": ("street",),
    "postal_code": ("postal_code", "postalCode", "zip"),
    "city": ("city",),
    "country": ("country",),
}
# What somebody wants of a job, from traits and from forms that ask for it.
WISHES: Mapping[str, tuple[str, ...]] = {
    "licences": ("licences", "licenses"),
    "languages": ("languages",),
    "employment": ("employment", "employment_type", "employmentType"),
    "shift": ("shift",),
    "min_pay": ("min_pay", "minPay"),
    "pay_currency": ("pay_currency", "payCurrency"),
    "pay_period": ("pay_period", "payPeriod"),
    "seniority": ("seniority",),
    "radius_km": ("radius_km", "radiusKm"),
    "remote_ok": ("remote_ok", "remoteOk"),
    "dismissed_jobs": ("dismissed_jobs", "dismissedJobs"),
}
# Where somebody looks for a job may be asked there as well.
WANTED_AT: Mapping[str, tuple[str, ...]] = {"city": ("city",), "country": ("country",)}
# Trait of an ATS → attribute; of a list the first, which is the best to reach them by.
FROM_AN_ATS: Mapping[str, str] = {
    "emails": "email",
    "phones": "phone",
    **{n: n for n in ("first_name", "last_name", "name", "headline", "city", "country")},
    "linkedin": "linkedin",
}


def kept(names: Iterable[str]) -> list[str]:
    """The names without those of traits beyond the bound.

    The first by the alphabet stay: in whatever order they came, and however often, the same ones.
    """
    known = [*names]
    if len(known) <= MAX_TRAITS:
        return known
    traits = sorted(name for name in known if name.startswith(TRAIT_PREFIX))
    beyond = {*traits[MAX_TRAITS:]}
    return [name for name in known if name not in beyond]
