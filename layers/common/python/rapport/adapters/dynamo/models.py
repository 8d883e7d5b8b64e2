"""Every stored entity, as a PynamoDB model. `kind` tells them apart within a table.

All models share one connection, so a process has one DynamoDB client whatever tables it uses.
Attribute names are short because a row is paid by the kilobyte; kinds are stored data and are
never renamed. `bind()` names the tables once, when a process composes itself. One long file on
purpose: it is the list of all that is stored.
"""

from collections.abc import Mapping
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from rapport.adapters import aws
from rapport.adapters.dynamo import calls
from rapport.adapters.dynamo.calls import CONDITION_FAILED, TABLE_NAMES, WORTH_ANOTHER_TRY
from rapport.errors import ConflictError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The attribute by which DynamoDB forgets rows of `book` by itself; the data stack names it too.
EXPIRES = "ttl"
_LOST_RACES = ("ConditionalCheckFailed", "TransactionConflict")


class _Shared:
    connection: ClassVar[Connection | None] = None
    tables: ClassVar[dict[str, TableConnection]] = {}
    # Held while one of them is made: threads meet here at the first use of a table, and PynamoDB
    # refuses to learn a table twice.
    making: ClassVar[RLock] = RLock()


def connection() -> Connection:
    """The process's only DynamoDB connection."""
    with _Shared.making:
        if _Shared.connection is None:
            _Shared.connection = Connection(
                region=aws.region(),
                connect_timeout_seconds=2,
                read_timeout_seconds=5,
                max_retry_attempts=3,
                max_pool_connections=32,
            )
        return _Shared.connection


def disconnect() -> None:
    """Forget the connection: the next call makes a new one for the environment as it is then."""
    with _Shared.making:
        _Shared.connection = None
        _Shared.tables.clear()


class _Named(type):
    """What PynamoDB asks for a table's name: batches look their answers up by it."""

    table: str

    @property
    def table_name(cls) -> str:
        return TABLE_NAMES.get(cls.table, "unbound")


class Row(Model):
    """A row of any table."""

    class Meta(metaclass=_Named):
        """PynamoDB asks for one."""

        table = ""

    table: ClassVar[str] = ""
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute(attr_name="k")

    @classmethod
    def _get_connection(cls) -> TableConnection:
        name = TABLE_NAMES.get(cls.table, "unbound")
        found = _Shared.tables.get(name)
        return found if found is not None else cls._learn(name)

    @classmethod
    def _learn(cls, name: str) -> TableConnection:
        """Tell the connection of a table, once for all threads."""
        with _Shared.making:
            if name not in _Shared.tables:
                schema = cls._get_schema()
                table = TableConnection(
                    name,
                    meta_table=MetaTable(
                        {
                            "TableName": name,
                            "KeySchema": schema["key_schema"],
                            "AttributeDefinitions": schema["attribute_definitions"],
                        }
                    ),
                )
                shared = connection()
                shared.add_meta_table(table.get_meta_table())
                table.connection = shared
                _Shared.tables[name] = table
            return _Shared.tables[name]


class LogTable(Row):
    """Base of the rows of `log`."""

    class Meta(metaclass=_Named):
        """PynamoDB asks for one."""

        table = "log"

    table = "log"


class PeopleTable(Row):
    """Base of the rows of `people`."""

    class Meta(metaclass=_Named):
        """PynamoDB asks for one."""

        table = "people"

    table = "people"


class BookTable(Row):
    """Base of the rows of `book`."""

    class Meta(metaclass=_Named):
        """PynamoDB asks for one."""

        table = "book"

    table = "book"


class VaultTable(Row):
    """Base of the rows of `vault`."""

    class Meta(metaclass=_Named):
        """PynamoDB asks for one."""

        table = "vault"

    table = "vault"


TABLES: Mapping[str, type[Row]] = {
    base.table: base for base in (LogTable, PeopleTable, BookTable, VaultTable)
}
bind = calls.bind


class EventRow(LogTable, discriminator="e"):
    """log: one event. Clear: type, version, times, trust, origin, whose key; the body is sealed.

    Source and message id stand in the sort key.
    """

    type = UnicodeAttribute(attr_name="t")
    schema_version = NumberAttribute(attr_name="v")
    trust = UnicodeAttribute(attr_name="w")
    origin = UnicodeAttribute(attr_name="o")
    home = UnicodeAttribute(attr_name="h")
    original_at = NumberAttribute(attr_name="ta", null=True)
    sent_at = NumberAttribute(attr_name="ts", null=True)
    received_at = NumberAttribute(attr_name="tr")
    at = NumberAttribute(attr_name="tc")
    body = BinaryAttribute(attr_name="b", legacy_encoding=False)


