"""One AWS session per process, and the few clients that Rapport uses.

DynamoDB is reached through PynamoDB (`adapters/dynamo/models.py`) on the same credentials. boto3 is
imported when the first client is made, so that `track`, which only needs DynamoDB, never loads it.
"""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boto3.session import Session

REGION_NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION")


def region() -> str | None:
    """The region that the environment names, if any."""
    return next((os.environ[name] for name in REGION_NAMES if os.environ.get(name)), None)


@cache
def session() -> "Session":
    """The process's session."""
    import boto3

    return boto3.Session(region_name=region())


def client(service: str, *, endpoint: str = "", once: bool = False) -> Any:
    """A client of a service; `once` never repeats a call by itself.

    A repeated SendEmail whose first answer was lost is a second mail, so SES is called with `once`.
    """
    from botocore.config import Config

    retries: Any = {"total_max_attempts": 1} if once else {"total_max_attempts": 4}
    config = Config(connect_timeout=2, read_timeout=10, retries=retries)
    return session().client(service, endpoint_url=endpoint or None, config=config)  # type: ignore[call-overload]


def signing_client(service: str) -> Any:
    """A client that signs addresses for others: for this region alone, by today's algorithm."""
    from botocore.config import Config

    told: Any = {"us_east_1_regional_endpoint": "regional"}
    config = Config(signature_version="s3v4", s3=told)
    return session().client(service, config=config)  # type: ignore[call-overload]


def light_client(service: str) -> Any:
    """A client for a function that otherwise never loads boto3, and that has no time to wait."""
    from botocore.config import Config
    from botocore.session import get_session

    retries: Any = {"total_max_attempts": 2}
    config = Config(connect_timeout=1, read_timeout=3, retries=retries)
    return get_session().create_client(service, region_name=region(), config=config)
