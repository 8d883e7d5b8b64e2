"""The log by time, in S3."""

from typing import Any

from rapport.adapters import aws


class S3Archive:
    """The port `Archive`."""

    def __init__(self, bucket: str, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._client = client

    def put(self, key: str, body: bytes) -> None:
        """Write one gzip object."""
        self._client = self._client or aws.client("s3")
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType="application/gzip"
        )
