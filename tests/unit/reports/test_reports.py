"""Reports as people get them: in a terminal, as CSV, as a page; and what is asked wrongly."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from io import StringIO

import msgspec
import pytest

from cli.errors import CommandError
from cli.reporting import show, step_of
from rapport.domain.address import SendState
from rapport.domain.decision import Outcome
from rapport.domain.fate import Fate, Said
from rapport.domain.identifiers import PersonId
from rapport.domain.numbers import Number, Part, Step, of
from rapport.domain.people_report import Applied, Candidate
from rapport.domain.reporting import Mailing, of_mails
from rapport.report_groups import By
from rapport.report_lines import lines, to_csv, to_json
from rapport.report_mail import NotTheirsError, last_week, mails, may_have
from rapport.report_page import page, text
from rapport.reports import Asked, NoSuchReportError, Report, asked
from rapport.spreadsheets import inert
from tests.support.fakes import START
from tests.support.histories import EVE
from tests.support.report_histories import DAYS, History, bundle_of

ANA, BO = PersonId("p_ana"), PersonId("p_bo")
DAY = START.date()


def a_report() -> Report:
    """Of the history with the most mails among the first."""
    history = max((History(seed) for seed in range(8)), key=lambda h: len(h.rows.sends))
    first, last = EVE.date(), (EVE + timedelta(days=DAYS)).date()
    return history.reports().of(Asked(by=By.BRAND, first=first, last=last))


def clicked(intent: str, *, days: float, sent: float = 0.0) -> Mailing:
    return Mailing(
        intent=intent,
        program="p",
        person=ANA,
        at=START + timedelta(days=sent),
        outcome=Outcome.SEND,
        reason="consented",
        state=SendState.ACCEPTED,
        tracked=True,
        fate=Fate(at={Said.CLICKED: START + timedelta(days=days)}),
    )


def applied(days: float) -> Candidate:
    return Candidate(
        person=ANA,
        first=START,
        visited=True,
        known=True,
        source="",
        opted_in=True,
        applications=(Applied(name="1", at=START + timedelta(days=days)),),
    )


def won(mails: list[Mailing], days: float, *, last: date = DAY) -> list[str]:
    table = of_mails(
        mails, {ANA: applied(days)}, group=lambda mail: mail.intent, first=DAY, last=last
    )
    return [group for group, numbers in table.items() if of(numbers, Step.APPLIED_AFTER_CLICK)]


def test_an_application_belongs_to_the_last_click_within_thirty_days() -> None:
    assert won([clicked("a", days=1), clicked("b", days=2)], 3) == ["b"]
    assert won([clicked("a", days=1), clicked("b", days=2)], 1.5) == ["a"]
    assert won([clicked("a", days=1)], 31) == ["a"]
    assert won([clicked("a", days=1)], 31.01) == []
    assert won([clicked("a", days=1)], 0.99) == []
    assert won([clicked("a", days=80)], 91) == []


def test_a_mail_of_another_day_takes_the_application_with_it() -> None:
    mails = [clicked("a", days=1), clicked("later", days=2, sent=1.5)]
    assert won(mails, 3) == []
    assert won(mails, 3, last=DAY + timedelta(days=2)) == ["later"]


def test_every_number_of_a_report_leads_to_its_people() -> None:
    report = a_report()
    told = list(lines(report))
    assert told
    for line in told:
        people = report.people_of(line.part.name, line.group)
        assert line.people <= len(people) <= len(report.people_of(line.part.name))
        assert line.count >= line.people
    opted = report.pool.get(Part(Step.OPTED_IN, Step.OPTED_IN), Number())
    assert report.people_of(Step.OPTED_IN) == opted.people
    assert report.read["profiles"]
    print(f"read for a report: {dict(report.read)}")


def test_csv_has_a_line_for_each_number_and_no_formula() -> None:
    report = a_report()
    told = Number(things={"1": ANA})
    evil = {'=HYPERLINK("x")': {Part(Step.HIRED, Step.HIRED): told}}
    rows = list(csv.DictReader(StringIO(to_csv(replace(report, hires=evil)))))
    assert len(rows) == len(list(lines(report))) - len(report.hires) + 1
    assert rows[-1]["group"] == '\'=HYPERLINK("x")'
    assert [inert(cell) for cell in ("a", " =1", "-1", "@x", "\tx")] == [
        *("a", "' =1", "'-1", "'@x", "'\tx"),
    ]


class Tags(HTMLParser):
    """The tags of a page, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", ["en", "nb-NO", "xx"])
def test_a_page_is_tables_in_the_brand_s_language_and_what_it_shows_is_text(language: str) -> None:
    evil = {"<script>alert(1)</script>": {Part(Step.HIRED, Step.HIRED): Number(things={"1": BO})}}
    report = replace(a_report(), hires=evil, fewer=2)
    read = Tags()
    read.feed(page(report, brand="Halden & Co", language=language))
    assert "script" not in read.tags
    assert read.tags.count("table") == read.tags.count("caption") > 1
    assert any("<script>" in words for words in read.words)
    title = "Hva det ble til" if language == "nb-NO" else "What came of it"
    assert f"Halden & Co: {title}" in read.words
    assert title in text(report, brand="Halden & Co", language=language)


def test_a_report_is_mailed_to_the_employer_s_own_people_alone() -> None:
    brand = bundle_of("a").brand
    brand = msgspec.structs.replace(brand, allow_list=("boss@group.example", "partner.example"))
    own = ["rita@halden.example", "boss@group.example", "ola@Partner.example"]
    sent = mails(a_report(), brand, [*own, own[0]])
    assert [mail.to for mail in sent] == own
    assert {mail.subject for mail in sent} == {
        "What came of it: Halden, 2026-02-28 to 2026-09-16",
    }
    for stranger in ("ana@inbox.example", "halden.example", "@halden.example", "x@evil.example"):
        assert not may_have(stranger, brand)
        with pytest.raises(NotTheirsError, match="1 of the addresses"):
            mails(a_report(), brand, [*own, stranger])
    assert last_week(date(2026, 11, 23)) == (date(2026, 11, 16), date(2026, 11, 22))


def test_a_terminal_of_eighty_columns_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    show(a_report())
    told = capsys.readouterr().out
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80
    assert "2026-02-28 to 2026-09-16 (UTC), by brand" in told
    assert "Pool: of" in told
    show(Report(asked=Asked(by=By.BRAND, first=DAY, last=DAY, people=False), at=START, mails={}))
    assert "No mail was intended" in capsys.readouterr().out


def test_what_is_no_report_is_told_in_a_line() -> None:
    assert asked("brand", now=START).first == DAY - timedelta(days=29)
    for by, since, until in (
        ("moon", "", ""),
        ("brand", "soon", ""),
        ("brand", "2026-03-03", "2026-03-02"),
        ("brand", "2020-01-01", ""),
    ):
        with pytest.raises(NoSuchReportError):
            asked(by, since, until, now=START)
    assert (step_of(""), step_of("hired")) == (None, Step.HIRED)
    with pytest.raises(CommandError, match="There is no step"):
        step_of("opened")


def test_json_tells_every_number() -> None:
    report = a_report()
    told = to_json(report)
    assert isinstance(told["numbers"], list)
    assert len(told["numbers"]) == len(list(lines(report)))
