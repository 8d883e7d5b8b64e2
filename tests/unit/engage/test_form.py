"""Bodies of POSTs as mail programs and browsers send them."""

from base64 import b64encode

import pytest

from functions.engage.form import MAX_BYTES, fields, is_one_click

FORM = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="=-abc"'
PARTS = (
    b"--=-abc\r\n"
    b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n"
    b"--=-abc--\r\n"
)


def test_one_click_comes_as_a_form_of_26_bytes() -> None:
    body = "List-Unsubscribe=One-Click"
    assert len(body) == 26
    assert is_one_click(fields(body, content_type=FORM, is_base64=False))


def test_one_click_comes_as_multipart_in_base64() -> None:
    body = b64encode(PARTS).decode()
    assert is_one_click(fields(body, content_type=MULTIPART, is_base64=True))


def test_one_click_comes_as_multipart_in_clear() -> None:
    assert is_one_click(fields(PARTS.decode(), content_type=MULTIPART, is_base64=False))


def test_a_form_in_base64_is_read_too() -> None:
    body = b64encode(b"scope=marketing").decode()
    assert fields(body, content_type=FORM, is_base64=True) == {"scope": "marketing"}


def test_the_first_of_two_fields_counts() -> None:
    form = fields("scope=topic&scope=marketing", content_type=FORM, is_base64=False)
    assert form == {"scope": "topic"}


@pytest.mark.parametrize(
    ("body", "content_type", "is_base64"),
    [
        ("", "", False),
        ("no base64 at all!", MULTIPART, True),
        ("%%%", FORM, True),
        ("\x00\ud800", FORM, False),
        ("x" * (MAX_BYTES + 1), FORM, False),
        ("--x", "multipart/form-data", False),
        ("--x", "multipart/form-data; boundary=", False),
        ("--x\r\n\r\n", 'multipart/form-data; boundary="x\r\nBcc: y"', False),
        ("List-Unsubscribe=one-click", FORM, False),
        ("list-unsubscribe=One-Click", FORM, False),
        ('{"List-Unsubscribe": "One-Click"}', "application/json", False),
    ],
)
def test_whatever_else_comes_is_no_one_click(
    body: str, content_type: str, *, is_base64: bool
) -> None:
    assert not is_one_click(fields(body, content_type=content_type, is_base64=is_base64))
