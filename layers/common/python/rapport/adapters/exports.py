"""Exports that wait for those who asked for them: in S3 under `exports/`, by signed links."""

from collections.abc import Mapping
from typing import Any

from rapport.adapters import aws
from rapport.errors import RetryableError
from rapport.settings import EXPORTS_PREFIX


class S3ExportLinks:
    """Links to exports in a bucket."""

    def __init__(self, bucket: str, *, seconds: int, client: Any = None) -> None:
        """A link opens one for so many seconds."""
        self._bucket = bucket
        self._seconds = seconds
        self._client = client

    def link(self, name: str) -> str | None:
        """An address that opens one; None while it is not there."""
        if self.told(name) is None:
            return None
        file = name.rpartition("/")[2]
        shown = {"ResponseContentDisposition": f'attachment; filename="{file}"'}
        url: str = aws.signing_client("s3").generate_presigned_url(
            "get_object", Params={**self._place(name), **shown}, ExpiresIn=self._seconds
        )
        return url

    def told(self, name: str) -> Mapping[str, str] | None:
        """What is told of one; None while it is not there."""
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or aws.client("s3")
        try:
            found = self._client.head_object(**self._place(name))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey"}:
                return None
            raise RetryableError(type(error).__name__) from error
        except BotoCoreError as error:
            raise RetryableError(type(error).__name__) from error
        told: Mapping[str, str] = found["Metadata"]
        return told

    def _place(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{EXPORTS_PREFIX}{name}"}
