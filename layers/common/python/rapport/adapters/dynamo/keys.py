"""Every key of every table: pure functions, one per kind of row, listed in docs/data-model.md."""

from datetime import date, datetime
from hashlib import sha256

from rapport.domain.event import LogKey, millis
from rapport.domain.finder import shard_of
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.jobs import Job
from rapport.events import VIEW_PREFIX

LINK_PREFIX = "W#"
CHUNK_PREFIX = "C#"
SHEET_PREFIX = "V#"
MONTH_PREFIX = "M#"
WORD_PREFIX = "AC#"
JOBS = "JOBS"
UNTOLD_JOBS = "JOBS#UNTOLD"
VERSION_PREFIX = "V#"
PULLED = "PULLED"
FINDER_PREFIX = "FIND#"
SUGGESTED = "SUGGESTED"
OPERATOR_PREFIX = "OP#"
SUGGESTION_PREFIX = "S#"
HALLS = "EVENTS"
LISTS = "LISTS"
PLACE_PREFIX = "P#"
TURN_PREFIX = "W#"
_TICKET_DIGITS = 8
IMPORTS = "IMPORTS"
IMPORTS_KEPT = "IMPORTS#KEPT"
_MILLIS_DIGITS = 14


def seal_key(home: Ref) -> LogKey:
    """vault: the random key that seals the bodies of one identifier's events."""
    return LogKey(f"K#{home}", "KEY")


def ring_key(ring: str, kid: str) -> LogKey:
    """vault: one key of a ring (pepper, tokens)."""
    return LogKey(f"R#{ring}", kid)


def head_key(partition: Ref) -> LogKey:
    """people: which strong identifiers were seen in a log partition."""
    return LogKey(f"H#{partition}", "HEAD")


def month_key(partition: Ref, month: str) -> LogKey:
    """people: the tallies of one month of a log partition, and the stream position applied."""
    return LogKey(f"H#{partition}", f"{MONTH_PREFIX}{month}")


def node_key(node: Ref) -> LogKey:
    """people: a strong identifier and the cluster that it belongs to."""
    return LogKey(f"N#{node}", "NODE")


def link_key(node: Ref, partition: Ref) -> LogKey:
    """people: a strong identifier was seen in that log partition."""
    return LogKey(f"N#{node}", f"{LINK_PREFIX}{partition}")


def cluster_key(cluster: str) -> LogKey:
    """people: identifiers that were ever tied to one another, and the persons they make."""
    return LogKey(f"C#{cluster}", "CLUSTER")


def view_key(person: PersonId) -> LogKey:
    """people: the materialised profile, as far as most events change it."""
    return LogKey(f"{VIEW_PREFIX}{person}", "VIEW")


def detail_key(person: PersonId) -> LogKey:
    """people: the rest of a profile that is too large for one row."""
    return LogKey(f"D#{person}", "DETAIL")


def finder_key(person: PersonId) -> LogKey:
    """people: what segments ask of a person most."""
    return LogKey(f"{FINDER_PREFIX}{shard_of(person):02x}", person)


def alike_key(digest: str) -> LogKey:
    """people: who is filed under something that few people have."""
    return LogKey(f"B#{digest}", "ALIKE")


def filed_key(root: Ref) -> LogKey:
    """people: what a person is filed under."""
    return LogKey(f"Q#{root}", "FILED")


def suggestion_key(root: Ref, other: Ref) -> LogKey:
    """people: two people may be one; a row with each of them."""
    return LogKey(f"Q#{root}", f"{SUGGESTION_PREFIX}{other}")


def queued_key(score: int, pair: tuple[Ref, Ref]) -> LogKey:
    """people: the same in the queue of all, which sorts by score, best first."""
    return LogKey(SUGGESTED, f"{100 - score:03d}#{'#'.join(pair)}")


def address_key(address: Ref) -> LogKey:
    """book: confirmation, consents and ledger of an address."""
    return LogKey(f"A#{address}", "ADDRESS")


def suppression_key(address: Ref) -> LogKey:
    """book: suppressions of an address; outlives the row beside it."""
    return LogKey(f"A#{address}", "SUPPRESSION")


def word_key(address: Ref, at: datetime, event_id: str) -> LogKey:
    """book: one word of consent of an address, in order of receipt; never written again."""
    return LogKey(f"{WORD_PREFIX}{address}", f"{millis(at):0{_MILLIS_DIGITS}d}#{event_id}")


