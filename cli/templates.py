"""`playbooks/templates/` → the mails, each with its parts, its colours and its blocks in place.

A template is three files: `<name>.yaml`, `<name>.mjml`, `<name>.txt`; another language's are
`<name>.nb.yaml` and so on. Before MJML and Liquid see them these are put in:

    {% part "footer" %}     templates/parts/footer.mjml or .txt, in the mail's language if there is
    {{ colours.ink }}       a colour of brand.yaml
    {% block "key" %}       a block's text, as it is when it is published
    {% block %}             the text of the block that is chosen when the mail is made

Around a block's HTML stands `data-block`, by which the mail's links know what they stand in. A link
to the block from elsewhere in a template says so itself: `<a data-block="{{ block.key }}" …>`.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cli.blocks import INCLUDED
from cli.errors import CommandError
from cli.files import TemplateFile, read
from cli.mjml import MjmlError, to_html
from rapport.bundle import Block, Brand, Template
from rapport.domain.decision import Delivery, MailClass

FOLDER = "templates"
PARTS = "parts"
_PART = re.compile(r"\{%-?\s*part\s+\"([a-z0-9-]+)\"\s*-?%\}")
_COLOUR = re.compile(r"\{\{-?\s*colours\.([a-z0-9_-]+)\s*-?\}\}")
_CHOSEN = re.compile(r"\{%-?\s*block\s*-?%\}")
# What nobody can tell of is sent again only where its absence does more harm than its double.
_DELIVERY = {
    MailClass.MARKETING: Delivery.STRICT,
    MailClass.CONFIRMATION: Delivery.STRICT,
    MailClass.TRANSACTIONAL: Delivery.AT_LEAST_ONCE,
}


def templates_in(folder: Path, brand: Brand, blocks: tuple[Block, ...]) -> tuple[Template, ...]:
    """The templates of a folder of playbooks; CommandError when one of them is not whole."""
    known = {block.key: block for block in blocks}
    return tuple(
        _Maker(path=path, brand=brand, known=known).template()
        for path in sorted((folder / FOLDER).glob("*.yaml"))
    )


@dataclass(kw_only=True)
class _Maker:
    """Makes one template. `used`: the blocks that it met, in order, with their versions."""

    path: Path
    brand: Brand
    known: dict[str, Block]
    used: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.stem.partition(".")[0]

    @property
    def language(self) -> str:
        return self.path.stem.partition(".")[2]

    def template(self) -> Template:
        raw = read(self.path, TemplateFile)
        if self.language and self.language not in self.brand.languages:
            wrong = f"{self.language!r} is none of the brand's languages"
            raise self._wrong(wrong)
        if raw.delivery is Delivery.AT_LEAST_ONCE and raw.mail_class is not MailClass.TRANSACTIONAL:
            wrong = "delivery at_least_once may send twice, and is for transactional mail alone"
            raise self._wrong(wrong)
        try:
            mjml = self._written(self._part(".mjml"), ".mjml")
            html = to_html(mjml, lambda token: self._with_blocks(token, html=True))
        except MjmlError as error:
            msg = f"{FOLDER}/{self.path.stem}.mjml: {error}."
            raise CommandError(msg) from None
        text = self._with_blocks(self._written(self._part(".txt"), ".txt"), html=False)
        return Template(
            name=self.name,
            mail_class=raw.mail_class.value,
            topic=raw.topic,
            subject=raw.subject,
            html=html,
            text=text,
            jobs=raw.jobs,
            delivery=(raw.delivery or _DELIVERY[raw.mail_class]).value,
            language=self.language,
            blocks=tuple(self.used),
            versions=tuple(self.used.values()),
        )

    def _part(self, suffix: str) -> str:
        path = self.path.with_name(self.path.stem + suffix)
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            msg = f"{FOLDER}/{self.path.stem} lacks a part: {path} ({error.strerror})."
            raise CommandError(msg) from None

    def _written(self, source: str, suffix: str) -> str:
        """The source with what it shares with others, and with the colours."""

        def part(match: re.Match[str]) -> str:
            name = match.group(1)
            parts = self.path.parent / PARTS
            for file in (f"{name}.{self.language}{suffix}", f"{name}{suffix}"):
                if (parts / file).is_file():
                    return (parts / file).read_text(encoding="utf-8").strip("\n")
            wrong = f"there is no {FOLDER}/{PARTS}/{name}{suffix}"
            raise self._wrong(wrong)

        def colour(match: re.Match[str]) -> str:
            colours = {"accent": self.brand.accent, **self.brand.colours}
            if match.group(1) not in colours:
                wrong = f"brand.yaml has no colour {match.group(1)!r}"
                raise self._wrong(wrong)
            return colours[match.group(1)]

        return _COLOUR.sub(colour, _PART.sub(part, source))

    def _with_blocks(self, source: str, *, html: bool) -> str:
        def block(match: re.Match[str]) -> str:
            found = self.known.get(match.group(1))
            if found is None:
                wrong = f"there is no block {match.group(1)!r}"
                raise self._wrong(wrong)
            language = self.language or self.brand.language
            edition = found.edition(language)
            if edition.language != language:
                wrong = f"the block {found.key!r} is not there in {language}"
                raise self._wrong(wrong)
            self.used[found.key] = edition.version
            return _of_block(found.key, edition.html) if html else edition.text

        # The key of a block needs no escaping: `cli.blocks` takes letters, digits and hyphens.
        chosen = _of_block("{{ block.key }}", "{{ block.html }}") if html else "{{ block.text }}"
        return _CHOSEN.sub(chosen, INCLUDED.sub(block, source))

    def _wrong(self, what: str) -> CommandError:
        return CommandError(f"{FOLDER}/{self.path.stem}: {what}.")


def _of_block(key: str, html: str) -> str:
    return f'<div data-block="{key}">{html}</div>'
