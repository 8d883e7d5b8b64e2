"""`playbooks/` → one Bundle, or every complaint about it at once, each with its file.

Pure but for reading the folder: no network, no clock. What is checked here never has to be doubted
when a mail is made.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.blocks import blocks_in
from cli.board_lint import of_boards
from cli.brand_lint import of_brand
from cli.bundle_lint import edition, of_playbooks, of_sources, of_statements, of_templates
from cli.campaign_file import campaigns_in
from cli.content_lint import of_content, of_places, wanting
from cli.errors import CommandError
from cli.files import (
    BoardFile,
    BrandFile,
    PlaceFile,
    PlaybookFile,
    SourceFile,
    StatementFile,
    convert,
    document,
    read,
    seconds,
)
from cli.form_file import forms_in
from cli.policy_file import FILE as OUTREACH
from cli.policy_file import of_report, of_topics, policy_of
from cli.segment_file import segments_in
from cli.templates import templates_in
from rapport.bundle import (
    Board,
    Brand,
    Bundle,
    Matching,
    Place,
    Playbook,
    Statement,
    ValueProposition,
    Wording,
)
from rapport.campaign_lint import of_campaigns
from rapport.domain.rate import Rate
from rapport.door import WriteKey
from rapport.errors import MisconfiguredError
from rapport.form_lint import of_forms
from rapport.identity_rules import FILE as RULES
from rapport.identity_rules import RulesFile, parse
from rapport.segment_lint import of_segments

BRAND, SOURCES, PLACES, MATCHING = "brand.yaml", "sources.yaml", "places.yaml", "matching.yaml"
BOARDS = "jobs.yaml"
# What stands beside the playbooks in their folder and is none.
_OTHERS = {BRAND, SOURCES, PLACES, MATCHING, BOARDS, OUTREACH, RULES}


class MatchingFile(Matching, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`matching.yaml`."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What a folder comes to: the bundle, and what stands beside it and is no part of it.

    `warnings`: what may be published as it is, and should be looked at.
    """

    bundle: Bundle
    write_keys: tuple[WriteKey, ...]
    rules: RulesFile
    warnings: tuple[str, ...] = ()


def compile_bundle(folder: Path) -> Bundle:
    """The bundle of a folder; raises CommandError with every complaint, one a line."""
    return compile_folder(folder).bundle


def compile_folder(folder: Path, *, site_url: str = "") -> Compiled:
    """All that a folder comes to; raises CommandError with every complaint, one a line.

    `site_url` is where the career site stands, if that is elsewhere than the brand says.
    """
    if not (folder / BRAND).is_file():
        msg = f"{folder} has no brand.yaml; name the folder that holds the playbooks."
        raise CommandError(msg)
    brand = _brand(folder / BRAND, site_url)
    sources = read(folder / SOURCES, tuple[SourceFile, ...])
    policy, topics = policy_of(folder / OUTREACH)
    found = [*of_brand(brand)]
    try:
        statements = [_statement(p, brand) for p in sorted((folder / "statements").glob("*.yaml"))]
        blocks = blocks_in(folder, brand)
        templates = templates_in(folder, brand, blocks)
    except CommandError as error:
        # What is wrong with the brand may be why; it is told first.
        raise _refused(folder, [*found, *str(error).splitlines()]) from None
    playbooks = [_playbook(p) for p in sorted(folder.glob("*.yaml")) if p.name not in _OTHERS]
    bundle = Bundle(
        brand=brand,
        playbooks=tuple(playbooks),
        templates=templates,
        statements=tuple(sorted(statements, key=lambda s: (s.topic, edition(s)))),
        policy=policy,
        blocks=blocks,
        topics=topics,
        places=_places(folder / PLACES),
        matching=_matching(folder / MATCHING),
        boards=_boards(folder / BOARDS),
        forms=forms_in(folder),
        segments=segments_in(folder),
        campaigns=campaigns_in(folder),
    )
    keys = tuple(map(_write_key, sources))
    found += [*of_sources(keys, bundle), *of_statements(bundle)]
    found += [*of_topics(topics, brand.languages), *of_places(bundle.places)]
    found += [*of_boards(bundle.boards), *of_report(policy, brand)]
    found += [*of_playbooks(bundle), *of_templates(bundle), *of_content(bundle)]
    found += [*of_forms(bundle), *of_segments(bundle), *of_campaigns(bundle)]
    if found:
        raise _refused(folder, found)
    rules = rules_in(folder / RULES) if (folder / RULES).is_file() else parse({})
    return Compiled(bundle=bundle, write_keys=keys, rules=rules, warnings=tuple(wanting(bundle)))


