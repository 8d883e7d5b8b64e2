"""An operator for each role of the demo, in the pool of this machine, all with one password."""

from typing import Any, Final

from cli import config
from cli.operators import invited, open_room
from local.description import Description
from local.layout import Place
from local.outside import client
from rapport.domain.operators import ANY, Grant, Role

PASSWORD: Final = "Let-me-in-2026!"  # noqa: S105  (of a pool that lives on this machine alone)
BRAND: Final = ANY


def email_of(role: Role) -> str:
    """Whom the demo calls so."""
    return f"{role.value}@halden.example"


def add_everybody(place: Place, stack: Description) -> None:
    """Add them, with a password that is theirs for good."""
    room = open_room(config.load(place.local_json))
    pool: Any = client(stack, "cognito-idp")
    for role in Role:
        email = email_of(role)
        subject = invited(room.pool, email)
        pool.admin_set_user_password(
            UserPoolId=room.pool, Username=email, Password=PASSWORD, Permanent=True
        )
        room.staff.add(subject, email, [Grant(role=role, brand=BRAND)])


def told() -> str:
    """How to sign in, in a line."""
    roles = ", ".join(Role)
    return f"Sign in as <role>@halden.example, password {PASSWORD}; roles: {roles}"
