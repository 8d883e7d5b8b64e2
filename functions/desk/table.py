"""Every route of the operators' API: what it does, and what must be allowed for it.

A new route is a line in `rapport.operator_routes`, a `Served` in a module `routes_*.py` listed
here, and its operation in `docs/openapi-desk.yaml`; tests hold the three together, and put it into
the matrix of who may what.
"""

from functions.desk import routes_contact, routes_people, routes_work
from functions.desk.calls import Served

SERVED: dict[str, Served] = {
    served.key: served
    for served in (*routes_work.SERVED, *routes_people.SERVED, *routes_contact.SERVED)
}