def _refused(folder: Path, found: list[str]) -> CommandError:
    return CommandError("\n".join(f"{folder.name}/{line}" for line in dict.fromkeys(found)))


def rules_in(path: Path) -> RulesFile:
    """The rules of identity that a file holds; raises CommandError with every complaint."""
    try:
        return parse(document(path))
    except MisconfiguredError as error:
        raise CommandError(str(error)) from None


def _brand(path: Path, site_url: str) -> Brand:
    raw = read(path, BrandFile)
    told = {
        **msgspec.structs.asdict(raw),
        "send_mode": raw.send_mode.value,
        "languages": raw.languages or (raw.language,),
        "value_proposition": {
            language: ValueProposition(**msgspec.structs.asdict(words))
            for language, words in raw.value_proposition.items()
        },
    }
    return Brand(**(told | {"site_url": site_url.rstrip("/")} if site_url else told))


def _places(path: Path) -> tuple[Place, ...]:
    files = read(path, tuple[PlaceFile, ...]) if path.is_file() else ()
    return tuple(Place(**msgspec.structs.asdict(place)) for place in files)


def _boards(path: Path) -> tuple[Board, ...]:
    files = read(path, tuple[BoardFile, ...]) if path.is_file() else ()
    return tuple(Board(**msgspec.structs.asdict(board)) for board in files)


def _matching(path: Path) -> Matching:
    raw = convert(document(path) or {}, MatchingFile, path) if path.is_file() else MatchingFile()
    return Matching(**msgspec.structs.asdict(raw))


def _write_key(raw: SourceFile) -> WriteKey:
    told = msgspec.structs.asdict(raw)
    if raw.rate is None:
        del told["rate"]
    else:
        told["rate"] = Rate(per_second=raw.rate.per_second, burst=raw.rate.burst)
    return WriteKey(**told)


def _statement(path: Path, brand: Brand) -> Statement:
    raw = read(path, StatementFile)
    own, *others = _wordings(raw, brand, path)
    return Statement(
        id=raw.id,
        topic=raw.topic,
        text=own.text,
        hash=own.hash,
        language=own.language,
        others=tuple(others),
        expires_after_seconds=seconds(raw.expires_after, path) if raw.expires_after else 0,
        jurisdictions=raw.jurisdictions,
    )


def _wordings(raw: StatementFile, brand: Brand, path: Path) -> list[Wording]:
    """The text in every language, the brand's first."""
    texts = {brand.language: raw.text, **raw.texts} if raw.text else raw.texts
    said = {language: " ".join(text.split()) for language, text in texts.items()}
    if raw.text and said[brand.language] != " ".join(raw.text.split()):
        msg = f"{path.name}: text and texts say different things in {brand.language}."
        raise CommandError(msg)
    if not said.get(brand.language):
        msg = f"{path.name}: it says nothing in {brand.language}, the brand's language."
        raise CommandError(msg)
    for language, text in said.items():
        if language not in brand.languages or not text:
            msg = f"{path.name}: {language!r} has no text, or is none of the brand's languages."
            raise CommandError(msg)
    return [
        Wording(language=each, text=text, hash=hashlib.sha256(text.encode()).hexdigest())
        for each, text in sorted(said.items(), key=lambda pair: (pair[0] != brand.language, pair))
    ]


def _playbook(path: Path) -> Playbook:
    raw = read(path, PlaybookFile)
    return Playbook(
        program=raw.program,
        meaning=raw.meaning,
        facts=raw.facts,
        template=raw.template,
        stale_after_seconds=seconds(raw.stale_after, path),
        when=raw.when.strip(),
        wait_seconds=seconds(raw.wait, path),
        occurrence=raw.occurrence,
        exits_on=raw.exits_on,
        unconfirmed=raw.unconfirmed,
        priority=raw.priority,
        every_seconds=seconds(raw.every, path) if raw.every else 0,
        content=raw.content,
        jobs=raw.jobs.value,
        asked=raw.asked,
        paused=raw.paused,
        stages=raw.stages,
        until=raw.until,
    )
