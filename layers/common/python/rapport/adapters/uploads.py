"""Uploads in S3, in the bucket of dropped files: the port `Shelf`.

A browser puts its file there by a form of its own (S3, POST policy): the policy binds the name, how
large it may be and where the browser goes back to, and the bucket encrypts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rapport.adapters import aws
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.errors import RetryableError
from rapport.settings import RESUMES_PREFIX
from rapport.uploads import CLEAN, MAX_BYTES, MEDIA_TYPES, NEW, Resume, Ticket

_GOOD_FOR_S = 900
# Prefix, verdict, form, address: then the upload.
_PARTS = 4
# What is told of one person: nobody reads more, and each is asked for its media type.
_MOST_TOLD = 50
_ANY_TYPE = "application/octet-stream"
_GONE = frozenset({"NoSuchKey", "404", "PreconditionFailed", "412"})


class S3Shelf:
    """The port `Shelf`."""

    def __init__(self, bucket: str) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._made: Any = None

    def ticket(self, key: str, *, back: str) -> Ticket:
        """Let somebody put a file of at most 5 MB there, for a quarter of an hour."""
        fixed = {"success_action_redirect": back, "Content-Type": "application/octet-stream"}
        made = self._s3().generate_presigned_post(
            self._bucket,
            key,
            Fields=fixed,
            Conditions=[
                *({name: value} for name, value in fixed.items()),
                ["content-length-range", 1, MAX_BYTES],
            ],
            ExpiresIn=_GOOD_FOR_S,
        )
        return Ticket(url=made["url"], fields=tuple(sorted(made["fields"].items())))

    def read(self, key: str, etag: str) -> bytes | None:
        """That very content; None when it is gone, or is another by now."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._s3().get_object(Bucket=self._bucket, Key=key, IfMatch=f'"{etag}"')
            body: bytes = answer["Body"].read(MAX_BYTES + 1)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return None
            raise RetryableError(type(error).__name__) from error
        except (BotoCoreError, OSError) as error:
            raise RetryableError(type(error).__name__) from error
        return body

    def keep(self, key: str, body: bytes, kind: str) -> None:
        """Keep what is harmless; whoever opens it saves it, no browser shows it."""
        self._s3().put_object(
            Bucket=self._bucket,
            Key=key,
            Body=body,
            ContentType=MEDIA_TYPES[kind],
            ContentDisposition=f'attachment; filename="resume.{kind}"',
        )

    def remove(self, key: str) -> None:
        """Take one away; harmless to repeat."""
        self._s3().delete_object(Bucket=self._bucket, Key=key)

    def _s3(self) -> Any:
        if self._made is None:
            self._made = aws.client("s3")
        return self._made


class S3Resumes:
    """The port `Resumes`: the names of the bucket are gone over, for an address stands in each."""

    def __init__(self, bucket: str) -> None:
        """Read the bucket of that name."""
        self._bucket = bucket

    def of(self, members: Sequence[Ref]) -> list[Resume]:
        """Those of their addresses, the oldest first."""
        ends = {ref.partition("#")[2] for ref in members if namespace_of(ref) is Namespace.EMAIL}
        return sorted(self._named(ends), key=lambda each: (each.at, each.key)) if ends else []

    def _named(self, ends: set[str]) -> Iterator[Resume]:
        pages = aws.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=RESUMES_PREFIX):
            for found in page.get("Contents", ()):
                parts = found["Key"].split("/")
                if len(parts) > _PARTS and parts[-2] in ends:
                    clean = found["Key"].startswith(CLEAN)
                    yield Resume(
                        key=found["Key"],
                        form=parts[-3],
                        clean=clean,
                        size=found["Size"],
                        at=found["LastModified"],
                        media_type=self._media_type(found["Key"]) if clean else "",
                    )

    def _media_type(self, key: str) -> str:
        told: str = aws.client("s3").head_object(Bucket=self._bucket, Key=key)["ContentType"]
        return told

    def read(self, resume: Resume) -> bytes | None:
        """All of one; None when it is gone."""
        from botocore.exceptions import ClientError

        try:
            answer = aws.client("s3").get_object(Bucket=self._bucket, Key=resume.key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return None
            raise RetryableError(type(error).__name__) from error
        body: bytes = answer["Body"].read()
        return body


class S3HandedIn:
    """The port `HandedIn`: of each form and address the names are listed, and no others."""

    def __init__(self, bucket: str, *, seconds: int) -> None:
        """A link into the bucket of that name is good for so many seconds."""
        self._bucket, self._seconds = bucket, seconds
        self._made: Any = None

    def of(self, members: Sequence[Ref], forms: Iterable[str]) -> list[Resume]:
        """Those of a person's addresses, the newest first, at most 50."""
        from botocore.exceptions import BotoCoreError, ClientError

        ends = sorted(r.partition("#")[2] for r in members if namespace_of(r) is Namespace.EMAIL)
        places = [
            (form, f"{prefix}{form}/{end}/")
            for form in sorted(set(forms))
            for end in ends
            for prefix in (NEW, CLEAN)
        ]
        try:
            named = [each for form, place in places for each in self._named(form, place)]
            newest = sorted(named, key=lambda each: (each.at, each.key), reverse=True)
            return [self._typed(each) for each in newest[:_MOST_TOLD]]
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def link(self, resume: Resume) -> str | None:
        """An address that has one saved as what it is; None for one nobody called harmless."""
        if not resume.key.startswith(CLEAN):
            return None
        known = resume.media_type in MEDIA_TYPES.values()
        url: str = aws.signing_client("s3").generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": resume.key,
                "ResponseContentType": resume.media_type if known else _ANY_TYPE,
                "ResponseContentDisposition": f'attachment; filename="{resume.name}"',
            },
            ExpiresIn=self._seconds,
        )
        return url

    def _named(self, form: str, place: str) -> Iterator[Resume]:
        answer = self._s3().list_objects_v2(Bucket=self._bucket, Prefix=place)
        for found in answer.get("Contents", ()):
            yield Resume(
                key=found["Key"],
                form=form,
                clean=place.startswith(CLEAN),
                size=found["Size"],
                at=found["LastModified"],
                media_type="",
            )

    def _typed(self, resume: Resume) -> Resume:
        if not resume.clean:
            return resume
        told = self._s3().head_object(Bucket=self._bucket, Key=resume.key)["ContentType"]
        return replace(resume, media_type=told)

    def _s3(self) -> Any:
        self._made = self._made or aws.client("s3")
        return self._made
