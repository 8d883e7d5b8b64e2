"""What the commands about imports work on, and what they show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import yaml
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli import clock, output, strict_yaml
from cli.ats_store import Desk
from cli.config import Config
from cli.errors import CommandError
from rapport.adapters.importing import Composed, Tables
from rapport.adapters.refetches import SqsWork
from rapport.bundle import Bundle
from rapport.campaign_lint import of_campaigns
from rapport.campaigns import Campaign, Letter
from rapport.domain.event import Json
from rapport.errors import ConflictError
from rapport.importing.columns import Columns, read_columns
from rapport.importing.judging import Judged
from rapport.importing.ports import Import, Stage, ask_list
from rapport.importing.reporting import Looked
from rapport.imports import Imports

POLL_S = 1.0
# So long without a page, and nobody is at it.
STUCK_S = 20 * 60
SHOWN_ROWS = 10
SHOWN_EMPLOYERS = 20
_ASKING = {
    "en": (
        "You are in our pool of candidates",
        "We will write to you about jobs, as you agreed.\n",
    ),
    "nb": ("Du er blant kandidatene våre", "Vi skriver til deg om jobber, slik du sa ja til.\n"),
}
_WORDS = {
    "rows": "rows",
    "refused": "refused, for they name nobody or cannot be read",
    "repeated": "said the same as an earlier row",
    "erased": "left out: they asked to be forgotten",
    "new": "people who were not known",
    "known": "people who are known",
    "joins": "would make one person of several known",
    "refused_joins": "name several known people, who stay apart",
    "doubtful": "have something that cannot be read; the rest is taken",
    "adds": "attributes that were not known",
    "changes": "attributes that get another value",
    "stays": "attributes that stay: told later, or by a system of record",
    "consents": "consents with proof: can be mailed",
    "suppressed": "closed for mail, and stay so",
    "withdrawn": "had said no, and it stands",
    "expired": "agreed too long ago",
    "no_address": "have no e-mail address",
    "without_proof": "without proof: kept for a while, never mailed",
    "askable": "of these one mail may ask for consent",
}


@dataclass(frozen=True)
class Room:
    """Imports of a deployment, opened by who is at the keyboard."""

    config: Config

    @cached_property
    def imports(self) -> Imports:
        """The class, with everything that it needs here."""
        tables, desk = self.config.tables, Desk(self.config)
        drop = self.config.buckets.get("drop", "")
        if not drop:
            msg = "The stack is of before imports; deploy it again."
            raise CommandError(msg)

        return Composed(
            Tables(
                log=tables["log"],
                people=tables["people"],
                book=tables["book"],
                vault=tables["vault"],
                bundles=self.config.buckets["bundle"],
                drop=drop,
            ),
            desk.work,
            SqsWork(self.config.queues.get("privacy", "")),
            now=clock.now,
        ).imports


def mapping_of(path: str) -> Columns | None:
    """The mapping in a file; None when none is named."""
    if not path:
        return None
    try:
        return read_columns(strict_yaml.load(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise CommandError(msg) from None
    except yaml.YAMLError as error:
        msg = f"{path} is no YAML: {' '.join(str(error).split())}"
        raise CommandError(msg) from None


def evidence_of(told: str) -> tuple[bytes, str]:
    """The bytes of an evidence file; or, of what is none, the reference that it is."""
    path = Path(told)
    if told and path.is_file():
        return path.read_bytes(), ""
    return b"", told


def written(columns: Columns) -> str:
    """A mapping as a file has it."""
    plain = {k: v for k, v in msgspec.to_builtins(columns).items() if v}
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def show_look(found: Looked) -> None:
    """A dry run, for people."""
    output.line(f"{found.survey.rows} rows.", "bold")
    if found.before:
        output.line(f"This very file was imported before, as {found.before}.", "yellow")
    show_counts(found.counts)
    _listed("Refused", found.refused)
    _listed("Doubtful", found.doubts)
    _listed("Several people in one row", found.joins)
    if found.survey.unclear:
        names = ", ".join(found.survey.unclear)
        output.line(f"Say with `dates: dmy` or `mdy` how to read {names}: it could be either.")
    if found.survey.passed_over:
        output.line(f"Columns passed over: {', '.join(found.survey.passed_over)}.")
    if found.survey.employers:
        output.heading(f"Employers: {len(found.survey.employers)} writings get another name")
        some = [*found.survey.employers.items()][:SHOWN_EMPLOYERS]
        output.rows(("written", "becomes"), some)
    if found.shown:
        output.heading("The first rows")
        lines = [_shown(each) for each in found.shown[:SHOWN_ROWS]]
        output.rows(("row", "who", "mail", "what differs"), lines)
    if not found.sure:
        output.heading("The mapping is a suggestion. Save it, mend it, and give it with --mapping:")
        for text in written(found.columns).splitlines():
            output.line(text)


def _shown(each: Judged) -> tuple[str, ...]:
    who = each.known.who
    differs = ", ".join(
        f"{d.name}: {d.held or '–'} → {d.told}" if d.changes else f"{d.name} stays {d.held}"
        for d in each.differs
    )
    lacks = f" ({', '.join(each.lacks)})" if each.lacks else ""
    name = who.email or who.names[0].value
    return (str(who.number), f"{name} ({each.fate})", f"{each.mail or 'yes'}{lacks}", differs)


def _listed(title: str, rows: tuple[tuple[int, str], ...]) -> None:
    if rows:
        output.heading(f"{title}:")
        output.rows(("row", ""), [(str(number), what) for number, what in rows])


def show_counts(counts: Mapping[str, int]) -> None:
    """Counts in words, those that are there."""
    told = [(str(counts[name]), words) for name, words in _WORDS.items() if counts.get(name)]
    lacks = {n.removeprefix("lacks_"): c for n, c in counts.items() if n.startswith("lacks_")}
    told += [(str(count), f"lack {name}") for name, count in sorted(lacks.items())]
    if told:
        output.rows(("", ""), told)


def show(by: Import) -> None:
    """One import, for people."""
    output.line(f"Import {by.id} of {by.source}: {by.stage.value}.", "bold")
    output.line(
        f"Begun {output.clock(by.started_at)} UTC by {by.by}; {by.page} of {by.pages} pages."
    )
    show_counts({"rows": by.rows, **by.counts, "refused": sum(by.refused.values())})
    if by.counts.get("without_proof") and by.stage is Stage.DONE:
        output.line(f"Those without proof are to be forgotten after {by.keep_until.isoformat()}.")
    if by.counts.get("askable") and by.stage is Stage.DONE:
        output.line(f"`rapport imports repermission {by.id}` makes a campaign that asks them.")


def to_json(by: Import) -> dict[str, Json]:
    """One import for programs."""
    return {
        "id": by.id,
        "source": by.source,
        "stage": by.stage.value,
        "by": by.by,
        "started_at": output.iso(by.started_at),
        "finished_at": output.iso_or_none(by.finished_at),
        "rows": by.rows,
        "pages": by.pages,
        "page": by.page,
        "refused": dict(by.refused),
        "employers_renamed": by.employers,
        "counts": dict(by.counts),
        "list": by.list or None,
        "keep_until": by.keep_until.isoformat(),
        "undone_by": by.undone_by or None,
    }


def finished(imports: Imports, by: Import, tell: Callable[[Import], None], *, here: bool) -> Import:
    """Follow an import until its end, or work on it `here`; CommandError when nothing moves."""
    still, page = 0.0, by.page
    while by.moving:
        tell(by)
        if not here or by.resting(clock.now()):
            clock.pause(POLL_S)
            still += POLL_S
        by = _moved(imports, by) if here else imports.get(by.id)
        still, page = (still, page) if by.page == page else (0.0, by.page)
        if still >= STUCK_S:
            msg = "No page came for 20 minutes: the log of `sync` says why; --here does it here."
            raise CommandError(msg)
    return by


def _moved(imports: Imports, by: Import) -> Import:
    """A page further; or as it is, where the queue was faster."""
    try:
        return imports.run(by.id, until=clock.now())
    except ConflictError:
        return imports.get(by.id)


@contextmanager
def progress(title: str) -> Iterator[Callable[[Import], None]]:
    """A bar that moves on a terminal, and nothing elsewhere."""
    out = output.console()
    if not out.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda by: bar.update(task, total=by.pages, completed=by.page)


def draft(by: Import, bundle: Bundle, author: str) -> Campaign:
    """A campaign that asks those of the list; CommandError where its lint has a complaint.

    To an address that nobody confirmed goes the request to confirm it and to agree to the topic;
    the letter is for those who agreed meanwhile.
    """
    brand = bundle.brand
    subject, text = _ASKING.get(brand.language, _ASKING["en"])
    made = Campaign(
        key=ask_list(by),
        name=f"Whether we may write: {by.source}",
        brand=brand.key,
        list=ask_list(by),
        topic=by.claim.topic or _topic(by, bundle),
        letters={brand.language: Letter(subject=subject, text=text)},
        authors=(author,),
        asks=True,
    )
    complaints = list(of_campaigns(msgspec.structs.replace(bundle, campaigns=(made,))))
    if complaints:
        raise CommandError("\n".join(complaints))
    return made


def _topic(by: Import, bundle: Bundle) -> str:
    """What they are asked about: the topic of the import's statement, else the first of mail."""
    named = [s.topic for s in bundle.statements if s.id == by.claim.statement]
    mail = [topic.key for topic in bundle.topics]
    found = [*named, *mail]
    if not found:
        msg = "No topic of mail is published; say with `--topic` what the import is about."
        raise CommandError(msg)
    return found[0]
