"""Published editions of blocks in S3, one immutable object each."""

from functools import lru_cache
from typing import Any

import msgspec

from rapport import content
from rapport.adapters import aws
from rapport.content import Told

KEPT = 256


class S3Editions:
    """The port `Editions`, and how publishing fills it."""

    def __init__(self, bucket: str, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._client = client
        self._known = lru_cache(maxsize=KEPT)(self._read)

    def get(self, version: str) -> Told | None:
        """An edition by its version; None when there never was one."""
        try:
            return self._known(version)
        except KeyError:
            return None

    def put(self, edition: Told) -> None:
        """Keep an edition; the same again changes nothing."""
        self._s3().put_object(
            Bucket=self._bucket,
            Key=content.object_key(edition.version),
            Body=msgspec.json.encode(edition, order="sorted"),
            ContentType="application/json",
        )

    def _read(self, version: str) -> Told:
        s3 = self._s3()
        try:
            answer = s3.get_object(Bucket=self._bucket, Key=content.object_key(version))
        except s3.exceptions.NoSuchKey:
            raise KeyError(version) from None
        return msgspec.json.decode(answer["Body"].read(), type=Told)

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client
