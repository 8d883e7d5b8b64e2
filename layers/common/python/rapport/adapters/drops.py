"""Files that employers dropped, in S3, under `drop/<connection>/<any name>`.

A file is taken away once all of it stands in the log; one that was set aside stays for somebody to
look at until the bucket forgets it. The bucket keeps no versions, so what is taken away is gone.
"""

from collections.abc import Callable
from typing import Any

from rapport.adapters import aws
from rapport.errors import RetryableError
from rapport.filedrop.checking import MAX_FILE_BYTES
from rapport.filedrop.ports import Dropped


class S3Drops:
    """The port `Drops`."""

    def __init__(self, bucket: str, *, client: Callable[[], Any] | None = None) -> None:
        """Work on the bucket of that name; `client` makes one for S3 when it is needed."""
        self._bucket = bucket
        self._make = client or (lambda: aws.client("s3"))
        self._made: Any = None

    def read(self, key: str) -> Dropped | None:
        """The file; None when somebody took it away. At most a byte more than may be applied."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._s3().get_object(Bucket=self._bucket, Key=key)
            content: bytes = answer["Body"].read(MAX_FILE_BYTES + 1)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise RetryableError(type(error).__name__) from error
        except (BotoCoreError, OSError) as error:
            raise RetryableError(type(error).__name__) from error
        return Dropped(content=content, at=answer["LastModified"])

    def remove(self, key: str) -> None:
        """Take a file away that was applied whole; harmless to repeat."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._s3().delete_object(Bucket=self._bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _s3(self) -> Any:
        if self._made is None:
            self._made = self._make()
        return self._made
