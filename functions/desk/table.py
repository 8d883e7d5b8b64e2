"""Every route of the operators' API: what it does, and what must be allowed for it.

A new route is a line in `rapport.operator_routes`, a `Served` in a module `routes_*.py` listed
here, and its operation in `docs/openapi-desk.yaml`; tests hold the three together, and put it into
the matrix of who may what.
"""

from functions.desk import (
    routes_campaigns,
    routes_contact,
    routes_imports,
    routes_people,
    routes_plans,
    routes_privacy,
    routes_report,
    routes_resumes,
    routes_search,
    routes_tables,
    routes_work,
)
from functions.desk.calls import Served

_MODULES = (
    *(routes_work, routes_people, routes_contact, routes_search, routes_plans),
    *(routes_imports, routes_campaigns, routes_privacy, routes_report, routes_tables),
    *(routes_resumes,),
)
SERVED: dict[str, Served] = {served.key: served for module in _MODULES for served in module.SERVED}
