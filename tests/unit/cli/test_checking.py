"""`rapport events check`: an integrator sees what a profile would read, before going live."""

import json
from pathlib import Path

import pytest

from cli import main
from rapport.domain.event import Json

ANA = "ana@inbox.halden.example"


def tracked(name: str, properties: Json) -> dict[str, Json]:
    return {"type": "track", "anonymousId": "c-1", "event": name, "properties": properties}


FINE: list[Json] = [
    {"type": "page", "anonymousId": "c-1"},
    tracked("Job Viewed", {"job_id": 4105, "category": "nursing", "salary": 1}),
    tracked("Application Started", {"job_id": "4105", "email": ANA, "first_name": "Ana"}),
    {"type": "identify", "userId": "u-1", "traits": {"firstName": "Ana"}},
    tracked("Newsletter Folded", {"paper": "blue"}),
]


def check(
    folder: Path, capsys: pytest.CaptureFixture[str], *lines: Json, as_json: bool = True
) -> tuple[int, str]:
    file = folder / "messages.ndjson"
    text = "\n\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main.app(["events", "check", str(file), *(["--json"] if as_json else [])])
    code = ended.value.code
    assert isinstance(code, int)
    return code, capsys.readouterr().out


def test_messages_that_are_as_meant_are_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = check(tmp_path, capsys, *FINE)
    told = json.loads(out)
    assert code == 0
    assert [each["type"] for each in told] == [
        "page",
        "Job Viewed",
        "Application Started",
        "identify",
        "track",
    ]
    assert [each["read"] for each in told] == [
        ["person by anon"],
        ["person by anon", "interest"],
        ["person by email", "attributes email, first_name", "application"],
        ["person by user", "attributes first_name"],
        ["person by anon"],
    ]
    assert told[1]["kept"] == ["salary"]
    assert told[1]["line"] == 3


def test_a_request_with_a_batch_is_looked_at_message_by_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request: Json = {"batch": FINE, "context": {"traits": {"email": ANA}}}
    code, out = check(tmp_path, capsys, request)
    told = json.loads(out)
    assert code == 0
    assert {each["line"] for each in told} == {1}
    assert [each["read"][0] for each in told] == [
        "person by email",
        "person by email",
        "person by email",
        "person by user",
        "person by email",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "refused: invalid_message"),
        ('{"type":"page","anonymousId":"c","properties":{"n":NaN}}', "refused: invalid_message"),
        ("[]", "refused: not_an_object"),
        ({"type": "page"}, "refused: no_user_anon_id"),
        (tracked("Job Viewed", {"category": None}), "Wrong: category: "),
        (tracked("Application Step Completed", {"step": "second"}), "Wrong: step: "),
        (tracked("job_viewed", {}), "Did you mean “Job Viewed”?"),
        (tracked("ApplicationStarted", {}), "Did you mean “Application Started”?"),
        (tracked("Application Submittd", {}), "Did you mean “Application Submitted”?"),
    ],
    ids=[f"line{n}" for n in range(9)],
)
def test_what_is_not_as_it_was_meant_is_told_and_ends_with_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: Json, told: str
) -> None:
    code, out = check(tmp_path, capsys, line, as_json=False)
    assert code == 1
    assert told in " ".join(out.split())
    assert "1 messages, 0 fine, 1 to look at." in out


def test_no_value_of_a_message_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for as_json in (True, False):
        _, out = check(tmp_path, capsys, *FINE, as_json=as_json)
        assert not [value for value in (ANA, "Ana", "c-1", "u-1", "blue", "4105") if value in out]


def test_a_file_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.app(["events", "check", "no/such/file"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    assert said.err.startswith("rapport: no/such/file cannot be read")
    assert said.err.count("\n") == 1
