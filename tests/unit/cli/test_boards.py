"""The file of job boards, and what somebody at a terminal is told of a job's versions."""

import json
from pathlib import Path

import pytest

from cli import jobs
from cli.compiling import compile_bundle
from cli.errors import CommandError
from rapport.bundle import Board
from tests.support import on_moto
from tests.unit.cli.conftest import Desk
from tests.unit.cli.test_jobs import NURSE, _feed

SHIPPED = Path("playbooks")


def _published(tmp_path: Path, boards: object) -> tuple[Board, ...]:
    """The shipped playbooks with other boards."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    for each in SHIPPED.iterdir():
        (folder / each.name).symlink_to(each.resolve())
    (folder / "jobs.yaml").unlink()
    (folder / "jobs.yaml").write_text(json.dumps(boards), encoding="utf-8")
    return compile_bundle(folder).boards


def test_boards_stand_in_the_bundle(tmp_path: Path) -> None:
    told = [
        {"source": "careers", "kind": "greenhouse", "name": "halden"},
        {"source": "site", "kind": "jsonld", "url": "https://careers.halden.example/sitemap.xml"},
    ]
    assert _published(tmp_path, told) == tuple(Board(**each) for each in told)
    assert compile_bundle(SHIPPED).boards == ()


@pytest.mark.parametrize(
    ("boards", "told"),
    [
        ([{"source": "a", "kind": "taleo"}], "'taleo' is no kind of board"),
        ([{"source": "a", "kind": "lever"}], "needs the `name`"),
        ([{"source": "a", "kind": "xml", "name": "x"}], "needs the `url`"),
        ([{"source": "a", "kind": "xml", "url": "http://x.example/"}], "url"),
        ([{"source": "A b", "kind": "lever", "name": "x"}], "source"),
        ([{"source": "a", "kind": "lever", "name": "../x"}], "name"),
        ([{"source": "a", "kind": "lever", "name": "x"}] * 2, "stands there twice"),
    ],
)
def test_a_board_that_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, boards: object, told: str
) -> None:
    with pytest.raises(CommandError, match=told) as wrong:
        _published(tmp_path, boards)
    assert "jobs.yaml" in str(wrong.value)


def test_the_versions_of_a_job_are_told_a_line_each(desk: Desk, tmp_path: Path) -> None:
    feed = tmp_path / "feed.json"
    for told in (_feed(NURSE), _feed(NURSE | {"title": "Night nurse"}), _feed()):
        feed.write_bytes(told)
        jobs.load(on_moto.CONFIG, feed)
    lines = desk.run("job", "4105").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert [line.split()[3] for line in lines] == ["opened", "changed", "closed"]
    assert "Night nurse | Halden, Norway | a file" in lines[1]
    assert "No feed ever had" in desk.run("job", "unknown").err
