"""Ports and folders of a place."""

from pathlib import Path

import pytest

from local import layout
from local.faults import LocalError
from local.layout import REPO, Place, Ports


def test_without_a_word_the_ports_are_the_documented_ones() -> None:
    assert Ports.from_env({}).all() == (8700, 8701, 8702, 4566)


def test_one_number_moves_all_four_ports() -> None:
    assert Ports.from_env({"PORT": "9700"}).all() == (9700, 9701, 9702, 9703)


@pytest.mark.parametrize("text", ["http", "-1", "80", "65533", "9e3"])
def test_an_unusable_port_is_told_in_one_line(text: str) -> None:
    with pytest.raises(LocalError, match=r"no usable port; give"):
        Ports.from_env({"PORT": text})


def test_two_places_share_no_port_and_no_file(tmp_path: Path) -> None:
    one = Place(ports=Ports.ephemeral(), state=tmp_path / "one")
    default = Place.from_env({})
    assert default.state == REPO / ".rapport"
    assert not set(one.ports.all()) & set(default.ports.all())
    assert one.local_json != default.local_json


def test_a_missing_tool_names_the_mend() -> None:
    with pytest.raises(LocalError, match=r"node_modules/left-pad is missing; run `sh tools/boot"):
        layout.node_module("left-pad")


def test_tools_see_the_local_aws_and_no_credentials_of_the_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    env = layout.aws_env("http://127.0.0.1:4566")
    assert env["AWS_ENDPOINT_URL"] == env["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:4566"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY"} & env.keys()
