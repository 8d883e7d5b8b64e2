"""What is asked of the content, and what is answered: from the live bundle, at this moment.

A block is shown from its `publish_at` until its `expire_at`. An edition that is named by its
version (`v`) is shown for ever once it was published: a mail that told it leads to it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from rapport.bundle import Block, Bundle
from rapport.content import PART, Editions, told
from rapport.ports import Bundles

PREFIX = "/content/v1/"
MAX_BLOCKS = 100
# Short: who takes a block back wants it gone. Behind it a cache may show the old one while it asks.
SHORT = "public, max-age=10, stale-while-revalidate=60"
FOR_EVER = "public, max-age=31536000, immutable"
_VERSION = re.compile(r"[0-9a-f]{16}")
_KINDS = ("education", "job")
_ETAG_CHARS = 32


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question: what stands behind the prefix, the query, `Accept-Language`, `If-None-Match`."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    accept_language: str = ""
    if_none_match: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status, a JSON body (empty if the asker has it), and what is said of it."""

    status: int
    body: bytes = b""
    etag: str = ""
    languages: tuple[str, ...] = ()
    keep: str = ""


@dataclass(frozen=True, kw_only=True)
class Content:
    """Answers questions. `live` gives the hash of the live bundle."""

    bundles: Bundles
    live: Callable[[], str]
    editions: Editions
    now: Callable[[], datetime]

    def answer(self, asked: Asked) -> Answer:
        """The answer; what the bundle raises when none is live goes through."""
        bundle = self.bundles.get(self.live())
        wanted = _wanted(asked, bundle)
        match asked.path.removeprefix(PREFIX).strip("/").split("/"):
            case ["brand"]:
                return found(asked, _brand(bundle, wanted))
            case ["topics"]:
                return found(asked, _topics(bundle, wanted))
            case ["blocks"]:
                return self._blocks(asked, bundle, wanted)
            case ["blocks", key]:
                return self._block(asked, bundle, key, wanted)
            case _:
                return refused(404, "unknown_path", "There is nothing here.")

    def _blocks(self, asked: Asked, bundle: Bundle, wanted: tuple[str, ...]) -> Answer:
        kind, limit = asked.query.get("kind", ""), asked.query.get("limit", str(MAX_BLOCKS))
        if kind not in {"", *_KINDS}:
            return refused(400, "unknown_kind", f"kind is one of {', '.join(_KINDS)}.")
        if not re.fullmatch("[1-9][0-9]{0,2}", limit) or int(limit) > MAX_BLOCKS:
            return refused(400, "bad_limit", f"limit is a number from 1 to {MAX_BLOCKS}.")
        shown = [
            told(block, block.edition(*wanted))
            for block in bundle.blocks
            if self._is_shown(block.publish_at, block.expire_at)
            and block.kind != PART
            and block.kind == (kind or block.kind)
            and _is_for(block, asked.query.get("topic", ""), asked.query.get("persona", ""))
        ][: int(limit)]
        return found(asked, {"blocks": shown}, languages=[each.language for each in shown])

    def _block(self, asked: Asked, bundle: Bundle, key: str, wanted: tuple[str, ...]) -> Answer:
        version = asked.query.get("v", "")
        if version:
            kept = self.editions.get(version) if _VERSION.fullmatch(version) else None
            # An edition is no way around the time from which it may be read.
            if kept is None or kept.key != key or not self._is_shown(kept.publish_at, ""):
                return refused(404, "unknown_version", "This block has no such version.")
            return found(asked, kept, languages=[kept.language], keep=FOR_EVER)
        block = next((each for each in bundle.blocks if each.key == key), None)
        if block is None or not self._is_shown(block.publish_at, block.expire_at):
            return refused(404, "unknown_block", "There is no such block, or not at this time.")
        edition = told(block, block.edition(*wanted))
        return found(asked, edition, languages=[edition.language])

    def _is_shown(self, publish_at: str, expire_at: str) -> bool:
        now = self.now()
        begun = not publish_at or datetime.fromisoformat(publish_at).astimezone(UTC) <= now
        ended = expire_at and datetime.fromisoformat(expire_at).astimezone(UTC) <= now
        return begun and not ended


def refused(status: int, code: str, message: str) -> Answer:
    """An answer that is none, in words."""
    return Answer(
        status=status,
        body=msgspec.json.encode({"success": False, "code": code, "message": message}),
    )


def found(
    asked: Asked, content: Any, *, languages: Iterable[str] = (), keep: str = SHORT
) -> Answer:
    """An answer with its tag; without a body for an asker who has it already."""
    named = isinstance(content, dict) and "language" in content
    spoken = (str(content["language"]),) if named else tuple(dict.fromkeys(languages))
    body = msgspec.json.encode(content, order="sorted")
    # The language is part of the tag: the same address answers in several.
    etag = f'"{sha256(body).hexdigest()[:_ETAG_CHARS]}"'
    known = {tag.strip().removeprefix("W/") for tag in asked.if_none_match.split(",")}
    same = bool(known & {etag, "*"})
    return Answer(
        status=304 if same else 200,
        body=b"" if same else body,
        etag=etag,
        languages=spoken,
        keep=keep,
    )


def _wanted(asked: Asked, bundle: Bundle) -> tuple[str, ...]:
    """The languages to look for, the best first: what is asked for, then the brand's own."""
    own = bundle.brand.languages or (bundle.brand.language,)
    said = [asked.query["lang"]] if asked.query.get("lang") else _accepted(asked.accept_language)
    return (*said, own[0])


def _accepted(header: str) -> list[str]:
    """The languages of an `Accept-Language` header by their weight; those of weight 0 left out."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        number = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        value = float(number.group(1)) if number else 1.0
        if tag and tag != "*" and value > 0:
            found.append((-value, place, tag.strip()))
    return [tag for *_, tag in sorted(found)]


def _is_for(block: Block, topic: str, persona: str) -> bool:
    """Whether a block fits; what is for everybody fits any question."""
    return _names(block.topics, topic) and _names(block.personas, persona)


def _names(said: tuple[str, ...], asked: str) -> bool:
    return not asked or not said or asked.casefold() in {each.casefold() for each in said}


def _brand(bundle: Bundle, wanted: tuple[str, ...]) -> dict[str, Any]:
    brand = bundle.brand
    language = _best(brand.value_proposition, wanted)
    return {
        "key": brand.key,
        "name": brand.name,
        "site_url": brand.site_url,
        "postal_address": brand.postal_address,
        "language": language or brand.language,
        "languages": brand.languages or (brand.language,),
        "colours": {"accent": brand.accent, **brand.colours},
        "value_proposition": brand.value_proposition.get(language),
    }


def _topics(bundle: Bundle, wanted: tuple[str, ...]) -> dict[str, Any]:
    language = _best({name for topic in bundle.topics for name in topic.name}, wanted)
    return {
        "language": language or bundle.brand.language,
        "topics": [
            {
                "key": topic.key,
                "name": topic.name.get(language, topic.key),
                "meaning": topic.meaning.get(language, ""),
            }
            for topic in bundle.topics
        ],
    }


def _best(there: Iterable[str], wanted: tuple[str, ...]) -> str:
    known = {language.lower(): language for language in there}
    for tag in wanted:
        for each in (tag.lower(), tag.lower().partition("-")[0]):
            if each in known:
                return known[each]
    return ""
