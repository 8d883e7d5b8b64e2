"""`playbooks/blocks/<key>.<language>.md` → the blocks that site and mails share.

A file is YAML between two lines of `---`, then Markdown. `{% block "other" %}` on a line of its own
puts another block's text there. Each edition's version is the hash of what it came to, so a change
of an inner block is a change of every block around it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from cli import marked
from cli.errors import CommandError
from cli.files import BlockFile, convert, loaded, text_of
from rapport.bundle import Block, Brand, Edition

FOLDER = "blocks"
VERSION_CHARS = 16
INCLUDED = re.compile(r"\{%-?\s*block\s+\"([^\"]*)\"\s*-?%\}")
_NAME = re.compile(r"(?P<key>[a-z0-9]+(-[a-z0-9]+)*)\.(?P<language>[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*)")
_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
# Whom a block is for, and when: one answer for all its languages.
_SHARED = ("kind", "topics", "personas", "publish_at", "expire_at", "minutes")


@dataclass(frozen=True, kw_only=True)
class _Source:
    """One file: its head as it was written and as it is read, and its Markdown."""

    path: Path
    key: str
    language: str
    said: Mapping[str, Any]
    head: BlockFile
    body: str


def blocks_in(folder: Path, brand: Brand) -> tuple[Block, ...]:
    """The blocks of a folder of playbooks by key; CommandError with every complaint, one a line."""
    sources = [_source(path) for path in sorted((folder / FOLDER).glob("*.md"))]
    by_key: dict[str, dict[str, _Source]] = {}
    for source in sources:
        by_key.setdefault(source.key, {})[source.language] = source
    order = brand.languages or (brand.language,)
    found = [line for key, editions in by_key.items() for line in _of_key(key, editions, order)]
    if found:
        raise CommandError("\n".join(found))
    return tuple(_block(key, editions, by_key, brand) for key, editions in sorted(by_key.items()))


def _source(path: Path) -> _Source:
    name = _NAME.fullmatch(path.stem)
    parts = _FRONT.match(text_of(path).replace("\r\n", "\n"))
    if name is None:
        msg = f"{FOLDER}/{path.name}: name it <key>.<language>.md, as in night-work.en.md."
        raise CommandError(msg)
    if parts is None:
        msg = f"{FOLDER}/{path.name} must begin with its head between two lines of ---."
        raise CommandError(msg)
    said = loaded(parts["front"], path)
    head = convert(said, BlockFile, path)
    return _Source(
        path=path,
        key=name["key"],
        language=name["language"],
        said=said,
        head=head,
        body=parts["body"].strip(),
    )


def _of_key(key: str, editions: Mapping[str, _Source], order: tuple[str, ...]) -> Iterator[str]:
    first = editions.get(order[0])
    if first is None:
        yield f"{FOLDER}: {key} is not there in {order[0]}, which all else falls back to."
    for language, source in editions.items():
        here = f"{FOLDER}/{source.path.name}:"
        if language not in order:
            yield f"{here} {language!r} is none of the brand's languages."
        if not source.head.title.strip() or not source.head.summary.strip():
            yield f"{here} title and summary must say something."
        yield from (f"{here} {line}" for line in _of_times(source.head))
        if first is None or source is first:
            continue
        for name in _SHARED:
            if name in source.said and getattr(source.head, name) != getattr(first.head, name):
                yield f"{here} {name} is another than in {first.path.name}; leave it out here."


def _of_times(head: BlockFile) -> Iterator[str]:
    times = {}
    for name in ("publish_at", "expire_at"):
        text = getattr(head, name)
        times[name] = moment(text)
        if text and times[name] is None:
            yield f"{name} {text!r} is no time with a zone such as 2026-12-01T08:00:00+01:00."
    start, end = times["publish_at"], times["expire_at"]
    if start and end and end <= start:
        yield "expire_at is not after publish_at."


def moment(text: str) -> datetime | None:
    """A time with a zone, in UTC; None for an empty text and for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _block(
    key: str, editions: Mapping[str, _Source], all_: Mapping[str, Mapping[str, _Source]], b: Brand
) -> Block:
    order = b.languages or (b.language,)
    shared = editions[order[0]].head
    return Block(
        key=key,
        kind=shared.kind,
        topics=shared.topics,
        personas=shared.personas,
        publish_at=shared.publish_at,
        expire_at=shared.expire_at,
        minutes=shared.minutes,
        editions=tuple(
            _edition(editions[language], all_, b, order)
            for language in order
            if language in editions
        ),
    )


def _edition(
    source: _Source, all_: Mapping[str, Mapping[str, _Source]], brand: Brand, order: tuple[str, ...]
) -> Edition:
    here = f"{FOLDER}/{source.path.name}:"
    written = marked.on_site(_whole(source, all_, order, ()), brand.site_url)
    wrong = list(marked.complaints(written))
    if "{{" in written or "{%" in written:
        wrong.append('{{ and {% mean nothing in a block but {% block "key" %}.')
    if wrong:
        raise CommandError("\n".join(f"{here} {line}" for line in wrong))
    edition = Edition(
        language=source.language,
        version="",
        title=source.head.title.strip(),
        summary=" ".join(source.head.summary.split()),
        html=marked.html_of(written),
        text=marked.text_of(written),
        url=source.head.url or f"{brand.site_url.rstrip('/')}/content/{source.key}",
        image_alt=source.head.image_alt,
    )
    digest = sha256(msgspec.json.encode((source.key, edition), order="sorted")).hexdigest()
    return msgspec.structs.replace(edition, version=digest[:VERSION_CHARS])


def _whole(
    source: _Source,
    all_: Mapping[str, Mapping[str, _Source]],
    order: tuple[str, ...],
    around: tuple[str, ...],
) -> str:
    """The Markdown with every inner block in its place; `around` are the blocks that it is in."""
    if source.key in around:
        ring = " → ".join((*around[around.index(source.key) :], source.key))
        msg = f"{FOLDER}: {ring}: a block cannot stand in itself."
        raise CommandError(msg)

    def inner(match: re.Match[str]) -> str:
        editions = all_.get(match.group(1))
        if editions is None:
            msg = f"{FOLDER}/{source.path.name}: there is no block {match.group(1)!r}."
            raise CommandError(msg)
        chosen = editions.get(source.language) or editions[order[0]]
        return _whole(chosen, all_, order, (*around, source.key))

    return INCLUDED.sub(inner, source.body)
