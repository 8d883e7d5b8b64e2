"""Who may do what: every action of every function's role, in one place.

A room is a resource that a function may touch; an action is spelled exactly as IAM spells it.
There are no wildcards, no `grant_*` helpers and no managed policies: what is listed here is what
the template grants, and `tests/infra/grants.json` holds the same list, so that a wider one is seen.
`tests/inprocess/test_house.py` compares the list with the calls that the functions really make.

A DynamoDB transaction needs no action of its own, but those of its parts: PutItem, UpdateItem,
DeleteItem, ConditionCheckItem.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Room = Literal[
    "log",
    "people",
    "book",
    "vault",
    "archive",
    "bundle",
    "content",
    "inbox",
    "inbox_names",
    "bundle_names",
    "quarantine",
    "bus",
    "send_queue",
    "judge_queue",
    "mail",
    "account",
    "schedules",
    "wake_role",
    "wake_queue",
    "secrets",
    "sync_queue",
    "rosters",
    "drop",
    "drop_names",
    "drop_all",
    "failed_all",
    "failed_names",
    "privacy_queue",
    "dead_letters",
    "log_lines",
    "campaign_queue",
    "imports",
    "resumes",
    "clean_resumes",
    "exports",
    "pool_files",
]

# To seal an event: read its key, make it if there is none, read it if another was faster.
_SEAL = ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:GetItem")
# Rings of keys are queried: the pepper of refs, the tokens in links.
_RINGS = ("dynamodb:Query",)
# To have somebody woken: by a schedule, or at once by its queue.
_WAKE_UPS: Mapping[Room, tuple[str, ...]] = {
    "schedules": (
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
        "scheduler:DeleteSchedule",
    ),
    "wake_role": ("iam:PassRole",),
    "wake_queue": ("sqs:SendMessage",),
}

GRANTS: Mapping[str, Mapping[Room, tuple[str, ...]]] = MappingProxyType(
    {
        "track": {
            "log": ("dynamodb:PutItem",),
            "book": ("dynamodb:GetItem", "dynamodb:UpdateItem"),
            "vault": _SEAL + _RINGS,
            "quarantine": ("s3:PutObject",),
        },
        "enrich": {
            # Receipts of merges and splits are put; late rows of the erased are taken away.
            "log": ("dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"),
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ),
            # The rules of identity.
            "book": ("dynamodb:GetItem",),
            "vault": _SEAL + _RINGS,
        },
        "publish": {
            "bus": ("events:PutEvents",),
            # Rows of the finder.
            "people": ("dynamodb:PutItem", "dynamodb:DeleteItem"),
        },
        "archive": {
            "archive": ("s3:PutObject",),
        },
        "trigger": {
            "log": ("dynamodb:PutItem",),
            "people": ("dynamodb:GetItem", "dynamodb:BatchGetItem"),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ),
            "vault": _SEAL,
            "bundle": ("s3:GetObject",),
            "send_queue": ("sqs:SendMessage",),
            **_WAKE_UPS,
        },
        "send": {
            "log": ("dynamodb:GetItem", "dynamodb:PutItem"),
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:ConditionCheckItem",
            ),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:ConditionCheckItem",
            ),
            "vault": _SEAL + _RINGS,
            "bundle": ("s3:GetObject",),
            "mail": ("ses:SendEmail",),
            "account": ("ses:GetAccount",),
            "send_queue": ("sqs:SendMessage",),
            "judge_queue": ("sqs:SendMessage",),
            **_WAKE_UPS,
        },
        "campaign": {
            "people": ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ),
            "vault": _RINGS,
            "bundle": ("s3:GetObject",),
            "account": ("ses:GetAccount",),
            # To see how many intents wait there already, too.
            "send_queue": ("sqs:SendMessage", "sqs:GetQueueAttributes"),
            "campaign_queue": ("sqs:SendMessage",),
        },
        "engage": {
            "log": ("dynamodb:GetItem", "dynamodb:PutItem"),
            # The job alerts of a mail's reader.
            "people": ("dynamodb:GetItem", "dynamodb:BatchGetItem"),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                # A turn on a waiting list that was given up, or came.
                "dynamodb:DeleteItem",
            ),
            "vault": _SEAL + _RINGS,
            "bundle": ("s3:GetObject",),
            "judge_queue": ("sqs:SendMessage",),
            # Who is let put a résumé there, puts it by this very right.
            "resumes": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
        },
        "desk": {
            # Notes, mails by hand and stops are put; a person's events are queried.
            "log": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"),
            # A report of people goes over everybody.
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
            ),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                # A task that is done.
                "dynamodb:DeleteItem",
            ),
            "vault": _SEAL + _RINGS,
            # What the console saves is a bundle.
            "bundle": ("s3:GetObject", "s3:PutObject"),
            # Test mails to the seeds of a campaign, judged as `send` would.
            "mail": ("ses:SendEmail",),
            "account": ("ses:GetAccount",),
            # What was asked of an upload, and what came of it; the address that a file is put to,
            # and the link that opens an export, are signed in this role's name.
            "imports": ("s3:GetObject", "s3:PutObject"),
            "pool_files": ("s3:PutObject",),
            "exports": ("s3:GetObject",),
            # Of those that nobody called harmless no more than that they are there.
            "clean_resumes": ("s3:GetObject",),
            # Else S3 says of what is not there that it may not be read.
            "drop_names": ("s3:ListBucket",),
            "sync_queue": ("sqs:SendMessage",),
            "campaign_queue": ("sqs:SendMessage",),
            "privacy_queue": ("sqs:SendMessage",),
            # An event that was moved: who waits for its reminder is woken.
            "wake_queue": ("sqs:SendMessage",),
        },
        "content": {
            "book": ("dynamodb:GetItem", "dynamodb:Query"),
            "bundle": ("s3:GetObject",),
            # Editions of blocks that are no longer live; of one that never was S3 says so only to
            # whoever may list.
            "content": ("s3:GetObject",),
            "bundle_names": ("s3:ListBucket",),
        },
        "receive": {
            "log": ("dynamodb:GetItem", "dynamodb:PutItem"),
            "book": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"),
            "vault": _SEAL + _RINGS,
            "bundle": ("s3:GetObject",),
            "inbox": ("s3:GetObject", "s3:DeleteObject"),
            # Else S3 says of mail that was handled before that it may not be read.
            "inbox_names": ("s3:ListBucket",),
            "mail": ("ses:SendEmail",),
        },
        "settle": {
            "log": ("dynamodb:GetItem", "dynamodb:PutItem"),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
            ),
            "vault": _SEAL,
            "send_queue": ("sqs:SendMessage",),
        },
        "ats": {
            # Whose addresses an opt-out has to close is asked of who is whom.
            "people": ("dynamodb:BatchGetItem",),
            "log": ("dynamodb:GetItem", "dynamodb:PutItem"),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                # A job that is over leaves the list of open ones.
                "dynamodb:DeleteItem",
            ),
            "vault": _SEAL + _RINGS,
            "quarantine": ("s3:PutObject",),
            "secrets": ("secretsmanager:GetSecretValue",),
            "sync_queue": ("sqs:SendMessage",),
        },
        "sync": {
            # Of an import that is taken back persons are folded anew, as enrich does.
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ),
            "log": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:DeleteItem",
            ),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
            ),
            "vault": _SEAL + _RINGS,
            "bundle": ("s3:GetObject",),
            "secrets": ("secretsmanager:GetSecretValue",),
            "sync_queue": ("sqs:SendMessage",),
            # Whose time in the pool is over.
            "privacy_queue": ("sqs:SendMessage",),
            # The ids of what was there the last time; and the files that employers drop.
            "rosters": ("s3:GetObject", "s3:PutObject"),
            "drop": ("s3:GetObject", "s3:DeleteObject"),
            # Pages of imports, and the plans of what came of them.
            "imports": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            # Files that were put there from a screen.
            "pool_files": ("s3:GetObject", "s3:DeleteObject"),
            # Else S3 says of what is not there that it may not be read.
            "drop_names": ("s3:ListBucket",),
            "quarantine": ("s3:PutObject",),
            "bus": ("events:PutEvents",),
        },
        # The only one that takes away whatever stands of a person, wherever it stands.
        "privacy": {
            # What is put: that somebody is held, and that a place became another's.
            "log": (
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:DeleteItem",
            ),
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ),
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ),
            "vault": (*_SEAL, *_RINGS, "dynamodb:DeleteItem"),
            "bundle": ("s3:GetObject",),
            # Copies of erasures, which outlive a restore of the tables.
            "archive": ("s3:PutObject",),
            "failed_all": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            "failed_names": ("s3:ListBucket",),
            "inbox": ("s3:GetObject", "s3:DeleteObject"),
            "inbox_names": ("s3:ListBucket",),
            "drop_all": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            "drop_names": ("s3:ListBucket",),
            "schedules": ("scheduler:DeleteSchedule",),
            "privacy_queue": ("sqs:SendMessage",),
            # They are looked at for what is left of somebody; nothing is deleted there.
            "dead_letters": ("sqs:ReceiveMessage",),
            "log_lines": ("logs:FilterLogEvents",),
        },
        "report": {
            "people": ("dynamodb:BatchGetItem", "dynamodb:Scan"),
            # The week that was begun is put.
            "book": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
            ),
            "bundle": ("s3:GetObject",),
            "mail": ("ses:SendEmail",),
        },
        "audit": {
            "log": ("dynamodb:Query",),
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
            ),
            "book": ("dynamodb:GetItem",),
            "vault": ("dynamodb:BatchGetItem", *_RINGS),
        },
    }
)

# What Lambda itself does in a function's name to read a stream or a queue.
READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
LIST_STREAMS = ("dynamodb:ListStreams",)
KEEP_FAILED = ("s3:PutObject",)
LIST_FAILED = ("s3:ListBucket",)
READ_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
KEEP_DEAD = ("sqs:SendMessage",)
# What a schedule does when it fires, and with what it cannot deliver.
WAKE = ("sqs:SendMessage",)