class HeadRow(PeopleTable, discriminator="head"):
    """people: the strong identifiers seen in a log partition."""

    strongs = UnicodeSetAttribute(attr_name="s", null=True)


class MonthRow(PeopleTable, discriminator="month"):
    """people: tallies by owner of one month of a partition, applied up to a stream position."""

    sequence = UnicodeAttribute(attr_name="q")
    tallies = BinaryAttribute(attr_name="t", legacy_encoding=False)
    # Three bytes a message, in order.
    marks = BinaryAttribute(attr_name="m", null=True, legacy_encoding=False)


class NodeRow(PeopleTable, discriminator="node"):
    """people: a strong identifier. Without a cluster it is what is left of an erased one."""

    cluster = UnicodeAttribute(attr_name="c", null=True)
    crowd = BooleanAttribute(attr_name="y", null=True)
    hub = BooleanAttribute(attr_name="h", null=True)
    fenced = BooleanAttribute(attr_name="z", null=True)
    closed = BooleanAttribute(attr_name="x", null=True)
    erased_at = NumberAttribute(attr_name="e", null=True)


class LinkRow(PeopleTable, discriminator="link"):
    """people: a strong identifier was seen in a partition."""

    partition = UnicodeAttribute(attr_name="r")
    first_seen = NumberAttribute(attr_name="f")


class ClusterRow(PeopleTable, discriminator="cluster"):
    """people: identifiers tied to one another, or where they went to."""

    version = NumberAttribute(attr_name="v", null=True)
    state = BinaryAttribute(attr_name="s", null=True, legacy_encoding=False)
    rules = UnicodeAttribute(attr_name="r", null=True)
    unsettled = BooleanAttribute(attr_name="u", null=True)
    moved_to = UnicodeAttribute(attr_name="t", null=True)


class ViewRow(PeopleTable, discriminator="view"):
    """people: a materialised profile, with the occurrences that this write carries.

    `detail` stands here while both are small, else in a row of its own: that of `detail_version`.
    `finder` when this write changed the person's row of the finder; one zero: they have none.
    """

    version = NumberAttribute(attr_name="v")
    profile = UnicodeAttribute(attr_name="b")
    detail = BinaryAttribute(attr_name="d", null=True, legacy_encoding=False)
    detail_version = NumberAttribute(attr_name="n", null=True)
    seen = UnicodeAttribute(attr_name="s", null=True)
    facts = UnicodeAttribute(attr_name="f", null=True)
    finder = BinaryAttribute(attr_name="i", null=True, legacy_encoding=False)
    written_at = NumberAttribute(attr_name="w")


class FinderRow(PeopleTable, discriminator="finder"):
    """people: what segments ask of a person most, as of a version of their view."""

    version = NumberAttribute(attr_name="v")
    row = BinaryAttribute(attr_name="b", legacy_encoding=False)


class DetailRow(PeopleTable, discriminator="detail"):
    """people: the part of a profile that few events change."""

    version = NumberAttribute(attr_name="v")
    detail = BinaryAttribute(attr_name="d", legacy_encoding=False)


class AlikeRow(PeopleTable, discriminator="alike"):
    """people: the roots of who is filed under a key; `common` when they were too many."""

    roots = UnicodeSetAttribute(attr_name="r", null=True)
    common = BooleanAttribute(attr_name="c", null=True)


class FiledRow(PeopleTable, discriminator="filed"):
    """people: the keys that a person is filed under."""

    keys = UnicodeSetAttribute(attr_name="u", null=True)


class SuggestionRow(PeopleTable, discriminator="suggestion"):
    """people: two people who may be one, beside each of them and in the queue."""

    pair = ListAttribute(attr_name="p", of=UnicodeAttribute)
    score = NumberAttribute(attr_name="s")
    evidence = ListAttribute(attr_name="e", of=UnicodeAttribute)
    at = NumberAttribute(attr_name="w")


