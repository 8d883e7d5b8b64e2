"""Published bundles in S3, kept in memory by hash: an immutable object needs no second reading."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

from rapport import bundle
from rapport.adapters import aws
from rapport.bundle import Bundle
from rapport.errors import MisconfiguredError

POINTER_SECONDS = 10.0


class S3Bundles:
    """The port `Bundles`."""

    def __init__(self, bucket: str, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._client = client
        self._known: dict[str, Bundle] = {}

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client

    def get(self, bundle_hash: str) -> Bundle:
        """The bundle of that hash; MisconfiguredError when it was never published."""
        if bundle_hash not in self._known:
            s3 = self._s3()
            try:
                answer = s3.get_object(Bucket=self._bucket, Key=bundle.object_key(bundle_hash))
            except s3.exceptions.NoSuchKey as error:
                msg = f"bundle {bundle_hash[:12]} is not in the bucket; run `rapport publish`"
                raise MisconfiguredError(msg) from error
            self._known[bundle_hash] = bundle.decode(answer["Body"].read())
        return self._known[bundle_hash]

    def published(self) -> list[tuple[str, datetime]]:
        """Every stored bundle's hash and when it was last published, the newest first."""
        pages = self._s3().get_paginator("list_objects_v2")
        found = [
            (item["Key"].removeprefix("bundles/").removesuffix(".json"), item["LastModified"])
            for page in pages.paginate(Bucket=self._bucket, Prefix="bundles/")
            for item in page.get("Contents", [])
        ]
        return sorted(found, key=lambda each: (each[1], each[0]), reverse=True)

    def put(self, compiled: Bundle) -> str:
        """Store a bundle under its hash, and tell the hash."""
        bundle_hash, body = bundle.encode(compiled)
        self._s3().put_object(
            Bucket=self._bucket,
            Key=bundle.object_key(bundle_hash),
            Body=body,
            ContentType="application/json",
        )
        return bundle_hash


class LiveBundle:
    """The live bundle's hash, read from `book` at most every 10 s."""

    def __init__(
        self, read: Callable[[], str | None], *, clock: Callable[[], float] = monotonic
    ) -> None:
        """`read` asks the book; `clock` gives seconds."""
        self._read = read
        self._clock = clock
        self._cached: tuple[float, str] | None = None

    def hash(self) -> str:
        """The hash; MisconfiguredError while nothing is published."""
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= POINTER_SECONDS:
            found = self._read()
            if found is None:
                msg = "no playbook bundle is published; run `rapport publish`"
                raise MisconfiguredError(msg)
            self._cached = (now, found)
        return self._cached[1]

    def anew(self) -> str:
        """The hash as it is this moment; MisconfiguredError while nothing is published."""
        self._cached = None
        return self.hash()
