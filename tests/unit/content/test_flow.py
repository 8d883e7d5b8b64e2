"""What the career site is told of the content."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from functions.content import handler
from functions.content.flow import FOR_EVER, SHORT, Answer, Asked, Content
from rapport.bundle import Bundle
from rapport.content import told
from rapport.headers import SAFE
from tests.support.editions import FakeEditions
from tests.support.fakes import Clock, FakeBundles
from tests.support.mailroom import shipped

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(kw_only=True)
class Site:
    """A career site that asks."""

    clock: Clock = field(default_factory=lambda: Clock(NOW))
    editions: FakeEditions = field(default_factory=FakeEditions)
    bundle: Bundle = field(default_factory=shipped)

    @property
    def content(self) -> Content:
        bundles = FakeBundles(live=self.bundle)
        return Content(bundles=bundles, live=lambda: "live", editions=self.editions, now=self.clock)

    def ask(self, path: str, tags: str = "", accept: str = "", **query: str) -> Answer:
        asked = Asked(
            path=f"/content/v1/{path}", query=query, accept_language=accept, if_none_match=tags
        )
        return self.content.answer(asked)

    def blocks(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ask("blocks", **query).body)["blocks"]
        return found

    def change(self, key: str, **facts: Any) -> None:
        blocks = tuple(
            msgspec.structs.replace(b, **facts) if b.key == key else b for b in self.bundle.blocks
        )
        self.bundle = msgspec.structs.replace(self.bundle, blocks=blocks)


def test_site_and_mail_read_the_same_version_of_a_block() -> None:
    block = shipped().block("hiring-steps")
    answer = json.loads(Site().ask("blocks/hiring-steps").body)
    welcome = shipped().template("welcome")
    assert answer["version"] == block.edition("en").version
    assert (welcome.blocks, welcome.versions) == (("hiring-steps",), (answer["version"],))
    assert answer["html"] in welcome.html
    assert answer["text"] in welcome.text


@pytest.mark.parametrize(
    ("accept", "lang", "spoken"),
    [
        ("", "", "en"),
        ("nb-NO,nb;q=0.9,en;q=0.8", "", "nb"),
        ("en;q=0.4, nb;q=0.9", "", "nb"),
        ("nb;q=0, en", "", "en"),
        ("fr, *;q=0.1", "", "en"),
        ("nb", "en", "en"),
        ("en", "nb-NO", "nb"),
        (";;,q=,\x00" * 300, "", "en"),
    ],
)
def test_a_block_is_told_in_the_best_language_that_there_is(
    accept: str, lang: str, spoken: str
) -> None:
    answer = Site().ask("blocks/night-work", accept=accept, lang=lang)
    assert (answer.status, answer.languages) == (200, (spoken,))
    assert json.loads(answer.body)["language"] == spoken


def test_what_is_not_there_in_a_language_is_told_in_the_first_and_says_so() -> None:
    site = Site()
    english = tuple(e for e in site.bundle.block("coming-back").editions if e.language == "en")
    site.change("coming-back", editions=english)
    answer = site.ask("blocks/coming-back", lang="nb")
    assert (answer.languages, json.loads(answer.body)["language"]) == (("en",), "en")


def test_who_has_it_is_told_so_and_every_language_has_a_tag_of_its_own() -> None:
    site = Site()
    first, other = site.ask("blocks/night-work"), site.ask("blocks/night-work", lang="nb")
    assert first.etag != other.etag
    for tags in (first.etag, f'"x", W/{first.etag}', "*"):
        again = site.ask("blocks/night-work", tags=tags)
        assert (again.status, again.body, again.etag) == (304, b"", first.etag)
    assert site.ask("blocks/night-work", tags=other.etag).status == 200
    assert first.keep == SHORT


def test_a_block_is_shown_from_its_time_until_its_time() -> None:
    site = Site()
    site.change(
        "night-work",
        publish_at="2026-11-23T11:00:00+01:00",
        expire_at="2026-11-23T12:00:00+01:00",
    )

    def shown() -> tuple[int, bool]:
        listed = "night-work" in {block["key"] for block in site.blocks()}
        return site.ask("blocks/night-work").status, listed

    assert shown() == (404, False)
    site.clock.moment += timedelta(hours=1)
    assert shown() == (200, True)
    site.clock.moment += timedelta(hours=1)
    assert shown() == (404, False)


def test_a_version_that_a_mail_told_is_shown_for_ever_but_never_before_its_time() -> None:
    site = Site()
    block = site.bundle.block("night-work")
    version = block.edition("en").version
    site.editions.put(told(block, block.edition("en")))
    site.bundle = msgspec.structs.replace(site.bundle, blocks=())
    kept = site.ask("blocks/night-work", v=version)
    assert (kept.status, kept.keep) == (200, FOR_EVER)
    assert site.ask("blocks/other", v=version).status == 404
    assert site.ask("blocks/night-work", v="../bundles/x").status == 404
    later = msgspec.structs.replace(block, publish_at="2027-01-01T00:00:00+00:00")
    site.editions.put(told(later, block.edition("en")))
    assert site.ask("blocks/night-work", v=version).status == 404


def test_blocks_are_listed_by_topic_persona_and_kind_and_parts_stand_only_in_others() -> None:
    site = Site()
    every = {block["key"] for block in site.blocks()}
    assert "hiring-steps" not in every
    nursing = {block["key"] for block in site.blocks(topic="nursing")}
    assert {"night-work", "how-we-hire"} <= nursing
    assert "in-the-laboratory" not in nursing
    assert "in-the-laboratory" in every
    abroad = {block["key"] for block in site.blocks(persona="abroad")}
    assert "trained-abroad" in abroad
    assert "coming-back" not in abroad
    assert len(site.blocks(kind="education", limit="3")) == 3
    assert site.blocks(kind="job") == []
    print(f"blocks: {len(every)} on the site, {len(nursing)} for nurses")


def test_every_nurse_has_a_year_of_blocks() -> None:
    """A mail every 33 days tells eleven in a year."""
    nursing = Site().blocks(topic="nursing", kind="education")
    for_all = [block for block in nursing if not block["personas"]]
    assert len(for_all) >= 12


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("blocks", {"limit": "0"}, 400, "bad_limit"),
        ("blocks", {"limit": "101"}, 400, "bad_limit"),
        ("blocks", {"limit": "many"}, 400, "bad_limit"),
        ("blocks", {"kind": "part"}, 400, "unknown_kind"),
        ("blocks/none", {}, 404, "unknown_block"),
        ("blocks/night-work", {"v": "0" * 16}, 404, "unknown_version"),
        ("", {}, 404, "unknown_path"),
        ("blocks/night-work/html", {}, 404, "unknown_path"),
    ],
)
def test_a_question_without_an_answer_is_told_why(
    path: str, query: dict[str, str], status: int, code: str
) -> None:
    answer = Site().ask(path, **query)
    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_brand_and_topics_are_told_in_the_language_wished_for() -> None:
    site = Site()
    brand = json.loads(site.ask("brand", lang="nb").body)
    assert brand["value_proposition"]["headline"] == "Tid til den som ligger foran deg"
    assert brand["colours"]["accent"] == shipped().brand.accent
    assert "send_mode" not in brand
    assert "allow_list" not in brand
    topics = json.loads(site.ask("topics").body)["topics"]
    assert [topic["key"] for topic in topics] == ["talent-network", "job-alerts"]
    assert site.ask("topics", lang="nb").languages == ("nb",)


def test_the_handler_answers_with_the_headers_of_every_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site()
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "content")
    monkeypatch.setattr(handler, "_content", lambda: site.content)

    def ask(method: str, path: str, **headers: str) -> dict[str, Any]:
        event = {
            "rawPath": path,
            "rawQueryString": "lang=nb",
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "requestContext": {"http": {"method": method}},
        }
        return handler.lambda_handler(event, None)

    found = ask("GET", "/content/v1/brand")
    assert (found["statusCode"], found["headers"]["content-language"]) == (200, "nb")
    assert SAFE.keys() <= found["headers"].keys()
    assert ask("GET", "/prod/content/v1/brand")["body"] == found["body"]
    head = ask("HEAD", "/content/v1/brand")
    assert (head["body"], head["headers"]) == ("", found["headers"])
    known = ask("GET", "/content/v1/brand", If_None_Match=found["headers"]["etag"])
    assert (known["statusCode"], known["body"]) == (304, "")
    monkeypatch.setattr(handler, "_content", lambda: 1 // 0)
    broken = ask("GET", "/content/v1/brand")
    assert (broken["statusCode"], broken["headers"]["cache-control"]) == (500, "no-store")
