"""What a form's file is checked for."""

from typing import Any

import msgspec
import pytest

from cli.errors import CommandError
from cli.form_file import form_of
from rapport.form_lint import complaints, is_origin, of_forms
from rapport.forms import Field, Form
from tests.support.mailroom import PLAYBOOKS, shipped


def a_form(**fields: Any) -> Form:
    """The shipped form `join`, with other fields."""
    form = next(form for form in shipped().forms if form.key == "join")
    return msgspec.structs.replace(form, **fields)


def test_the_shipped_forms_are_one_of_each_kind_without_a_complaint() -> None:
    assert len({form.kind for form in shipped().forms}) == 5
    assert not list(of_forms(shipped()))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"key": "confirm"}, "cannot be given"),
        ({"key": "A b"}, "cannot be given"),
        ({"kind": "survey"}, "kind is one of"),
        ({"brand": "other"}, "is not there"),
        ({"opt_in": "maybe"}, "opt_in is one of"),
        ({"title": {"en": "Join"}}, "title says nothing in nb"),
        ({"topics": ("weather",)}, "no statement covers"),
        ({"topics": ("tracking",)}, "page of preferences"),
        ({"fields": ()}, "must ask for email"),
        ({"frames": ("https://x.example/path",)}, "must be https://host"),
        ({"lists": ("x y",)}, "must be of a-z"),
        ({"kind": "event"}, "occasion is what"),
        ({"step": 2}, "step is from 1"),
        ({"job": "../x"}, "is no job's id"),
    ],
)
def test_what_could_not_be_shown_or_filled_in_is_refused(fields: Any, told: str) -> None:
    found = list(complaints(a_form(**fields), shipped()))
    assert any(told in each for each in found), found


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ({"name": "Bad Name"}, "begins with a letter"),
        ({"kind": "file"}, "kind is one of"),
        ({"name": "phone"}, "asked for as phone"),
        ({"kind": "choice"}, "needs options"),
        ({"most_chars": 257}, "from 1 to 256"),
        ({"label": {"en": "x"}}, "label says nothing in nb"),
    ],
)
def test_a_question_that_could_not_be_asked_is_refused(field: Any, told: str) -> None:
    plain = {"name": "team", "kind": "text", "label": {"en": "Team", "nb": "Lag"}}
    form = a_form(fields=(*a_form().fields, Field(**(plain | field))))
    found = list(complaints(form, shipped()))
    assert any(told in each for each in found), found


def test_a_field_that_nobody_knows_is_a_mistake(tmp_path: Any) -> None:
    text = (PLAYBOOKS / "forms" / "recommend.yaml").read_text(encoding="utf-8")
    (tmp_path / "x.yaml").write_text(f"{text}colour: red\n", encoding="utf-8")
    with pytest.raises(CommandError, match="colour"):
        form_of(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "https://a.example;", "https://a b", "//a.example", "javascript:x", ""],
)
def test_no_origin_can_break_out_of_a_policy(origin: str) -> None:
    assert not is_origin(origin)
    assert is_origin("https://careers.halden.example")
