"""What runs: the functions, who feeds them, and the door. Holds no data; may be replaced.

One long file on purpose: it is the list of all that runs, each with what feeds it; how a thing of
its kind is made stands in `infra.constructs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import ArnFormat, CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs import queues, streams
from infra.constructs.alarms import alarm_on_deliveries, alarm_on_differing, alarm_on_pulls
from infra.constructs.api import PublicApi
from infra.constructs.engine_function import NAMESPACE, EngineFunction, Statement
from infra.constructs.event_route import FactRoutes
from infra.constructs.file_drops import FileDrops
from infra.constructs.layers import Layers
from infra.constructs.mail_feedback import MailFeedback
from infra.constructs.mail_inbox import MailInbox, ReceiptRules
from infra.constructs.nightly import every_hour, every_minute, every_night
from infra.constructs.queues import DeadLetters, WorkQueue
from infra.constructs.sign_in import Issuer, SignIn
from infra.constructs.streams import ONLY_VIEWS, Batching, StreamMapping
from infra.constructs.verdicts import hear_verdicts
from infra.constructs.wake_ups import WakeUps
from infra.grants import Room
from infra.layer_build import Flavour
from infra.stacks.data import DataStack, receipt_rules
from infra.stages import Stage
from rapport import settings

# Of whoever forgets a person in the bucket of files, or reads what is left of one.
_DROP_FOLDERS = ("drop", "exports", "imports", "pool-files", "resumes", "rosters")


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """What `infra.app` read from the context."""

    layer: Flavour
    sender_domain: str
    public_url: str
    ses_endpoint: str
    reply_domain: str
    wait_divisor: int
    judge_after_s: int
    # Another issuer of operators' tokens than the pool of the data stack; empty: that pool.
    operator_issuer: str = ""
    operator_client: str = ""
    # Where the console signs people in; empty: at the pool's own domain, or as the issuer tells.
    operator_sign_in: str = ""
    # Where browsers put files; empty: at the address of the bucket.
    upload_origin: str = ""
    mail_from_domain: str = ""


class EngineStack(Stack):
    """The engine reads as a paragraph: what there is, who may touch it, who hears what."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        options: EngineOptions,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Rapport: what runs (functions, bus, queues, gateway)",
            termination_protection=stage.protected,
        )
        self._stage, self._data = stage, data
        self._layers = Layers(self, "Layers", flavour=options.layer)
        send_timeout_s = stage.size("send").timeout_s

        self._bus = events.EventBus(self, "Bus", description="Rapport: facts about candidates")
        self._intents = WorkQueue(self, "Intents", consumer_timeout_s=send_timeout_s)
        self._mail = MailFeedback(
            self,
            "Mail",
            sender_domain=options.sender_domain,
            mail_from_domain=options.mail_from_domain,
            consumer_timeout_s=send_timeout_s,
        )
        facts_dead = DeadLetters(self, "FactsDeadLetters")
        self._wakes = WakeUps(
            self,
            "Wake",
            group=f"rapport-{stage.name}",
            consumer_timeout_s=stage.size("trigger").timeout_s,
        )

        self._inbox = MailInbox(
            self,
            "Inbox",
            bucket=data.inbox,
            consumer_timeout_s=stage.size("receive").timeout_s,
        )
        if options.reply_domain:
            ReceiptRules(
                self,
                "Receipt",
                name=receipt_rules(stage),
                domain=options.reply_domain,
                bucket=data.inbox,
            )
        # What has to be read from an ATS, a job board or a file that was dropped.
        self._sync = WorkQueue(self, "SyncWork", consumer_timeout_s=stage.size("sync").timeout_s)
        # Audiences to write down, intents to put in time, rehearsals to judge.
        self._campaigns = WorkQueue(
            self, "CampaignWork", consumer_timeout_s=stage.size("campaign").timeout_s
        )
        # Whom to erase, and whom to tell what is held of them.
        self._privacy = WorkQueue(
            self, "PrivacyWork", consumer_timeout_s=stage.size("privacy").timeout_s
        )
        # Where the wake-ups of people who wait are made: by `trigger`, and by `send` for a hold.
        wakes = {
            "schedule_group": self._wakes.group,
            "schedule_role_arn": self._wakes.role.role_arn,
            "wake_queue_arn": self._wakes.work.queue.queue_arn,
            "wake_queue_url": self._wakes.work.queue.queue_url,
            "wake_dead_letters_arn": self._wakes.work.dead_letters.queue.queue_arn,
        }

        tables = {
            "log_table": data.log.table_name,
            "book_table": data.book.table_name,
            "vault_table": data.vault.table_name,
        }
        people = {"people_table": data.people.table_name}
        bundle = {"bundle_bucket": data.bundle.bucket_name}

        track = self._function(
            settings.TrackSettings(**tables, quarantine_bucket=data.failed.bucket_name)
        )
        # Opens and clicks wait beside what SES reports until it is known what came with them.
        judges = {"judge_queue_url": self._mail.queue.queue.queue_url}
        engage = self._function(
            settings.EngageSettings(
                **tables,
                **people,
                **bundle,
                **judges,
                judge_after_s=options.judge_after_s,
                drop_bucket=data.drop.bucket_name,
            ),
            failed_calls=facts_dead,
        )
        content = self._function(
            settings.ContentSettings(book_table=data.book.table_name, **bundle)
        )
        ats = self._function(
            settings.AtsSettings(
                **tables,
                **people,
                quarantine_bucket=data.failed.bucket_name,
                secrets_prefix=settings.secrets_prefix(stage.name),
                sync_queue_url=self._sync.queue.queue_url,
            )
        )
        alarm_on_deliveries(ats, namespace=NAMESPACE, service=ats.name)
        api = PublicApi(
            self, "Door", stage=stage, track=track, engage=engage, content=content, ats=ats
        )

        self._operators(api, options, {**tables, **people, **bundle})

        enrich = self._function(
            settings.EnrichSettings(**tables, **people),
            *self._reading(data.log),
        )
        archive = self._function(
            settings.ArchiveSettings(archive_bucket=data.archive.bucket_name),
            *self._reading(data.log),
        )
        publish = self._function(
            settings.PublishSettings(bus_name=self._bus.event_bus_name, **people),
            *self._reading(data.people),
        )
        trigger = self._function(
            settings.TriggerSettings(
                **tables,
                **people,
                **bundle,
                send_queue_url=self._intents.queue.queue_url,
                **wakes,
                wait_divisor=options.wait_divisor,
            ),
            queues.reading([self._wakes.work]),
            failed_calls=facts_dead,
        )
        send = self._function(
            settings.SendSettings(
                **tables,
                **people,
                **bundle,
                configuration_set=self._mail.configuration_set,
                public_url=options.public_url or api.url,
                send_queue_url=self._intents.queue.queue_url,
                ses_endpoint=options.ses_endpoint,
                **wakes,
                **judges,
                judge_after_s=options.judge_after_s,
            ),
            queues.reading([self._intents, self._mail.queue]),
        )
        campaign = self._function(
            settings.CampaignSettings(
                **tables,
                **people,
                **bundle,
                public_url=options.public_url or api.url,
                send_queue_url=self._intents.queue.queue_url,
                campaign_queue_url=self._campaigns.queue.queue_url,
                ses_endpoint=options.ses_endpoint,
            ),
            queues.reading([self._campaigns]),
        )
        self._campaigns.feed(campaign, at_once=stage.send_concurrency, batch=1)
        receive = self._function(
            settings.ReceiveSettings(
                **tables,
                **bundle,
                inbox_bucket=data.inbox.bucket_name,
                configuration_set=self._mail.configuration_set,
                ses_endpoint=options.ses_endpoint,
            ),
            queues.reading([self._inbox.queue]),
        )
        settle = self._function(
            settings.SettleSettings(
                **tables, **people, send_queue_url=self._intents.queue.queue_url
            ),
            failed_calls=facts_dead,
        )

        sync = self._function(
            settings.SyncSettings(
                **tables,
                **people,
                **bundle,
                secrets_prefix=settings.secrets_prefix(stage.name),
                sync_queue_url=self._sync.queue.queue_url,
                bus_name=self._bus.event_bus_name,
                drop_bucket=data.drop.bucket_name,
                quarantine_bucket=data.failed.bucket_name,
                privacy_queue_url=self._privacy.queue.queue_url,
            ),
            queues.reading([self._sync]),
            failed_calls=facts_dead,
        )
        audit = self._function(settings.AuditSettings(**tables, **people), failed_calls=facts_dead)

        self._streamed(enrich, archive, publish)
        self._hearing(trigger, engage, settle, facts_dead)
        self._wakes.work.feed(trigger, at_once=stage.send_concurrency)
        self._intents.feed(send, at_once=stage.send_concurrency)
        self._mail.queue.feed(send, at_once=stage.send_concurrency)
        self._inbox.queue.feed(receive, at_once=stage.send_concurrency)
        self._synced(sync, facts_dead)
        self._nightly(audit, facts_dead)
        self._weekly({**people, **bundle}, options, facts_dead)
        # Last: it looks into the lines of all functions and into all dead letters.
        self._privately({**tables, **people, **bundle, **wakes}, facts_dead)

        told = {
            "ApiUrl": api.url,
            "BusName": self._bus.event_bus_name,
            "SendQueueUrl": self._intents.queue.queue_url,
            "WakeQueueUrl": self._wakes.work.queue.queue_url,
            "FeedbackQueueUrl": self._mail.queue.queue.queue_url,
            "InboxQueueUrl": self._inbox.queue.queue.queue_url,
            "SyncQueueUrl": self._sync.queue.queue_url,
            "CampaignQueueUrl": self._campaigns.queue.queue_url,
            "PrivacyQueueUrl": self._privacy.queue.queue_url,
        }
        for name, value in told.items():
            CfnOutput(self, name, value=value)

    def _hearing(
        self,
        trigger: EngineFunction,
        engage: EngineFunction,
        settle: EngineFunction,
        dead_letters: DeadLetters,
    ) -> None:
        """Facts, what scanners say, and the clock."""
        FactRoutes(self, "Facts", bus=self._bus, consumer=trigger, dead_letters=dead_letters)
        hear_verdicts(self, consumer=engage, dead_letters=dead_letters)
        every_minute(self, "Minute", consumer=settle, dead_letters=dead_letters)

    def _function(
        self,
        told: settings.Settings,
        *reads: Statement,
        failed_calls: DeadLetters | None = None,
    ) -> EngineFunction:
        data = self._data
        rooms: dict[Room, list[str]] = {
            "log": [data.log.table_arn],
            "people": [data.people.table_arn],
            "book": [data.book.table_arn],
            "vault": [data.vault.table_arn],
            "archive": [f"{data.export_value(data.archive.bucket_arn)}/*"],
            "bundle": [f"{data.export_value(data.bundle.bucket_arn)}/bundles/*"],
            "quarantine": [f"{data.export_value(data.failed.bucket_arn)}/quarantine/*"],
            "content": [f"{data.export_value(data.bundle.bucket_arn)}/content/*"],
            "inbox": [f"{data.export_value(data.inbox.bucket_arn)}/inbox/*"],
            "inbox_names": [data.export_value(data.inbox.bucket_arn)],
            "bundle_names": [data.export_value(data.bundle.bucket_arn)],
            "bus": [self._bus.event_bus_arn],
            "send_queue": [self._intents.queue.queue_arn],
            "judge_queue": [self._mail.queue.queue.queue_arn],
            "mail": self._mail.mail_arns,
            "account": ["*"],
            "schedules": [self._wakes.schedules_arn],
            "wake_role": [self._wakes.role.role_arn],
            "wake_queue": [self._wakes.work.queue.queue_arn],
            "secrets": [
                self.format_arn(
                    service="secretsmanager",
                    resource="secret",
                    resource_name=f"{settings.secrets_prefix(self._stage.name)}*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            "sync_queue": [self._sync.queue.queue_arn],
            "rosters": [f"{data.export_value(data.drop.bucket_arn)}/rosters/*"],
            "drop": [f"{data.export_value(data.drop.bucket_arn)}/drop/*"],
            "imports": [f"{data.export_value(data.drop.bucket_arn)}/imports/*"],
            "resumes": [f"{data.export_value(data.drop.bucket_arn)}/resumes/*"],
            "clean_resumes": [f"{data.export_value(data.drop.bucket_arn)}/resumes/clean/*"],
            "pool_files": [f"{data.export_value(data.drop.bucket_arn)}/pool-files/*"],
            "exports": [f"{data.export_value(data.drop.bucket_arn)}/exports/*"],
            "drop_names": [data.export_value(data.drop.bucket_arn)],
            "drop_all": [
                f"{data.export_value(data.drop.bucket_arn)}/{folder}/*" for folder in _DROP_FOLDERS
            ],
            "failed_all": [
                f"{data.export_value(data.failed.bucket_arn)}/{folder}/*"
                for folder in ("aws/lambda", "quarantine")
            ],
            "failed_names": [data.export_value(data.failed.bucket_arn)],
            "campaign_queue": [self._campaigns.queue.queue_arn],
            "privacy_queue": [self._privacy.queue.queue_arn],
            "dead_letters": [each.queue.queue_arn for each in self._dead_letters()],
            "log_lines": [each.log_group.log_group_arn for each in self._functions()],
        }
        return EngineFunction(
            self,
            settings=told,
            stage=self._stage,
            layers=self._layers,
            rooms=rooms,
            reads=reads,
            failed_calls=failed_calls.queue if failed_calls else None,
        )

    def _operators(self, api: PublicApi, options: EngineOptions, rooms: Mapping[str, str]) -> None:
        """The operators' API, and who issues the tokens that it takes."""
        own, where = self._data.operators, options.operator_sign_in
        if own is None:
            issuer = Issuer(issuer=options.operator_issuer, client=options.operator_client)
        else:
            pool = SignIn(
                self,
                "SignIn",
                stage=self._stage,
                pool=own.pool,
                public_urls=[options.public_url or api.url],
            )
            issuer, where = pool.issuer, where or pool.url
        drop = self._data.drop
        desk = self._function(
            settings.DeskSettings(
                **rooms,
                issuer=issuer.issuer,
                client=issuer.client,
                sign_in=where,
                uploads=options.upload_origin
                or f"https://{drop.bucket_name}.s3.{self.region}.amazonaws.com",
                drop_bucket=drop.bucket_name,
                public_url=options.public_url or api.url,
                sync_queue_url=self._sync.queue.queue_url,
                campaign_queue_url=self._campaigns.queue.queue_url,
                privacy_queue_url=self._privacy.queue.queue_url,
                wake_queue_url=self._wakes.work.queue.queue_url,
                configuration_set=self._mail.configuration_set,
                ses_endpoint=options.ses_endpoint,
            )
        )
        api.serve_operators(desk, issuer)

    def _streamed(
        self, enrich: EngineFunction, archive: EngineFunction, publish: EngineFunction
    ) -> None:
        """What the streams of the tables are read by."""
        data = self._data
        self._stream("LogToEnrich", data.log, enrich, Batching())
        self._stream("LogToArchive", data.log, archive, Batching(records=1000, window_s=60))
        changes = Batching(records=self._stage.changes_at_once)
        self._stream("PeopleToPublish", data.people, publish, changes, only=ONLY_VIEWS)

    def _privately(self, rooms: Mapping[str, str], dead_letters: DeadLetters) -> None:
        """Erasing one person, and telling them what is held of them: by its queue and the clock."""
        data = self._data
        told = settings.PrivacySettings(
            **rooms,
            archive_bucket=data.archive.bucket_name,
            failed_bucket=data.failed.bucket_name,
            inbox_bucket=data.inbox.bucket_name,
            drop_bucket=data.drop.bucket_name,
            privacy_queue_url=self._privacy.queue.queue_url,
            log_groups=",".join(each.log_group.log_group_name for each in self._functions()),
            dead_letters=",".join(each.queue.queue_url for each in self._dead_letters()),
        )
        privacy = self._function(told, queues.reading([self._privacy]), failed_calls=dead_letters)
        # Two erasures at once would only be in each other's way.
        self._privacy.feed(privacy, at_once=2, batch=1)
        every_night(self, "Due", consumer=privacy, dead_letters=dead_letters, asks={"do": "due"})

    def _nightly(self, audit: EngineFunction, dead_letters: DeadLetters) -> None:
        """A sample of profiles against the log."""
        night = every_night(self, "Night", consumer=audit, dead_letters=dead_letters)
        alarm_on_differing(night, namespace=NAMESPACE, service=audit.name)

    def _weekly(
        self, rooms: Mapping[str, str], options: EngineOptions, dead_letters: DeadLetters
    ) -> None:
        """The report of the week, for which the clock looks each hour."""
        told = settings.ReportSettings(
            **rooms,
            book_table=self._data.book.table_name,
            configuration_set=self._mail.configuration_set,
            ses_endpoint=options.ses_endpoint,
        )
        report = self._function(told, failed_calls=dead_letters)
        every_hour(self, "Week", consumer=report, dead_letters=dead_letters)

    def _functions(self) -> list[EngineFunction]:
        return [each for each in self.node.find_all() if isinstance(each, EngineFunction)]

    def _dead_letters(self) -> list[DeadLetters]:
        return [each for each in self.node.find_all() if isinstance(each, DeadLetters)]

    def _synced(self, sync: EngineFunction, dead_letters: DeadLetters) -> None:
        """What is read from elsewhere: by the queue, by the clock, and when a file is dropped."""
        # One message may take a call's whole time; two at once are all that a vendor likes.
        self._sync.feed(sync, at_once=2, batch=1)
        FileDrops(self, "Files", bucket=self._data.drop, queue=self._sync)
        hour = every_hour(self, "Hour", consumer=sync, dead_letters=dead_letters)
        alarm_on_pulls(hour, namespace=NAMESPACE, service=sync.name)

    def _reading(self, table: dynamodb.Table) -> tuple[Statement, ...]:
        data = self._data
        return streams.reading(
            table, data.export_value(table.table_arn), data.export_value(data.failed.bucket_arn)
        )

    def _stream(
        self,
        name: str,
        table: dynamodb.Table,
        consumer: EngineFunction,
        batching: Batching,
        *,
        only: object = None,
    ) -> None:
        StreamMapping(
            self,
            name,
            table=table,
            consumer=consumer,
            failed=self._data.failed,
            batching=batching,
            only=only,
        )
