"""Files on their way in: in S3 under `pool-files/<upload>`, put there by a signed address.

The address names the number of bytes, so that nobody puts a larger file. A file is taken away once
its rows are cut and sealed; the bucket forgets what nobody imported.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from rapport.adapters import aws
from rapport.errors import RetryableError
from rapport.pool_files import Address
from rapport.settings import POOL_FILES_PREFIX

ADDRESS_SECONDS = 900
KIND = "application/octet-stream"


class S3PoolFiles:
    """The port `Files`."""

    def __init__(self, bucket: str, *, now: Callable[[], datetime], client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._now = now
        self._client = client

    def address(self, upload: str, size: int) -> Address:
        """Where a file of so many bytes is put; it is signed here and asks nobody."""
        told = {"Bucket": self._bucket, "Key": _place(upload)}
        url = aws.signing_client("s3").generate_presigned_url(
            "put_object",
            Params={**told, "ContentLength": size, "ContentType": KIND},
            ExpiresIn=ADDRESS_SECONDS,
        )
        expires = self._now() + timedelta(seconds=ADDRESS_SECONDS)
        return Address(url=url, headers={"content-type": KIND}, expires_at=expires)

    def open(self, upload: str) -> BinaryIO | None:
        """The file, on this machine's disk; None when it is not there."""
        from botocore.exceptions import BotoCoreError, ClientError

        kept = TemporaryFile()  # noqa: SIM115  (whoever asked reads it, and it goes with them)
        s3 = self._s3()
        try:
            s3.download_fileobj(self._bucket, _place(upload), kept)
        except ClientError as error:
            kept.close()
            # Whoever may read a file and not list the bucket is refused where there is none.
            if error.response.get("Error", {}).get("Code") in {"403", "404"}:
                return None
            raise RetryableError(type(error).__name__) from error
        except BotoCoreError as error:
            kept.close()
            raise RetryableError(type(error).__name__) from error
        kept.seek(0)
        return kept

    def remove(self, upload: str) -> None:
        """Take it away; harmless to repeat."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._s3().delete_object(Bucket=self._bucket, Key=_place(upload))
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client


def _place(upload: str) -> str:
    return f"{POOL_FILES_PREFIX}{upload}"
