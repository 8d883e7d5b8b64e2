"""What is saved without files, and written back as files, is one bundle."""

import shutil
from pathlib import Path

import msgspec
import pytest

from cli.compiling import compile_bundle
from cli.pulling import pull
from rapport.bundle import encode
from rapport.campaigns import Campaign
from rapport.editing import EditError, Remove, Save, edited
from tests.support.mailroom import PLAYBOOKS, shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PLAYBOOKS, tmp_path / "playbooks"))


def test_what_was_saved_pulled_and_published_is_the_same_byte_for_byte(folder: Path) -> None:
    bundle = shipped()
    [campaign] = bundle.campaigns
    text = 'First: "quoted" & #hash\n\n  indented, off, 1e3, é\n\n'
    letter = msgspec.structs.replace(campaign.letters["en"], text=text, subject="no: yes # ~")
    copy = msgspec.structs.replace(
        campaign,
        key="autumn",
        seeds=("tester@inbox.halden.example",),
        at="2026-12-01T09:00:00+01:00",
        letters={**campaign.letters, "en": letter},
    )
    after = edited(bundle, Save(what=copy), by="7d1f-subject")
    form = msgspec.structs.replace(bundle.forms[0], key="another-form", open=False)
    after = edited(after, Save(what=form))
    after = edited(after, Remove(kind="forms", key=bundle.forms[-1].key))
    lines = pull(after, folder)
    assert encode(compile_bundle(folder)) == encode(after)
    assert len(lines) == 3
    assert pull(after, folder) == []
    print(f"bundles that differ after pull and publish: 0; {len(encode(after)[1])} bytes")


def test_a_file_that_says_the_same_keeps_its_remarks(folder: Path) -> None:
    path = folder / "campaigns" / "rota-evening.yaml"
    before = path.read_text(encoding="utf-8")
    assert pull(shipped(), folder) == []
    assert path.read_text(encoding="utf-8") == before
    assert before.startswith("#")


def test_whoever_saves_a_campaign_is_its_author_for_good() -> None:
    [campaign] = shipped().campaigns
    bare = msgspec.structs.replace(campaign, authors=())
    after = edited(shipped(), Save(what=bare), by="someone")
    assert after.campaigns[0].authors == ("kari.holm", "someone")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"segment": "nobody-knows", "list": ""}, "there is no segment"),
        ({"list": ""}, "name a segment or a list"),
        ({"brand": "other"}, "is not that of the bundle"),
        ({"topic": "weather"}, "no statement covers"),
        ({"template": "confirm"}, "shows no letter"),
        ({"block": "nothing"}, "there is no block"),
        ({"at": "2026-12-01T09:00:00"}, "lacks its offset"),
        ({"local_hour": 24}, "local_hour"),
        ({"seeds": ("nobody",)}, "no e-mail address"),
        ({"sender_name": "Kari <kari@other.example>"}, "sender_name"),
        ({"letters": {}}, "letters has none"),
    ],
)
def test_what_cannot_be_sent_is_not_saved(wrong: dict[str, object], said: str) -> None:
    [campaign] = shipped().campaigns
    with pytest.raises(EditError, match=said):
        edited(shipped(), Save(what=msgspec.structs.replace(campaign, **wrong)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello {{ person.first_name }}", "first_name"),
        ("{{ person.salary }}", "nothing that a campaign knows"),
        ("{% for a in (1..99) %}", "for"),
        (" ", "must both be there"),
    ],
)
def test_a_letter_with_a_gap_for_somebody_is_not_saved(text: str, said: str) -> None:
    [campaign] = shipped().campaigns
    letter = msgspec.structs.replace(campaign.letters["en"], text=text)
    broken: Campaign = msgspec.structs.replace(campaign, letters={"en": letter})
    with pytest.raises(EditError, match=said):
        edited(shipped(), Save(what=broken))
