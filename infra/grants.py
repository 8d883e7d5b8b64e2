"""Who may do what: every action of every function's role, in one place.

A room is a resource that a function may touch; an action is spelled exactly as IAM spells it.
There are no wildcards, no `grant_*` helpers and no managed policies: what is listed here is what
the template grants, and `tests/infra/grants.json` holds the same list, so that a wider one is seen.

DynamoDB transactions need no action of their own: TransactWriteItems uses PutItem, UpdateItem,
DeleteItem and ConditionCheckItem; TransactGetItems uses GetItem.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Room = Literal["log", "people", "book", "vault", "archive", "bundle", "bus", "send_queue", "mail"]

_VAULT = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem")
# Rings of keys are queried: the pepper of refs, the tokens in links.
_RINGS = ("dynamodb:Query",)
_LEDGER = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:ConditionCheckItem",
)
_APPEND = ("dynamodb:PutItem", "dynamodb:GetItem")

GRANTS: Mapping[str, Mapping[Room, tuple[str, ...]]] = MappingProxyType(
    {
        "track": {
            "log": _APPEND,
            "book": ("dynamodb:GetItem",),
            "vault": _VAULT + _RINGS,
        },
        "enrich": {
            "log": ("dynamodb:Query",),
            "people": (
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:ConditionCheckItem",
            ),
            "vault": ("dynamodb:GetItem", "dynamodb:BatchGetItem"),
        },
        "publish": {
            "bus": ("events:PutEvents",),
        },
        "archive": {
            "archive": ("s3:PutObject",),
        },
        "trigger": {
            "log": _APPEND,
            "people": ("dynamodb:GetItem", "dynamodb:Query"),
            "book": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"),
            "vault": _VAULT,
            "bundle": ("s3:GetObject",),
            "send_queue": ("sqs:SendMessage",),
        },
        "send": {
            "log": _APPEND,
            "people": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"),
            "book": _LEDGER,
            "vault": _VAULT + _RINGS,
            "bundle": ("s3:GetObject",),
            "mail": ("ses:SendEmail",),
        },
        "engage": {
            "log": _APPEND,
            "book": _LEDGER,
            "vault": _VAULT + _RINGS,
            "bundle": ("s3:GetObject",),
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