def send_record_key(send_key: str) -> LogKey:
    """book: one mail that was claimed."""
    return LogKey(f"S#{send_key}", "SEND")


def unsettled_key(send_key: str, claimed_at: datetime) -> LogKey:
    """book: a claimed mail that somebody should look after, by when it was claimed."""
    shard = int(send_key[0], 16) // 4
    return LogKey(f"O#{shard}", f"{millis(claimed_at):0{_MILLIS_DIGITS}d}#{send_key}")


def count_key(domain: str, day: str) -> LogKey:
    """book: how many marketing mails left from a domain on a UTC day."""
    return LogKey(f"D#{domain}", day)


def launch_key(campaign: str) -> LogKey:
    """book: how far a campaign has come."""
    return LogKey(f"G#{campaign}", "LAUNCH")


def chunk_key(campaign: str, name: str) -> LogKey:
    """book: some of a campaign's audience; sorts by when it is their turn."""
    return LogKey(f"G#{campaign}", f"{CHUNK_PREFIX}{name}")


def spent_key(campaign: str) -> LogKey:
    """book: how many mails of a campaign its bound has counted."""
    return LogKey(f"G#{campaign}", "SPENT")


def rehearsal_key(campaign: str) -> LogKey:
    """book: who asked last what a campaign would come to, and how far the answer is."""
    return LogKey(f"G#{campaign}", "REHEARSAL")


def sheet_key(campaign: str, run: str, page: int) -> LogKey:
    """book: a page of that answer: first whom to judge, then what they came to."""
    return LogKey(f"G#{campaign}", f"{SHEET_PREFIX}{run}#{page:06d}")


def fate_key(send_key: str) -> LogKey:
    """book: what is known of a mail after it left."""
    return LogKey(f"S#{send_key}", "FATE")


def signs_key(send_key: str) -> LogKey:
    """book: opens and clicks of a mail, as they came."""
    return LogKey(f"S#{send_key}", "SIGNS")


def links_key(send_key: str) -> LogKey:
    """book: where the links of a mail lead."""
    return LogKey(f"S#{send_key}", "LINKS")


def near_key(network: str, hour: str) -> LogKey:
    """book: in which mails there were clicks from one network within an hour."""
    return LogKey(f"N#{network}", hour)


def program_key(day: str, program: str) -> LogKey:
    """book: a program of which any intent was decided on on a UTC day."""
    return LogKey(f"FP#{day}", program)


def intended_key(program: str, day: str, intent: str) -> LogKey:
    """book: what was decided on an intent, by program and UTC day."""
    return LogKey(f"F#{program}#{day}", intent)


def known_key(ref: Ref) -> LogKey:
    """book: a candidate or an application of an ATS."""
    return LogKey(f"P#{ref}", "KNOWN")


def forward_key(answer: str) -> LogKey:
    """book: an answer that was passed on."""
    return LogKey(f"M#{answer}", "FORWARD")


def task_key(task: str) -> LogKey:
    """book: a task that is open."""
    return LogKey("T#OPEN", task)


def operator_key(subject: str) -> LogKey:
    """book: somebody of the employer who may sign in."""
    return LogKey("OPERATORS", f"{OPERATOR_PREFIX}{subject}")


def audit_key(place: str, position: str) -> LogKey:
    """book: one thing that an operator did: under its UTC day, and under the person it is about."""
    return LogKey(f"AUDIT#{place}", position)


def erasure_key(erasure: str) -> LogKey:
    """book: one erasure of a person, and its certificate."""
    return LogKey(f"E#{erasure}", "ERASURE")


def tombstone_key(ref: Ref) -> LogKey:
    """book: that an identifier's person was erased."""
    return LogKey(f"Z#{ref}", "TOMBSTONE")


def hold_key(ref: Ref) -> LogKey:
    """book: why an identifier's person may not be erased."""
    return LogKey(f"Z#{ref}", "HOLD")


def intent_key(intent: str) -> LogKey:
    """book: the mail that an intent came to."""
    return LogKey(f"I#{intent}", "INTENT")


def write_key_key(key: str) -> LogKey:
    """book: a key of the tracking door, found by its hash."""
    return LogKey(f"K#{sha256(key.encode()).hexdigest()[:32]}", "WRITE_KEY")


def allowance_key(scope: str) -> LogKey:
    """book: how many messages may still come with a key, or from a network."""
    return LogKey(f"L#{scope}", "ALLOWANCE")


