"""Texts that stay as they are, compressed for whoever reads that, and not sent to who has them.

One text has one validator for each way that it is sent, as RFC 9110 8.8.3.3 wants it.
"""

import gzip
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

# Smaller than what a gateway adds in headers.
WORTH_PACKING_BYTES: Final = 1_000
_KEPT: Final = 128
_REFUSED: Final = re.compile(r"q=0(?:\.0*)?")


def served(
    text: bytes,
    *,
    tag: str,
    asked: Mapping[str, str],
    headers: Mapping[str, str],
    headless: bool = False,
) -> dict[str, Any]:
    """The gateway's answer (payload format 2.0) with a text; 304 for who has it.

    `tag` names the text, without quotes; `asked` are the headers of the question, names in lower
    case; `headless`: only what stands above the body is wanted.
    """
    packing = takes_gzip(asked.get("accept-encoding", "")) and len(text) >= WORTH_PACKING_BYTES
    etag = f'"{tag}{"-gzip" if packing else ""}"'
    told = {**headers, "etag": etag, "vary": "accept-encoding"}
    if _has(asked.get("if-none-match", ""), etag):
        return {"statusCode": 304, "headers": told, "body": ""}
    if packing:
        told["content-encoding"] = "gzip"
    whole = {"statusCode": 200, "headers": told}
    if headless:
        return {**whole, "body": ""}
    if packing:
        return {**whole, "body": _packed(text), "isBase64Encoded": True}
    return {**whole, "body": text.decode()}


def takes_gzip(accepted: str) -> bool:
    """Whether a header `Accept-Encoding` allows it; what it says of gzip goes before `*`."""
    said: dict[str, bool] = {}
    for each in accepted.lower().split(","):
        coding, _, weight = (part.strip() for part in each.partition(";"))
        said[coding] = not _REFUSED.fullmatch(weight.replace(" ", ""))
    return said.get("gzip", said.get("*", False))


def _has(known: str, etag: str) -> bool:
    """Whether the caller's copy is this one; `W/` makes no difference for a GET."""
    return known.strip() == "*" or etag in {
        each.strip().removeprefix("W/") for each in known.split(",")
    }


@lru_cache(maxsize=_KEPT)
def _packed(text: bytes) -> str:
    # Without the time of packing, so that one text has one form.
    return b64encode(gzip.compress(text, mtime=0)).decode()
