"""`Drive` on the account's own stores, as the settings name them."""

from collections.abc import Callable
from datetime import datetime

from functions.campaign.flow import Drive
from rapport.adapters.campaigning import Judging
from rapport.adapters.intents import SqsIntents
from rapport.adapters.refetches import SqsWork
from rapport.settings import CampaignSettings


def composed(settings: CampaignSettings, *, now: Callable[[], datetime]) -> Drive:
    """Everything that a message may need; clients are made when they are first asked."""
    judging = Judging(
        log=settings.log_table,
        people=settings.people_table,
        book=settings.book_table,
        vault=settings.vault_table,
        bundles=settings.bundle_bucket,
        public_url=settings.public_url,
        ses_endpoint=settings.ses_endpoint,
        now=now,
    )
    return Drive(
        live=judging.live,
        bundles=judging.bundles,
        launches=judging.launches,
        rehearsals=judging.rehearsals,
        audiences=judging.audiences,
        people=judging.people,
        clusters=judging.clusters,
        reader=judging.reader,
        composer=judging.composer,
        queue=SqsIntents(settings.send_queue_url),
        accounts=judging.accounts,
        work=SqsWork(settings.campaign_queue_url),
        now=now,
    )
