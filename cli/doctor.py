"""`rapport doctor`: may this deployment mail strangers? One finding a line, each with its mend."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from cli import clock, config, output
from rapport.doctor.findings import CannotTellError, Finding, Level

if TYPE_CHECKING:
    from rapport.brake import Sending
    from rapport.bundle import Bundle
    from rapport.doctor.facts import MailService, Resolver, Web
    from rapport.doctor.findings import Answer, Check
    from rapport.doctor.published import Rendered

commands = typer.Typer()
# What only AWS and the DNS of the world can answer.
OUTSIDE = frozenset(
    {
        *("production", "standing", "quota", "identity", "dkim", "reports", "route"),
        *("mail-from", "spf", "dmarc", "replies", "tracking", "bounce"),
    }
)
NOT_HERE = "It cannot be told on this machine: its mail reaches nobody."
LINK = "https://example.com/u/preview"
Audience = Annotated[
    int | None, typer.Option(min=1, help="How many people the first campaign is for.")
]
Send = Annotated[bool, typer.Option("--send", help="Mail SES's simulator, and wait for it.")]


@dataclass(frozen=True, kw_only=True)
class World:
    """What the checks look at. `bundle` is as published; `bounced` tries a bounce out."""

    service: "MailService"
    resolver: "Resolver"
    web: "Web"
    bundle: "Bundle"
    sending: "Sending"
    mails: tuple["Rendered", ...]
    key_enabled: Callable[[str], bool]
    unsubscribing: Callable[[], "Answer"]
    bounced: Callable[[], bool | None]
    public_url: str
    api_url: str
    region: str
    here_only: bool
    audience: int | None = None


@commands.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    send: Send = False,
    audience: Audience = None,
) -> None:
    """Check whether mail may go to strangers: SES, DNS, links, texts; ends with 1 on a failure."""
    found = examined(config.load(), send=send, audience=audience)
    if as_json:
        output.print_json([each.to_json() for each in found])
    else:
        show(found)
    if any(each.level is Level.FAIL for each in found):
        raise SystemExit(1)


def examined(deployed: config.Config, *, send: bool, audience: int | None) -> tuple[Finding, ...]:
    """Every finding about a deployment."""
    from cli.examining import world_of

    return diagnosis(world_of(deployed, send=send, audience=audience))


def diagnosis(world: World) -> tuple[Finding, ...]:
    """Every finding, in the order in which they are mended."""
    from rapport.doctor.findings import looked

    if world.here_only:
        return looked((n, _not_here if n in OUTSIDE else check) for n, check in _checks(world))
    return looked(_checks(world))


def _not_here() -> "Answer":
    raise CannotTellError(NOT_HERE)


def _checks(world: World) -> "Iterator[tuple[str, Check]]":
    from rapport.brake import domain_of, in_force
    from rapport.doctor import doors, names, published, service

    bundle, ses, dns, region = world.bundle, world.service, world.resolver, world.region
    brand, domain = bundle.brand, domain_of(bundle.brand.sender)
    account, identity = cache(ses.account), cache(lambda: ses.identity(domain))
    reporting = cache(ses.configuration_set)

    def route() -> "Answer":
        topics = service.topics(reporting())
        heard = any(ses.subscribed(topic) for topic in topics)
        return service.route(reporting(), subscribed=heard, alarms=ses.alarms())

    def tracking() -> "Answer":
        found = reporting()
        redirect, https = ("", "") if found is None else (found.redirect_domain, found.https)
        return names.tracking(dns, redirect, https, region)

    yield "production", lambda: service.production(account())
    yield "standing", lambda: service.standing(account())
    first_day = bundle.policy.ramp.first_day
    yield "quota", lambda: service.quota(account(), first_day=first_day, audience=world.audience)
    yield "identity", lambda: service.identity(identity(), domain, region)
    yield "dkim", lambda: service.dkim(identity(), domain)
    yield "mail-from", lambda: names.mail_from(dns, identity(), region)
    yield "spf", lambda: names.spf(dns, identity())
    yield "dmarc", lambda: names.dmarc(dns, domain, identity())
    yield "replies", lambda: names.replies(dns, brand.reply_domain, region)
    yield "tracking", tracking
    yield "reports", lambda: service.reports(reporting())
    yield "route", route
    yield "bounce", lambda: doors.bounced(seen=world.bounced())
    yield (
        "doors",
        lambda: doors.doors(
            world.web,
            public_url=world.public_url,
            api_url=world.api_url,
            here_only=world.here_only,
        ),
    )
    yield "unsubscribe", world.unsubscribing
    yield "way-out", lambda: published.way_out(LINK, world.mails)
    yield "postal-address", lambda: published.postal_address(brand, world.mails)
    yield "consent-texts", lambda: published.consent_texts(bundle)
    keys = world.key_enabled
    yield "write-keys", lambda: published.write_keys(keys, here_only=world.here_only)
    now_brand = in_force(bundle, world.sending).brand
    yield "send-mode", lambda: published.send_mode(now_brand, world.sending)
    yield "ramp", lambda: published.ramp(bundle, world.sending, clock.now())


def show(found: Iterable[Finding]) -> None:
    """The findings for people."""
    rows = [(each.name, each.level.value, each.what) for each in found]
    output.rows(("check", "", ""), rows)
    mends = [(each.name, each.mend) for each in found if each.mend]
    if mends:
        output.heading("What to do")
        output.rows(("", ""), mends)