class AddressRow(BookTable, discriminator="address"):
    """book: confirmation, consents and ledger of an address."""

    version = NumberAttribute(attr_name="v")
    confirmed_at = NumberAttribute(attr_name="c", null=True)
    confirmation_asked_at = NumberAttribute(attr_name="a", null=True)
    # Packed JSON: each claim pays for every line of the ledger.
    consents = BinaryAttribute(attr_name="cs", legacy_encoding=False)
    ledger = BinaryAttribute(attr_name="l", legacy_encoding=False)
    wishes = UnicodeAttribute(attr_name="w", null=True)
    browsers = UnicodeAttribute(attr_name="b", null=True)


class AlertRow(BookTable, discriminator="alert"):
    """book: what was just said of job alerts on the page behind a link of a mail to an address."""

    # None in a row from when an address had one alert, which stands in the log as well.
    words = UnicodeAttribute(attr_name="w", null=True)


class ListRow(BookTable, discriminator="list"):
    """book: a static list that somebody was put on; its name stands in the key."""


class HallRow(BookTable, discriminator="hall"):
    """book: how many have a place at an event, and how many wait; the event stands in the key."""

    taken = NumberAttribute(attr_name="t")
    waiting = NumberAttribute(attr_name="w")
    tickets = NumberAttribute(attr_name="n")
    version = NumberAttribute(attr_name="v")


class PlaceRow(BookTable, discriminator="place"):
    """book: what one address has at an event, since when, and by which row of the log."""

    standing = UnicodeAttribute(attr_name="s")
    since = NumberAttribute(attr_name="at")
    signed_pk = UnicodeAttribute(attr_name="p")
    signed_sk = UnicodeAttribute(attr_name="q")
    ticket = NumberAttribute(attr_name="n", null=True)
    arrived_at = NumberAttribute(attr_name="a", null=True)
    version = NumberAttribute(attr_name="v")


class TurnRow(BookTable, discriminator="turn"):
    """book: who has that ticket of an event's waiting list."""

    address = UnicodeAttribute(attr_name="r")


class SuppressionRow(BookTable, discriminator="suppression"):
    """book: suppressions of an address by scope."""

    version = NumberAttribute(attr_name="v")
    scopes = UnicodeAttribute(attr_name="s")


class WordRow(BookTable, discriminator="word"):
    """book: one word of consent, as it was recorded; the time and the event stand in the key."""

    topic = UnicodeAttribute(attr_name="t")
    status = UnicodeAttribute(attr_name="s")
    at = NumberAttribute(attr_name="at")
    event_id = UnicodeAttribute(attr_name="e")
    statement = UnicodeAttribute(attr_name="st", null=True)
    statement_hash = UnicodeAttribute(attr_name="h", null=True)
    source = UnicodeAttribute(attr_name="o", null=True)
    jurisdiction = UnicodeAttribute(attr_name="j", null=True)
    expires_at = NumberAttribute(attr_name="x", null=True)
    language = UnicodeAttribute(attr_name="l", null=True)


class SendRow(BookTable, discriminator="send"):
    """book: one claimed mail."""

    send_id = UnicodeAttribute()
    state = UnicodeAttribute()
    attempt = NumberAttribute()
    lease = NumberAttribute()
    person = UnicodeAttribute()
    subject = UnicodeAttribute()
    address = UnicodeAttribute()
    program = UnicodeAttribute()
    template = UnicodeAttribute()
    topic = UnicodeAttribute()
    mail_class = UnicodeAttribute()
    bundle = UnicodeAttribute()
    decision_pk = UnicodeAttribute()
    decision_sk = UnicodeAttribute()
    claimed_at = NumberAttribute()
    intent = UnicodeAttribute(null=True)
    cluster = UnicodeAttribute(null=True)
    cluster_version = NumberAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    settled_at = NumberAttribute(null=True)
    delivery = UnicodeAttribute(null=True)
    contents = UnicodeAttribute(null=True)
    asked = BooleanAttribute(null=True)
    tracked = BooleanAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    doubtful = BooleanAttribute(null=True)


class UnsettledRow(BookTable, discriminator="unsettled"):
    """book: a claimed mail of which nothing final may be known yet."""

    send_key = UnicodeAttribute(attr_name="s")
    claimed_at = NumberAttribute(attr_name="c")


