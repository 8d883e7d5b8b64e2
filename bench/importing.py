"""What it takes to judge a pool: a table read row by row, and each row held against what is known.

In this process, on stores that know nobody: what an import costs beside its store calls. Time is
told as a ratio to reading the table alone, because a machine's seconds say nothing about another's.
"""

import csv
import io
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from cli.publish import PLAYBOOKS, compile_bundle
from rapport.domain.address import AddressState
from rapport.domain.identifiers import Namespace, Ref, keyed_digest, keyed_ref
from rapport.domain.rules import Rules
from rapport.errors import RapportError
from rapport.identity import Change, Cluster, Mark, Pointer
from rapport.importing.applying import PAGE_ROWS
from rapport.importing.columns import Columns
from rapport.importing.judging import CONSENTS, NEW, WITHOUT_PROOF, Judge
from rapport.importing.people import Candidate, Reading
from rapport.importing.ports import Import
from rapport.importing.proof import Basis, Claim
from rapport.importing.table import Table
from rapport.likeness import alike

ROWS = 200_000
# Of ten rows so many have no date of consent, and so no proof.
WITHOUT = 3
# Judged and read, against read alone.
MAX_RATIO = 3.0
_PEPPER = b"bench"
_WRITES = "judging wrote {}, and must write nothing"
_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_HEADER = ("Email", "First name", "Last name", "Phone", "Country", "Consent date")
_COLUMNS = Columns(
    columns=dict(
        zip(
            _HEADER,
            ("email", "first_name", "last_name", "phone", "country", "consent_date"),
            strict=True,
        )
    ),
    region="NO",
)


class Refs:
    """The port `Pseudonyms`, with a key of its own."""

    def ref(self, ns: Namespace, value: str) -> Ref:
        """The ref of an identifier."""
        return keyed_ref(_PEPPER, ns, value)

    def digest(self, purpose: str, value: str) -> str:
        """A keyed hash of anything else."""
        return keyed_digest(_PEPPER, purpose, value)


class Nobody:
    """The port `Clusters` where nobody is known."""

    def pointers(self, refs: Iterable[Ref]) -> Mapping[Ref, Pointer]:
        """Of each that it is nowhere."""
        return {ref: Pointer() for ref in refs}

    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        """None."""
        return {}

    def commit(self, change: Change) -> bool:
        """RapportError: judging writes nothing."""
        raise RapportError(_WRITES.format(change.__class__.__name__))

    def settle(self, mark: Mark) -> None:
        """RapportError: judging writes nothing."""
        raise RapportError(_WRITES.format(mark.__class__.__name__))

    def every(self) -> Iterator[Cluster]:
        """None."""
        return iter(())


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the rows counted as; `read` and `judged` are seconds of processor time for all rows."""

    rows: int
    counts: Mapping[str, int]
    read: float
    judged: float

    @property
    def ratio(self) -> float:
        """Per row: read and judged, to read alone."""
        return (self.read + self.judged) / self.read

    @property
    def bounded(self) -> bool:
        """Whether each row counted as what it says, and none took too long."""
        without = self.rows * WITHOUT // 10
        right = self.counts[CONSENTS], self.counts[WITHOUT_PROOF], self.counts[NEW]
        return right == (self.rows - without, without, self.rows) and self.ratio <= MAX_RATIO

    def told(self) -> Iterator[str]:
        """The figures in lines."""
        yield (
            f"{self.rows} rows: {self.counts[CONSENTS]} consents, {self.counts[WITHOUT_PROOF]}"
            " that are never mailed"
        )
        yield (
            f"per row {self.ratio:.2f} times reading it alone (at most {MAX_RATIO:.1f}):"
            f" {self.read:.1f} s read, {self.judged:.1f} s judged"
        )


def measure(rows: int = ROWS) -> Figures:
    """Read a table of so many people, then read and judge it."""
    with tempfile.TemporaryFile() as file:
        _write(file, rows)
        began = time.process_time()
        for _ in _candidates(file):
            pass
        read = time.process_time() - began
        judge, by, counts = _judge(), _import(), Counter[str]()
        spent = 0.0
        candidates = _candidates(file)
        while page := tuple(islice(candidates, PAGE_ROWS)):
            began = time.process_time()
            for judged in judge.page(page, by):
                counts.update(judged.counts)
            spent += time.process_time() - began
    return Figures(rows=rows, counts=counts, read=read, judged=spent)


def _write(file: BinaryIO, rows: int) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for n in range(rows):
        date = "" if n % 10 < WITHOUT else "2026-04-02"
        phone = f"+47 {40_000_000 + n}"
        writer.writerow((f"p{n}@pool.example", "Ana", f"Berg{n}", phone, "Norway", date))
    text.detach()


def _candidates(file: BinaryIO) -> Iterator[Candidate]:
    reading = Reading(columns=_COLUMNS, dates={}, employers={}, languages=("en", "nb"))
    return map(reading.candidate, Table(file).rows())


def _judge() -> Judge:
    bundle = compile_bundle(PLAYBOOKS)
    return Judge(
        clusters=Nobody(),
        address=lambda ref: AddressState(ref=ref),
        profile=lambda _: None,
        refs=Refs(),
        rules=Rules,
        alike=alike,
        bundle=lambda: bundle,
        now=lambda: _NOW,
    )


def _import() -> Import:
    return Import(
        id="bench",
        source="fair",
        digest="bench",
        by="bench",
        started_at=_NOW,
        columns=_COLUMNS,
        claim=Claim(
            basis=Basis.CONSENT,
            statement="talent-network-1",
            source="stand at the fair",
            evidence="box 7",
        ),
    )
