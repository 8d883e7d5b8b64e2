"""Liquid behind its fence."""

import re
import time

import pytest

from rapport.bundle import Template
from rapport.render import RenderError, header_text, href, render, uses


def page(html: str = "", text: str = "", subject: str = "s") -> Template:
    return Template(
        name="t", mail_class="marketing", topic="x", subject=subject, html=html, text=text
    )


def html(source: str, **data: object) -> str:
    return render(page(html=source), data).html


BOMBS = (
    "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
    "{% assign a = 'xxxxxxx' %}{% for i in (1..900) %}{% assign a = a | append: a %}{% endfor %}",
    "{{ 'x' | append: name }}" * 3_000,
    "{% include 'self' %}",
    "{% render 'self' %}",
    "{% capture a %}x{% endcapture %}",
    "{% tablerow i in (1..9) %}{% endtablerow %}",
    "{{ name | safe }}",
    "{{ name | base64_decode }}",
    "{{ name.__class__.__mro__ }}",
    "{{ missing }}",
    "{{ missing.deeper }}",
    "{% if x %}",
    "{{ 'unclosed' ",
    "{{ name | href }}",
    "{% for x in missing %}{% endfor %}",
)


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_a_template_that_misbehaves_ends_at_once_and_in_words(source: str) -> None:
    started = time.perf_counter()
    with pytest.raises(RenderError) as told:
        html(source, name="<b>" * 100)
    assert time.perf_counter() - started < 2
    assert "<b>" not in str(told.value)
    assert "\n" not in str(told.value)


def test_what_people_typed_is_text_and_never_markup() -> None:
    got = html("{{ a }}{{ a | append: a }}{{ b | default: a }}", a="<script>'\"&", b="")
    assert "<" not in got
    assert '"' not in got


def test_the_text_part_and_the_subject_are_not_escaped() -> None:
    content = render(page(text="{{ a }}", subject="{{ a }}"), {"a": "Müller & <Söhne>"})
    assert (content.text, content.subject) == ("Müller & <Söhne>\n", "Müller & <Söhne>")


def test_data_is_never_read_as_a_template() -> None:
    assert html("{{ a }}", a="{{ 7 | times: 7 }}{% if x %}") == "{{ 7 | times: 7 }}{% if x %}"


def test_a_missing_word_may_have_a_default_or_be_asked_for() -> None:
    assert html("{{ a.b | default: 'there' }}{% if a.b %}x{% else %}y{% endif %}", a={}) == "therey"


def test_empty_lines_left_by_conditions_are_closed() -> None:
    source = "a\n\n{% if x %}\n{% endif %}\n\n\nb\n\n\n"
    assert render(page(text=source), {"x": False}).text == "a\n\nb\n"


def test_a_mail_without_a_subject_is_none() -> None:
    with pytest.raises(RenderError):
        render(page(subject="{{ a }}"), {"a": " \u200b "})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:x@y.example",
        "//site.example/x",
        "/jobs",
        "https://",
        "https:///x",
        "http://[",
        "https://ok.example@evil.example/",
        "https://ok.example\\@evil.example/",
        "https://ok.example\n.evil.example",
        "https://ok.example/ x",
        "https://ok.example/\u202e",
        "ftp://ok.example/",
        7,
        None,
    ],
)
def test_only_absolute_web_addresses_become_links(url: object) -> None:
    with pytest.raises(RenderError):
        href(url)


def test_web_addresses_stay_as_they_are() -> None:
    for url in ("https://a.example/x?y=1&z=%20#f", "http://127.0.0.1:8080/u/v1.k1.a.b"):
        assert href(url) == url


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Hello Ana", "Hello Ana"),
        ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("A 💩=?UTF-8?Q?=0A?=Bcc: x", "A 💩= ?UTF-8?Q?=0A?=Bcc: x"),
        ("=\x00?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("=\u200b?", "= ?"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\u202eabc\u2066", "abc"),
        ("e\u0301", "é"),
        ("x" * 300, "x" * 200),
        ("\t \n", ""),
        ("\ud800x", "x"),
    ],
)
def test_a_header_is_one_visible_line(raw: str, clean: str) -> None:
    assert header_text(raw) == clean
    assert header_text(clean) == clean
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]|=\?", clean)


def test_what_a_template_uses_can_be_listed() -> None:
    found = uses("{% for j in jobs %}{{ j.title | upcase }}{% endfor %}{{ brand['name'] }}")
    assert found.paths == {"jobs", "brand.name"}
    assert found.filters == {"upcase"}
    assert found.tags == {"for"}
