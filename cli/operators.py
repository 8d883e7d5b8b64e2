"""`rapport operators`: who signs in, and what they may do.

With the pool of this deployment somebody is added by their e-mail address: Cognito mails them an
invitation, and knows them by a subject from then on. With another issuer the subject is told.
"""

import getpass
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import typer

from cli import clock, config, output
from cli.errors import CommandError
from cli.store import use
from rapport.auditing import Audits, Ended, Entry
from rapport.domain.event import Json
from rapport.domain.operators import Grant, Operator, Role, parse
from rapport.operators import Staff

commands = typer.Typer(no_args_is_help=True, help="Who signs in, and what they may do.")
Who = Annotated[str, typer.Argument(metavar="WHO", help="E-mail address, or the subject.")]
Grants = Annotated[
    list[str],
    typer.Option("--grant", help="role:brand[:country[:pool]], * for any; may be repeated."),
]


@dataclass(frozen=True, kw_only=True)
class Room:
    """The operators of a deployment, the trail, and the pool if there is one."""

    staff: Staff
    audits: Audits
    pool: str

    def subject(self, asked: str) -> str:
        """The subject of somebody by address or by subject."""
        if "@" not in asked:
            return asked
        for each in self.staff.operators.all():
            if each.name == asked:
                return each.subject
        msg = f"{asked} is no operator; `rapport operators add {asked}` makes one."
        raise CommandError(msg)

    def tell(self, what: str, about: str) -> None:
        """Put it into the trail."""
        self.audits.put(
            Entry(
                id=uuid4().hex,
                at=clock.now(),
                who=f"cli:{getpass.getuser()}",
                action=f"operators:{what}",
                ended=Ended.DONE,
                about=f"operator:{about}",
            )
        )


def open_room(deployment: config.Config) -> Room:
    """The operators of a deployment."""
    use(deployment)
    from rapport.adapters.dynamo.audits import DynamoAudits
    from rapport.adapters.dynamo.operators import DynamoOperators

    table = deployment.tables["book"]
    return Room(
        staff=Staff(operators=DynamoOperators(table), now=clock.now),
        audits=DynamoAudits(table),
        pool=deployment.sign_in.get("pool", ""),
    )


def grants_of(told: list[str]) -> list[Grant]:
    """Grants as they are typed; CommandError that names the first that is none."""
    found = []
    for text in told:
        grant = parse(text)
        if grant is None:
            roles = ", ".join(Role)
            msg = f"{text!r} is no grant; write role:brand[:country[:pool]], role one of {roles}."
            raise CommandError(msg)
        found.append(grant)
    return found


def invited(pool: str, email: str) -> str:
    """The subject of somebody in the pool, who is put there and mailed an invitation if new."""
    import boto3

    client: Any = boto3.client("cognito-idp")
    try:
        told = client.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            DesiredDeliveryMediums=["EMAIL"],
            # One of every kind of character that the pool wants; good until the first sign-in.
            TemporaryPassword=f"aA1!{secrets.token_urlsafe(18)}",
        )["User"]["Attributes"]
    except client.exceptions.UsernameExistsException:
        told = client.admin_get_user(UserPoolId=pool, Username=email)["UserAttributes"]
    return str(next(each["Value"] for each in told if each["Name"] == "sub"))


@commands.command()
def add(
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    *,
    grant: Grants,
    subject: Annotated[
        str, typer.Option(help="What another issuer names them by; else the pool is asked.")
    ] = "",
) -> None:
    """Add somebody, or allow somebody who is there more."""
    room, grants = open_room(config.load()), grants_of(grant)
    if not subject and not room.pool:
        msg = "This deployment has no pool of its own; tell --subject, as their issuer names them."
        raise CommandError(msg)
    made = room.staff.add(subject or invited(room.pool, email), email, grants)
    room.tell("add", made.subject)
    _show([made])


@commands.command("list")
def list_all(
    *, as_json: Annotated[bool, typer.Option("--json", help="One document.")] = False
) -> None:
    """List everybody, with what they may do."""
    found = open_room(config.load()).staff.operators.all()
    if as_json:
        output.print_json([_json(each) for each in found])
    else:
        _show(found)


@commands.command("grant")
def allow(asked: Who, *, grant: Grants) -> None:
    """Allow somebody more."""
    room = open_room(config.load())
    changed = room.staff.grant(room.subject(asked), grants_of(grant))
    room.tell("grant", changed.subject)
    _show([changed])


@commands.command()
def revoke(asked: Who, *, grant: Grants) -> None:
    """Take grants back; within 30 s they are in force no more."""
    room = open_room(config.load())
    changed = room.staff.revoke(room.subject(asked), grants_of(grant))
    room.tell("revoke", changed.subject)
    _show([changed])


@commands.command()
def remove(asked: Who) -> None:
    """They may do nothing any more; their account in the pool stays, and opens nothing."""
    room = open_room(config.load())
    subject = room.subject(asked)
    room.staff.remove(subject)
    room.tell("remove", subject)
    output.line(f"{asked} is no operator any more.")


def _json(each: Operator) -> Json:
    return {
        "subject": each.subject,
        "name": each.name,
        "grants": [grant.text for grant in each.grants],
        "added_at": output.iso_or_none(each.added_at),
    }


def _show(found: Sequence[Operator]) -> None:
    output.rows(
        ("who", "subject", "since (UTC)", "may"),
        [
            (
                each.name,
                each.subject,
                output.clock(each.added_at),
                ", ".join(grant.text for grant in each.grants) or "nothing",
            )
            for each in found
        ],
    )
