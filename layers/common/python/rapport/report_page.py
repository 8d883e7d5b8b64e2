"""A report as a page: tables that read well aloud, no script, nothing fetched from anywhere.

The same page is the body of the weekly mail. What candidates and links said stands in it as text.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from rapport.domain.reasons import Reason
from rapport.report_lines import HIRES, MAILS, POOL, SOURCES, Line, lines
from rapport.report_words import Words, words_in
from rapport.reports import Report

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:2rem auto;"
    "max-width:56rem;padding:0 1rem}table{border-collapse:collapse;width:100%;margin:0 0 2rem}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0}th,td{text-align:left;padding:.25rem"
    " .5rem;border-bottom:1px solid #767676;vertical-align:top}td.n{text-align:right}"
)
_TABLES = (MAILS, POOL, SOURCES, HIRES)


def page(report: Report, *, brand: str, language: str) -> str:
    """The whole page in a language that there are words in, else in English."""
    words = words_in(language)
    title = escape(f"{brand}: {words.title}")
    body = "".join(_tables(report, words))
    return (
        f'<!doctype html><html lang="{escape(words.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(period(report, words))}</p>{body}"
        f"<p>{escape(words.rules)}</p>{_fewer(report, words)}</main></body></html>"
    )


def text(report: Report, *, brand: str, language: str) -> str:
    """The same as plain text."""
    words = words_in(language)
    told = [f"{brand}: {words.title}", period(report, words), ""]
    for (table, group), of_group in _groups(report):
        told.append(_caption(table, group, words))
        told += [f"  {_said(line, words)}: {line.count}" for line in of_group]
        told.append("")
    return "\n".join([*told, words.rules, ""])


def period(report: Report, words: Words) -> str:
    """Of which days it is, and as of when."""
    asked = report.asked
    return words.period.format(
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        at=report.at.strftime("%Y-%m-%d %H:%M UTC"),
        by=words.by[asked.by.value],
    )


def _tables(report: Report, words: Words) -> Iterator[str]:
    found = list(_groups(report))
    if not any(table == MAILS for (table, _), _ in found):
        yield f"<p>{escape(words.no_mails)}</p>"
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in words.heads)
    for (table, group), of_group in found:
        caption = escape(_caption(table, group, words))
        rows = "".join(_row(line, words) for line in of_group)
        yield (
            f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def _row(line: Line, words: Words) -> str:
    share = "" if line.share is None else f"{100 * line.share:.1f}\u00a0%"
    numbers = (str(line.count), str(line.people), share)
    cells = "".join(f'<td class="n">{cell}</td>' for cell in numbers)
    return f'<tr><th scope="row">{escape(_said(line, words))}</th>{cells}</tr>'


def _said(line: Line, words: Words) -> str:
    """`of sent: delivered`, and why, where there are several reasons."""
    of_step, name, reason = line.part
    said = words.steps[name]
    if of_step is not name:
        said = words.part.format(of=words.steps[of_step], name=said)
    return f"{said} ({meaning(reason)})" if reason else said


def meaning(reason: str) -> str:
    """A reason in plain words; itself, if it is none of today's list."""
    return next((known.meaning for known in Reason if known.value == reason), reason)


def _caption(table: str, group: str, words: Words) -> str:
    name = words.tables[table]
    if table == POOL:
        return name
    return f"{name}: {group or words.unknown}"


def _groups(report: Report) -> Iterable[tuple[tuple[str, str], list[Line]]]:
    found = groupby(lines(report), key=lambda line: (line.table, line.group))
    told = [(key, list(of_group)) for key, of_group in found]
    return sorted(told, key=lambda each: _TABLES.index(each[0][0]))


def _fewer(report: Report, words: Words) -> str:
    return f"<p>{escape(words.fewer.format(n=report.fewer))}</p>" if report.fewer else ""