def pace_key() -> LogKey:
    """book: how much slower mails leave since SES refused one as too fast."""
    return LogKey("L#ses", "PACE")


def pointer_key() -> LogKey:
    """book: which playbook bundle is live."""
    return LogKey("CONFIG", "BUNDLE")


def sending_key() -> LogKey:
    """book: what people switched beside the bundle: the brake, how far mail may reach."""
    return LogKey("CONFIG", "SENDING")


def rules_key() -> LogKey:
    """book: the rules of identity in force."""
    return LogKey("CONFIG", "IDENTITY")


def feed_key() -> LogKey:
    """book: which feed the stored jobs are those of."""
    return LogKey("CONFIG", "JOBS")


def posting_key(job_ref: str) -> LogKey:
    """book: one job, by its ref."""
    return LogKey(f"J#{job_ref}", "POSTING")


def version_key(job_ref: str, version: int, event_id: str) -> LogKey:
    """book: one version of a job; what was told differently never lands on it."""
    return LogKey(f"J#{job_ref}", f"{VERSION_PREFIX}{version:06d}#{event_id}")


def untold_key(job_ref: str, version: int) -> LogKey:
    """book: a fact about a job that waits for the bus."""
    return LogKey(UNTOLD_JOBS, f"{job_ref}#{version:06d}")


def board_key(source: str) -> LogKey:
    """book: how the job board of a source fared."""
    return LogKey(f"B#{source}", "BOARD")


def run_key(subject: Ref, program: str, occurrence: str) -> LogKey:
    """book: one playbook's wait for one occasion of a person."""
    return LogKey(f"R#{subject}", f"{program}#{occurrence}")


def once_key(connection: str, token: str) -> LogKey:
    """book: a token of a delivery that is good for one alone, found by its hash."""
    return LogKey(f"X#{sha256(f'{connection} {token}'.encode()).hexdigest()[:32]}", "ONCE")


def pull_key(connection: str, name: str) -> LogKey:
    """book: how far the reading of an ATS has come."""
    return LogKey(f"Y#{connection}", name)


def file_run_key(connection: str, pattern: str) -> LogKey:
    """book: how far the dropped files of one mapping have come, by the hash of its name."""
    return LogKey(f"Y#{connection}", f"FILE#{sha256(pattern.encode()).hexdigest()[:32]}")


def import_key(import_id: str) -> LogKey:
    """book: how far an import has come."""
    return LogKey(IMPORTS, import_id)


def import_columns_key(source: str) -> LogKey:
    """book: what the columns of a source's files mean."""
    return LogKey("IMPORTS#COLUMNS", source)


def import_kept_key(until: date, import_id: str, page: int) -> LogKey:
    """book: who came without proof with one page of an import, by the day until which they stay."""
    return LogKey(IMPORTS_KEPT, f"{until.isoformat()}#{import_id}#{page:06d}")


def push_key(ref: Ref, connection: str, job_ref: str) -> LogKey:
    """book: somebody was put into an ATS for a job; a row with each of their identifiers."""
    return LogKey(f"P#{ref}", f"PUSH#{connection}#{sha256(job_ref.encode()).hexdigest()[:32]}")


def pulled_key(connection: str) -> LogKey:
    """book: a connection that is read by the clock."""
    return LogKey(PULLED, connection)


def job_key(job: Job) -> LogKey:
    """book: one job; sorts by category, then by when it opened."""
    return LogKey(JOBS, f"{job.category}#{millis(job.opened_at):0{_MILLIS_DIGITS}d}#{job.id}")


def hall_key(occasion: str) -> LogKey:
    """book: how full an event is; all events in one partition, for an employer has few."""
    return LogKey(HALLS, occasion)


def list_key(named: str) -> LogKey:
    """book: the name of a static list; all in one partition, for an employer has few."""
    return LogKey(LISTS, named)


def place_key(occasion: str, address: Ref) -> LogKey:
    """book: what one address has at an event."""
    return LogKey(f"EV#{occasion}", f"{PLACE_PREFIX}{address}")


def turn_key(occasion: str, ticket: int) -> LogKey:
    """book: who waits for a place at an event; sorts by who came first."""
    return LogKey(f"EV#{occasion}", f"{TURN_PREFIX}{ticket:0{_TICKET_DIGITS}d}")


def alert_key(address: Ref) -> LogKey:
    """book: what was just said of job alerts by an address."""
    return LogKey(f"A#{address}", "ALERT")