class CountRow(BookTable, discriminator="count"):
    """book: how many marketing mails left from a domain on a day."""

    mails = NumberAttribute(attr_name="n")
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class LaunchRow(BookTable, discriminator="launch"):
    """book: how far a campaign has come."""

    body = BinaryAttribute(attr_name="b", legacy_encoding=False)
    version = NumberAttribute(attr_name="v")


class ChunkRow(BookTable, discriminator="chunk"):
    """book: some of a campaign's audience: person ids, whose turn is at the same time."""

    due = NumberAttribute(attr_name="d")
    page = NumberAttribute(attr_name="p")
    people = BinaryAttribute(attr_name="b", legacy_encoding=False)


class SpentRow(BookTable, discriminator="spent"):
    """book: how many mails of a campaign its bound has counted."""

    mails = NumberAttribute(attr_name="n")


class RehearsalRow(BookTable, discriminator="rehearsal"):
    """book: who asked last what a campaign would come to, and how far the answer is."""

    body = BinaryAttribute(attr_name="b", legacy_encoding=False)
    run = UnicodeAttribute(attr_name="r")
    version = NumberAttribute(attr_name="v")
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class SheetRow(BookTable, discriminator="sheet"):
    """book: a page of that answer: person ids, and what they came to once they were judged."""

    people = BinaryAttribute(attr_name="b", legacy_encoding=False)
    counts = BinaryAttribute(attr_name="c", legacy_encoding=False, null=True)
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class ForwardRow(BookTable, discriminator="forward"):
    """book: an answer that was passed on to the employer, or (`free`) shall be tried again."""

    free = BooleanAttribute(attr_name="f")
    at = NumberAttribute(attr_name="a")
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class OnceRow(BookTable, discriminator="once"):
    """book: a token that is good for one delivery alone, and whether that one is `settled`."""

    digest = UnicodeAttribute(attr_name="d")
    settled = BooleanAttribute(attr_name="s")
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class TaskRow(BookTable, discriminator="task"):
    """book: a task that is open, and where the log tells of it; ids alone."""

    what = UnicodeAttribute(attr_name="w")
    send_id = UnicodeAttribute(attr_name="s")
    due = NumberAttribute(attr_name="d")
    log_pk = UnicodeAttribute(attr_name="lp")
    log_sk = UnicodeAttribute(attr_name="ls")


class OperatorRow(BookTable, discriminator="operator"):
    """book: somebody who may sign in, and what they may do: `role:brand:country:pool`."""

    name = UnicodeAttribute()
    grants: ListAttribute[str] = ListAttribute(default=list)
    added_at = NumberAttribute(null=True)


class AuditRow(BookTable, discriminator="audit"):
    """book: one thing that an operator did or tried; never what it said."""

    at = NumberAttribute()
    id = UnicodeAttribute()
    who = UnicodeAttribute()
    action = UnicodeAttribute()
    ended = UnicodeAttribute()
    about = UnicodeAttribute(null=True)
    groups: ListAttribute[str] = ListAttribute(null=True)
    why = UnicodeAttribute(null=True)
    request = UnicodeAttribute(null=True)
    status = NumberAttribute(null=True)
    people = NumberAttribute(null=True)


class KnownRow(BookTable, discriminator="known"):
    """book: what an ATS told of a candidate or an application, as packed JSON; ids are refs."""

    version = NumberAttribute(attr_name="v")
    known = BinaryAttribute(attr_name="b", legacy_encoding=False)


class ErasureRow(BookTable, discriminator="erasure"):
    """book: how far an erasure has come, as packed JSON of ids; `words` are sealed."""

    state = BinaryAttribute(attr_name="b", legacy_encoding=False)
    words = BinaryAttribute(attr_name="w", null=True, legacy_encoding=False)


class TombstoneRow(BookTable, discriminator="tombstone"):
    """book: that an identifier's person was erased, and by which erasure."""

    at = NumberAttribute(attr_name="a")
    erasure = UnicodeAttribute(attr_name="e")


class HoldRow(BookTable, discriminator="hold"):
    """book: why somebody may not be erased for now."""

    reason = UnicodeAttribute(attr_name="r")
    by = UnicodeAttribute(attr_name="y")
    at = NumberAttribute(attr_name="a")


class FateRow(BookTable, discriminator="fate"):
    """book: what is known of a mail after it left, as JSON."""

    version = NumberAttribute(attr_name="v")
    facts = UnicodeAttribute(attr_name="f")


