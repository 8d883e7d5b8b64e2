"""What another bundle would change: blocks, by them templates and playbooks. It writes nothing."""

from collections.abc import Iterable, Iterator

from rapport.bundle import EDUCATION, Block, Bundle, Playbook


def changes(before: Bundle | None, after: Bundle) -> Iterator[str]:
    """A line for each block that is new, other or gone, then for what else is not as it was."""
    if before is None:
        return
    old, new = ({b.key: b for b in bundle.blocks} for bundle in (before, after))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            # What is gone was used by what there was.
            yield f"block {key}{_how(old.get(key), new.get(key))}: {_users(key, before, after)}"
    for what, olds, news in (
        ("template", _templates(before), _templates(after)),
        ("playbook", {p.program: p for p in before.playbooks}, _programs(after)),
    ):
        for name in sorted(olds.keys() | news.keys()):
            if olds.get(name) != news.get(name):
                yield f"{what} {name}{_how(olds.get(name), news.get(name))}"
    for what in ("brand", "policy", "topics", "places", "matching"):
        if getattr(before, what) != getattr(after, what):
            yield f"{what} changes"


def _how(old: object, new: object) -> str:
    return " is new" if old is None else " is gone" if new is None else " changes"


def _users(key: str, *bundles: Bundle) -> str:
    """Which templates have a block in them, and which playbooks send one of those or choose it."""
    templates = {t.name for bundle in bundles for t in bundle.templates if key in t.blocks}
    programs = {
        playbook.program
        for bundle in bundles
        for playbook in bundle.playbooks
        if playbook.template in templates or _chooses(playbook, key, bundle.blocks)
    }
    return f"{_named('template', templates)}, {_named('playbook', programs)}"


def _chooses(playbook: Playbook, key: str, blocks: Iterable[Block]) -> bool:
    return playbook.content == EDUCATION and any(
        block.key == key and block.kind == EDUCATION for block in blocks
    )


def _named(what: str, names: set[str]) -> str:
    told = f" ({', '.join(sorted(names))})" if names else ""
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'}{told}"


def _templates(bundle: Bundle) -> dict[str, object]:
    found: dict[str, list[object]] = {}
    for template in bundle.templates:
        found.setdefault(template.name, []).append(template)
    return dict(found)


def _programs(bundle: Bundle) -> dict[str, Playbook]:
    return {playbook.program: playbook for playbook in bundle.playbooks}
