"""What each function is told by its environment: one frozen dataclass per `functions/<name>/`.

`infra` writes a dataclass with `to_env()`, the handler reads it back with `from_env()`, so an
environment name is spelled once: `RAPPORT_` + the field's name in capitals.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import ClassVar, Self

from rapport.errors import MisconfiguredError

PREFIX = "RAPPORT_"
# Where SES puts each message in the inbox bucket.
INBOX_PREFIX = "inbox/"
# Where employers put the files that their ATS exports: `drop/<connection>/<any name>`.
DROP_PREFIX = "drop/"
# Résumés that people hand in, in the same bucket (`rapport/uploads.py`).
RESUMES_PREFIX = "resumes/"
# A scanner's word on one of them: an event of this source and type on the default bus.
SCANNER = "rapport.scanner"
VERDICT = "Upload Verdict"
# What is remembered of what an ATS had.
ROSTERS_PREFIX = "rosters/"
# What imports of people keep, in the same bucket: `imports/<import>/<name>`, sealed.
IMPORTS_PREFIX = "imports/"
# Files of people on their way into an import, and exports until somebody fetched them.
POOL_FILES_PREFIX = "pool-files/"
EXPORTS_PREFIX = "exports/"
# Of the names of files of many people.
TABLES_NAME = "people."


def secrets_prefix(stage: str) -> str:
    """Begins the names of the secrets in which the connections of a stage stand."""
    return f"rapport-{stage}/ats/"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all settings. Every field is a string or an int; an empty string means absent."""

    function: ClassVar[str]

    @classmethod
    def env_names(cls) -> tuple[str, ...]:
        """The names of the environment variables of this function, sorted."""
        return tuple(sorted(PREFIX + f.name.upper() for f in fields(cls)))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; raises MisconfiguredError that names the first missing variable."""
        env = os.environ if environ is None else environ
        values: dict[str, str | int] = {}
        for f in fields(cls):
            name = PREFIX + f.name.upper()
            if name in env:
                values[f.name] = int(env[name]) if f.type is int else env[name]
            elif f.default is MISSING:
                msg = f"{name} is not set; functions/{cls.function} needs it"
                raise MisconfiguredError(msg)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """The environment variables from which `from_env` reads these very settings."""
        return {PREFIX + f.name.upper(): str(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, kw_only=True)
class TrackSettings(Settings):
    """`functions/track`: the public tracking door."""

    function = "track"
    log_table: str
    book_table: str
    vault_table: str
    # Where refused messages wait to be looked at.
    quarantine_bucket: str
    # How DynamoDB is called: `direct`, or `botocore`, which makes cold starts longer.
    dynamodb: str = "direct"


@dataclass(frozen=True, kw_only=True)
class EnrichSettings(Settings):
    """`functions/enrich`: log stream → resolution, fold, views."""

    function = "enrich"
    log_table: str
    people_table: str
    # Where the rules of identity stand.
    book_table: str
    vault_table: str


@dataclass(frozen=True, kw_only=True)
class PublishSettings(Settings):
    """`functions/publish`: view changes → facts on the bus, rows of the finder in `people`."""

    function = "publish"
    bus_name: str
    people_table: str


@dataclass(frozen=True, kw_only=True)
class ArchiveSettings(Settings):
    """`functions/archive`: log stream → S3 by received hour."""

    function = "archive"
    archive_bucket: str


@dataclass(frozen=True, kw_only=True)
class WakingSettings(Settings):
    """What it takes to have somebody woken: the group of schedules, the queue that they reach."""

    schedule_group: str
    schedule_role_arn: str
    wake_queue_arn: str
    wake_queue_url: str
    wake_dead_letters_arn: str


@dataclass(frozen=True, kw_only=True)
class TriggerSettings(WakingSettings):
    """`functions/trigger`: facts and wake-ups → intents by playbook."""

    function = "trigger"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    send_queue_url: str
    # Seconds of a playbook's wait are divided by this; 1 in an employer's account.
    wait_divisor: int = 1


@dataclass(frozen=True, kw_only=True)
class SendSettings(WakingSettings):
    """`functions/send`: intents → decision, claim, one mail, record; and what SES reports back."""

    function = "send"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    configuration_set: str
    # Where candidates reach `/f/…` and `/u/…`, without a trailing slash.
    public_url: str
    # The queue that its intents come from: mails whose turn has not come go back into it.
    send_queue_url: str
    # An endpoint in front of SES that records what is submitted; empty: SES itself.
    ses_endpoint: str = ""
    # Where opens and clicks wait until they can be judged; empty: they are judged at once.
    judge_queue_url: str = ""
    # How long they wait there, in seconds.
    judge_after_s: int = 120


@dataclass(frozen=True, kw_only=True)
class EngageSettings(Settings):
    """`functions/engage`: confirmation and unsubscribe pages."""

    function = "engage"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    # Where clicks wait until they can be judged, and how many seconds; empty: judged at once.
    judge_queue_url: str = ""
    judge_after_s: int = 120
    # Where résumés go; empty: none are taken.
    drop_bucket: str = ""


@dataclass(frozen=True, kw_only=True)
class ContentSettings(Settings):
    """`functions/content`: what the career site shows, from the live bundle."""

    function = "content"
    book_table: str
    bundle_bucket: str


@dataclass(frozen=True, kw_only=True)
class ReceiveSettings(Settings):
    """`functions/receive`: mail that came in → replies, opt-outs, tasks."""

    function = "receive"
    log_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    inbox_bucket: str
    configuration_set: str
    ses_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class SettleSettings(Settings):
    """`functions/settle`: every minute, the mails that nobody can tell of."""

    function = "settle"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    send_queue_url: str


@dataclass(frozen=True, kw_only=True)
class AtsSettings(Settings):
    """`functions/ats`: webhooks of applicant tracking systems → canonical events in the log."""

    function = "ats"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    # Where bodies wait that could not be normalised.
    quarantine_bucket: str
    # Begins the name of every connection's secret.
    secrets_prefix: str
    sync_queue_url: str


@dataclass(frozen=True, kw_only=True)
class SyncSettings(Settings):
    """`functions/sync`: what has to be read from an ATS, a job board or a file that was dropped."""

    function = "sync"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    secrets_prefix: str
    sync_queue_url: str
    bus_name: str
    # Which job boards there are.
    bundle_bucket: str
    # Where employers put exported files, and what is remembered of them.
    drop_bucket: str
    # Where rows wait that could not be read.
    quarantine_bucket: str
    # Who erases those whose time in the pool is over.
    privacy_queue_url: str


@dataclass(frozen=True, kw_only=True)
class AuditSettings(Settings):
    """`functions/audit`: a sample of profiles, each night, against the log."""

    function = "audit"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """`functions/report`: each hour, whether the report of the week is to be mailed."""

    function = "report"
    people_table: str
    book_table: str
    bundle_bucket: str
    configuration_set: str
    ses_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class DeskSettings(Settings):
    """`functions/desk`: the operators' API."""

    function = "desk"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    # Who issues the tokens of operators, and the client that they are made for.
    issuer: str
    client: str
    # Where the console signs people in; empty: as the issuer tells.
    sign_in: str = ""
    # Origins, apart by spaces, that the console puts files to.
    uploads: str = ""
    # Files on their way in, sealed pages of imports, exports that wait.
    drop_bucket: str = ""
    # Where candidates reach `/f/…` and `/u/…`, without a trailing slash.
    public_url: str = ""
    # What takes longer than an answer is asked of others.
    sync_queue_url: str = ""
    campaign_queue_url: str = ""
    privacy_queue_url: str = ""
    wake_queue_url: str = ""
    # Of test mails to the seeds of a campaign.
    configuration_set: str = ""
    ses_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class PrivacySettings(WakingSettings):
    """`functions/privacy`: erasing one person, and telling them what is held."""

    function = "privacy"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    archive_bucket: str
    failed_bucket: str
    inbox_bucket: str
    # Files that were dropped, rosters, uploads, imports; exports are put there for those who asked.
    drop_bucket: str
    # Its own queue: an erasure that takes longer than a call goes on from there.
    privacy_queue_url: str
    # Log groups of the other functions and URLs of dead-letter queues, with commas between.
    log_groups: str
    dead_letters: str


@dataclass(frozen=True, kw_only=True)
class CampaignSettings(Settings):
    """`functions/campaign`: audiences written down, wishes to mail them, rehearsals."""

    function = "campaign"
    log_table: str
    people_table: str
    book_table: str
    vault_table: str
    bundle_bucket: str
    # Where candidates reach `/u/…`, without a trailing slash.
    public_url: str
    send_queue_url: str
    # Its own queue: what takes longer than a call goes on from there.
    campaign_queue_url: str
    ses_endpoint: str = ""


ALL: tuple[type[Settings], ...] = (
    CampaignSettings,
    TrackSettings,
    EnrichSettings,
    PublishSettings,
    ArchiveSettings,
    TriggerSettings,
    SendSettings,
    EngageSettings,
    ContentSettings,
    ReceiveSettings,
    SettleSettings,
    AtsSettings,
    SyncSettings,
    AuditSettings,
    ReportSettings,
    PrivacySettings,
    DeskSettings,
)
