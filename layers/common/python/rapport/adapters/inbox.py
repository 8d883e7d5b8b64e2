"""Mail that came in, in S3; and in `book` which answers were passed on."""

from datetime import datetime, timedelta
from typing import Any

from rapport.adapters import aws
from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import ForwardRow, bind, store_errors
from rapport.domain.event import millis
from rapport.errors import ConflictError, RetryableError

# The queue gives up after days; nobody asks again after that.
_KEPT = timedelta(days=60)


class S3Inbox:
    """The port `Inbox`."""

    def __init__(self, bucket: str, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._client = client

    def read(self, name: str, *, most: int) -> bytes | None:
        """The first `most` bytes of a message; None when it is there no more."""
        from botocore.exceptions import BotoCoreError, ClientError

        s3 = self._s3()
        try:
            answer = s3.get_object(Bucket=self._bucket, Key=name)
            body: bytes = answer["Body"].read(most)
        except s3.exceptions.NoSuchKey:
            return None
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error
        return body

    def drop(self, name: str) -> None:
        """Take a message away for good; harmless to repeat."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._s3().delete_object(Bucket=self._bucket, Key=name)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client


class DynamoForwards:
    """The port `Forwards`: one row for each answer, which DynamoDB forgets after a while."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def claim(self, answer: str, now: datetime) -> bool:
        """Take it on to pass an answer on; False when somebody did."""
        free = ForwardRow.pk.does_not_exist() | (ForwardRow.free == True)  # noqa: E712
        try:
            with store_errors():
                _row(answer, now, free=False).save(condition=free)
        except ConflictError:
            return False
        return True

    def give_back(self, answer: str, now: datetime) -> None:
        """It certainly was not passed on; somebody may take it on again."""
        with store_errors():
            _row(answer, now, free=True).save()


def _row(answer: str, now: datetime, *, free: bool) -> ForwardRow:
    return ForwardRow(
        *keys.forward_key(answer), free=free, at=millis(now), expires=millis(now + _KEPT) // 1000
    )
