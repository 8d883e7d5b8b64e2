"""Markdown as it is written for site and mail → clean HTML, and the same as plain text.

Both come from the same tokens, so the text part of a mail says what its HTML says. HTML in the
source is text. What the HTML may be made of is a short list; the rest is taken out.
"""

import re
import textwrap
from collections.abc import Iterator
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

WIDTH = 78
TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "blockquote", "br", "hr", "img"),
}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}
_SITE = re.compile(r"(?<=\]\()/(?!/)")
_EMPTY_LINES = re.compile(r"\n{3,}")


def on_site(source: str, site_url: str) -> str:
    """The source with `](/jobs)` as an address of the career site: mails have no `/`."""
    return _SITE.sub(f"{site_url.rstrip('/')}/", source)


def html_of(source: str) -> str:
    """The clean HTML of a source."""
    return nh3.clean(
        _markdown().render(source),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel=None,
    )


def text_of(source: str) -> str:
    """The source as plain text of at most 78 characters a line; addresses stand on their own."""
    tree = SyntaxTreeNode(_markdown().parse(source))
    return _EMPTY_LINES.sub("\n\n", "\n\n".join(_blocks(tree))).strip()


def complaints(source: str) -> Iterator[str]:
    """What in a source would not come out as it is written."""
    for node in SyntaxTreeNode(_markdown().parse(source)).walk():
        match node.type:
            case "heading" if node.tag not in TAGS:
                yield f"a heading {node.tag}: its title is the h1, so write ## or ###."
            case "link" if not str(node.attrs.get("href", "")).startswith(("http://", "https://")):
                yield f"the link {node.attrs.get('href')!r} is no absolute http(s) address."
            case "image":
                if not str(node.attrs.get("src", "")).startswith("https://"):
                    yield f"the image {node.attrs.get('src')!r} is no https address."
                if not node.content.strip():
                    yield "an image without words for who does not see it."
            case "code_block" | "fence" | "code_inline":
                yield "code, which mails and pages do not show; four spaces begin it too."
            case "text" if "](" in node.content:
                yield f"{node.content!r}, a link that leads to no absolute http(s) address."
            case "text" if re.search(r"</?[a-zA-Z][^>]*>", node.content):
                yield "HTML, which is shown as it stands; write Markdown."
            case _:
                pass


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


def _blocks(parent: SyntaxTreeNode) -> Iterator[str]:
    for node in parent.children:
        match node.type:
            case "heading":
                yield _wrapped(_words(node).upper())
            case "paragraph":
                yield _wrapped(_words(node))
            case "bullet_list" | "ordered_list":
                start = int(node.attrs.get("start", 1))
                yield "\n".join(
                    _item(item, f"{number}. " if node.type == "ordered_list" else "* ")
                    for number, item in enumerate(node.children, start)
                )
            case "blockquote":
                yield textwrap.indent("\n\n".join(_blocks(node)), "  ")
            case "hr":
                yield "--"
            case _:
                yield _wrapped(node.content)


def _item(item: SyntaxTreeNode, mark: str) -> str:
    body = "\n\n".join(_blocks(item))
    return mark + textwrap.indent(body, " " * len(mark)).lstrip(" ")


def _words(node: SyntaxTreeNode) -> str:
    """The words of a paragraph; a link is followed by its address on a line of its own."""
    said = ""
    for each in node.walk(include_self=False):
        match each.type:
            case "text" | "code_inline":
                said += each.content
            case "softbreak":
                said += " "
            case "hardbreak":
                said += "\n"
            case "image":
                said += each.content
            case _:
                pass
        if each.type == "text" and each.parent is not None and _ends_link(each):
            said += f"\n{_link(each)}\n"
    return said


def _ends_link(node: SyntaxTreeNode) -> bool:
    return _link(node) != "" and node.next_sibling is None


def _link(node: SyntaxTreeNode) -> str:
    above = node.parent
    while above is not None and above.type in {"link", "strong", "em"}:
        if above.type == "link":
            return str(above.attrs.get("href", ""))
        above = above.parent
    return ""


def _wrapped(words: str) -> str:
    lines = (
        textwrap.fill(line.strip(), WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in words.splitlines()
    )
    return "\n".join(line for line in lines if line)