class SignsRow(BookTable, discriminator="signs"):
    """book: opens and clicks of a mail, each as a list in JSON."""

    signs = UnicodeSetAttribute(attr_name="s", null=True)
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class LinksRow(BookTable, discriminator="links"):
    """book: where the links of a mail lead, by number, as JSON."""

    links = UnicodeAttribute(attr_name="l")


class NearRow(BookTable, discriminator="near"):
    """book: clicks from one network, each as its time and the mail that it was in."""

    clicks = UnicodeSetAttribute(attr_name="c", null=True)
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class ProgramRow(BookTable, discriminator="program"):
    """book: a program of which any intent was decided on on a day."""

    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class IntendedRow(BookTable, discriminator="intended"):
    """book: what was decided last on an intent."""

    outcome = UnicodeAttribute(attr_name="o")
    reason = UnicodeAttribute(attr_name="r")
    at = NumberAttribute(attr_name="w")
    send_key = UnicodeAttribute(attr_name="s", null=True)
    subject = UnicodeAttribute(attr_name="p", null=True)
    bundle = UnicodeAttribute(attr_name="b", null=True)
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class IntentRow(BookTable, discriminator="intent"):
    """book: the mail that an intent came to, at whichever address."""

    send_key = UnicodeAttribute()
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class WriteKeyRow(BookTable, discriminator="write_key"):
    """book: a key of the tracking door."""

    source = UnicodeAttribute()
    brand = UnicodeAttribute()
    trust = UnicodeAttribute()
    enabled = BooleanAttribute()
    origins = ListAttribute(of=UnicodeAttribute, null=True)
    consent = UnicodeAttribute(null=True)
    per_second = NumberAttribute(null=True)
    burst = NumberAttribute(null=True)


class AllowanceRow(BookTable, discriminator="allowance"):
    """book: a token bucket, by the instant until which it has handed out its tokens."""

    until = NumberAttribute(attr_name="u")
    expires = NumberAttribute(attr_name=EXPIRES)


class PaceRow(BookTable, discriminator="pace"):
    """book: at what part of the full pace mails went on after SES refused one, and since when."""

    part = NumberAttribute(attr_name="p")
    at = NumberAttribute(attr_name="a")
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class PointerRow(BookTable, discriminator="pointer"):
    """book: the live playbook bundle."""

    bundle = UnicodeAttribute()
    published_at = NumberAttribute()


class SendingRow(BookTable, discriminator="sending"):
    """book: the brake, how far each brand's mail may reach, the first days of ramps, as JSON."""

    version = NumberAttribute(attr_name="v")
    sending = UnicodeAttribute(attr_name="s")


class RulesRow(BookTable, discriminator="rules"):
    """book: the rules of identity in force, as JSON."""

    rules = UnicodeAttribute()
    applied_at = NumberAttribute()


class FeedRow(BookTable, discriminator="feed"):
    """book: a mark of the stored jobs; others have another one."""

    mark = UnicodeAttribute()


class JobRow(BookTable, discriminator="job"):
    """book: one open job as lists and mails need it, without its description.

    `version` and `told` (the mark of what its feed told) are those of its posting; `missing` is
    when a fetch of the whole feed first did not have it.
    """

    job_id = UnicodeAttribute()
    title = UnicodeAttribute()
    category = UnicodeAttribute()
    location = UnicodeAttribute()
    url = UnicodeAttribute()
    opened_at = NumberAttribute()
    open = BooleanAttribute()
    # What else is known of it, in JSON.
    more = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    told = UnicodeAttribute(null=True)
    missing = NumberAttribute(null=True)


class PostingRow(BookTable, discriminator="posting"):
    """book: one job by its ref, with its description; closed, and not removed, when it is gone."""

    job_id = UnicodeAttribute()
    title = UnicodeAttribute()
    category = UnicodeAttribute()
    location = UnicodeAttribute()
    url = UnicodeAttribute()
    opened_at = NumberAttribute()
    open = BooleanAttribute()
    # What else is known of it, in JSON.
    more = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    told = UnicodeAttribute(null=True)


class VersionRow(BookTable, discriminator="version"):
    """book: one version of a job, all of it in JSON; never written again."""

    number = NumberAttribute()
    change = UnicodeAttribute(null=True)
    at = NumberAttribute()
    job = UnicodeAttribute()


