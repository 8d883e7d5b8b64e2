"""A deployment as the checks before going live look at it."""

import time
from collections.abc import Iterator
from functools import partial
from secrets import token_hex

from cli import clock, previewing
from cli.config import Config
from cli.doctor import LINK, World
from cli.errors import CommandError
from cli.outside import Dns, Http
from cli.previewing import Sending as Way
from cli.store import Stores, open_stores
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.checks.ses import SesService
from rapport.adapters.checks.trial import BOUNCES, NOBODY, TrialMail
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault
from rapport.bundle import Bundle
from rapport.doctor import doors
from rapport.doctor.published import Rendered
from rapport.domain.decision import MailClass
from rapport.mailing.envelope import named
from rapport.ports import Mail

BOUNCE_SECONDS, LOOK_SECONDS = 120, 3


def world_of(deployed: Config, *, send: bool, audience: int | None) -> World:
    """Everything that the checks ask, opened; nothing is asked yet but what is published."""
    stores = open_stores(deployed)
    live = stores.book.live_bundle()
    if live is None:
        msg = "Nothing is published yet; run `rapport publish`."
        raise CommandError(msg)
    bundle = S3Bundles(deployed.buckets["bundle"]).get(live)
    way, web = previewing.sending(deployed), Http()
    topic = next((t.topic for t in bundle.templates if t.mail_class == MailClass.MARKETING), "")
    trial = partial(_trial, deployed, stores, topic, live)
    return World(
        service=SesService(
            configuration_set=way.configuration_set, queue_url=deployed.queues["feedback"]
        ),
        resolver=Dns(),
        web=web,
        bundle=bundle,
        sending=DynamoSendings(deployed.tables["book"]).sending(),
        mails=tuple(rendered(bundle)),
        key_enabled=partial(_enabled, stores),
        unsubscribing=lambda: doors.unsubscribing(web, trial(NOBODY), public_url=way.public_url),
        bounced=lambda: _bounced(way, bundle, trial(BOUNCES)) if send else None,
        public_url=way.public_url,
        api_url=deployed.api_url,
        region=deployed.region,
        here_only=deployed.is_local,
        audience=audience,
    )


def rendered(bundle: Bundle) -> Iterator[Rendered]:
    """Every marketing mail of a bundle, for an ordinary person."""
    for template in bundle.templates:
        if template.mail_class != MailClass.MARKETING:
            continue
        language = template.language or bundle.brand.language
        given = previewing.Given(languages=(language,), unsubscribe=LINK)
        shown = previewing.preview(bundle, template.name, "an ordinary person", given)
        content = shown.content
        yield Rendered(
            template=template.name,
            language=language,
            html="" if content is None else content.html,
            text="" if content is None else content.text,
            fault=shown.fault,
        )


def _enabled(stores: Stores, key: str) -> bool:
    found = stores.book.write_key(key)
    return found is not None and found.enabled


def _trial(deployed: Config, stores: Stores, topic: str, live: str, address: str) -> TrialMail:
    return TrialMail(
        book=stores.book,
        table=deployed.tables["book"],
        pseudonyms=stores.pseudonyms,
        rings=DynamoVault(deployed.tables["vault"]),
        ring=TOKEN_RING,
        bundle=live,
        topic=topic,
        address=address,
        send_key=token_hex(32),
        now=clock.now,
    )


def _bounced(way: Way, bundle: Bundle, trial: TrialMail) -> bool:
    """Mail the address that always bounces, and wait until that has closed it."""
    trial.clear()
    trial.place()
    brand = bundle.brand
    mail = Mail(
        sender=named(brand.sender_name, brand.sender),
        to=trial.address,
        reply_to=brand.reply_to,
        subject="A check of how bounces come back",
        text="Nobody reads this.",
        html="<p>Nobody reads this.</p>",
        headers=(("Auto-Submitted", "auto-generated"),),
        tags={"send_id": trial.send_key, "class": previewing.TEST, "campaign": previewing.TEST},
        tracking=False,
    )
    try:
        previewing.send(way, mail)
        for _ in range(BOUNCE_SECONDS // LOOK_SECONDS):
            if trial.bounced():
                return True
            time.sleep(LOOK_SECONDS)
        return False
    finally:
        trial.clear()
