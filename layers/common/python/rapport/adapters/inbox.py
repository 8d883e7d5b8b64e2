"""Mail that came in, in S3."""

from typing import Any

from rapport.adapters import aws
from rapport.errors import RetryableError


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