class UntoldRow(BookTable, discriminator="untold"):
    """book: a fact about a job that the bus has not taken yet."""

    ref = UnicodeAttribute()
    change = UnicodeAttribute()
    version = NumberAttribute()
    event_id = UnicodeAttribute()
    at = NumberAttribute()


class BoardRow(BookTable, discriminator="board"):
    """book: how a job board fared, and until when somebody reads it."""

    asked_at = NumberAttribute(null=True)
    succeeded_at = NumberAttribute(null=True)
    jobs = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    problem = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)


class RunRow(BookTable, discriminator="run"):
    """book: one playbook's wait for one occasion."""

    subject = UnicodeAttribute()
    program = UnicodeAttribute()
    occurrence = UnicodeAttribute()
    fact = UnicodeAttribute()
    due = NumberAttribute()
    state = UnicodeAttribute()
    ended_by = UnicodeAttribute(null=True)
    period = NumberAttribute(null=True)
    # Seconds since 1970; DynamoDB removes the row some time after.
    expires = NumberAttribute(attr_name=EXPIRES)


class PullRow(BookTable, discriminator="pull"):
    """book: how far the reading of an ATS has come."""

    version = NumberAttribute()
    # `rapport.pulls.Pull` as JSON.
    state = UnicodeAttribute()


class FileRunRow(BookTable, discriminator="file_run"):
    """book: how far the dropped files of one mapping of a connection have come."""

    version = NumberAttribute()
    # `rapport.filedrop.ports.FileRun` as JSON.
    state = UnicodeAttribute()


class ImportRow(BookTable, discriminator="import"):
    """book: how far an import of people has come."""

    version = NumberAttribute()
    # `rapport.importing.ports.Import` as JSON.
    state = UnicodeAttribute()


class ImportColumnsRow(BookTable, discriminator="import_columns"):
    """book: what the columns of a source's files mean."""

    # `rapport.importing.columns.Columns` as JSON.
    state = UnicodeAttribute()


class KeptRow(BookTable, discriminator="import_kept"):
    """book: who came without proof with one page of an import."""

    # Refs of their homes, as a list in JSON.
    homes = UnicodeAttribute()


class PushRow(BookTable, discriminator="push"):
    """book: somebody was put into an ATS, or is being put there; the same with each identifier."""

    version = NumberAttribute()
    # `rapport.pushing.Push` as JSON.
    state = UnicodeAttribute()


class PulledRow(BookTable, discriminator="pulled"):
    """book: a connection that is read by the clock."""


class SealKeyRow(VaultTable, discriminator="seal_key"):
    """vault: the key of one home identifier."""

    key = BinaryAttribute(legacy_encoding=False)


class RingKeyRow(VaultTable, discriminator="ring_key"):
    """vault: one key of a ring."""

    key = BinaryAttribute(legacy_encoding=False)


@contextmanager
def store_errors() -> "Iterator[None]":
    """Turn the store's answers into Rapport's: a lost race, or "again later"; others pass."""
    try:
        yield
    except PynamoDBException as error:
        code = str(error.cause_response_code or "")
        reasons = _reasons(error)
        if code == CONDITION_FAILED or any(r in _LOST_RACES for r in reasons):
            raise ConflictError(code or "condition failed") from error
        if not code or code in WORTH_ANOTHER_TRY or code == "TransactionCanceledException":
            raise RetryableError(code or "the store is out of reach") from error
        raise


def _reasons(error: PynamoDBException) -> list[str]:
    if not isinstance(error, TransactWriteError):
        return []
    return [reason.code for reason in error.cancellation_reasons if reason is not None]


def transaction() -> TransactWrite:
    """A write of several rows that happens whole or not at all.

    botocore gives every call a request token of its own, so a call that it repeats after a lost
    answer still happens once. A token of ours would be wrong: two workers with one token and
    different bytes are refused as a mismatch, not as a lost race.
    """
    return TransactWrite(connection=connection())


def from_stream(row: type[Row], image: Mapping[str, Mapping[str, Any]]) -> Any:
    """A model from a stream record's image, whose binary values are base64 text."""
    from base64 import b64decode

    data = {
        name: {"B": b64decode(value["B"])} if "B" in value else dict(value)
        for name, value in image.items()
    }
    return row.from_raw_data(data)
