"""Everything that a deployment holds, as bytes: to look for what is left of somebody."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rapport.adapters.dynamo.erasure import texts_of
from rapport.domain.spellings import Needles


def rows(client: Any, table: str) -> list[dict[str, Any]]:
    """All items of a table as DynamoDB spells them."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [dict(item) for page in pages for item in page["Items"]]


def objects(s3: Any, bucket: str) -> dict[str, bytes]:
    """All objects of a bucket by name."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    names = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {name: s3.get_object(Bucket=bucket, Key=name)["Body"].read() for name in names}


def contents(
    dynamo: Any, tables: Mapping[str, str], s3: Any, buckets: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Store and content of every row and object."""
    for store, table in tables.items():
        for item in rows(dynamo, table):
            yield store, b"\n".join(texts_of(item))
    for store, bucket in buckets.items():
        for name, body in objects(s3, bucket).items():
            yield f"bucket {store}", name.encode() + b"\n" + body


def left_of(words: Iterable[str], held: Iterable[tuple[str, bytes]]) -> tuple[list[str], int, int]:
    """In which stores any spelling of the words stands, of how many stores and items."""
    needles = Needles(words)
    found, stores, items = [], set(), 0
    for store, content in held:
        items += 1
        stores.add(store)
        if needles.found_in(content):
            found.append(store)
    return found, len(stores), items
