"""Every request that was recorded of an SDK says, through any gateway, what the SDK meant."""

from collections import Counter

import pytest

from functions.track.delivery import Delivery
from rapport.domain.wire import Message, read_message
from rapport.routes import BATCH, SHORT
from tests.support import gateway
from tests.support.gateway import read_request

SHAPES = list(gateway.SHAPES)


def read(name: str, shape: str) -> Delivery:
    found = read_request(gateway.SHAPES[shape](gateway.recorded(name)))
    assert isinstance(found, Delivery), found
    return found


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", gateway.EVERY_RECORDED)
def test_what_an_sdk_sent_is_read_as_it_meant_it(name: str, shape: str) -> None:
    told = gateway.recording(name)
    body, spelled = told["body_json"], told["path"].rpartition("/")[2]
    delivery = read(name, shape)
    assert delivery.call == SHORT.get(spelled, spelled)
    assert list(delivery.messages) == (body["batch"] if delivery.call == BATCH else [body])
    assert {key.value for key in delivery.keys} == {gateway.RECORDED_KEY}
    assert delivery.sent_at == body["sentAt"]
    headers = {key.lower(): value for key, value in told["headers"]}
    assert delivery.sender.origin == headers.get("origin")
    assert delivery.sender.user_agent == headers["user-agent"]
    assert delivery.sender.source_ip == "198.51.100.23"


@pytest.mark.parametrize("name", gateway.EVERY_RECORDED)
def test_no_message_of_an_sdk_is_refused(name: str) -> None:
    delivery = read(name, SHAPES[0])
    taken = [
        read_message(each, call=delivery.call, batch_sent_at=delivery.sent_at)
        for each in delivery.messages
        if isinstance(each, dict)
    ]
    assert [each for each in taken if not isinstance(each, Message)] == []
    assert len(taken) == len(delivery.messages)


def test_each_way_to_give_a_key_and_to_pack_a_body_is_among_the_recordings() -> None:
    clients = {name.partition("/")[0] for name in gateway.EVERY_RECORDED}
    assert len(clients) == 8
    deliveries = [read(name, SHAPES[0]) for name in gateway.EVERY_RECORDED]
    places = {tuple(sorted(key.place for key in each.keys)) for each in deliveries}
    assert places == {("header",), ("body",), ("body", "header"), ("query",)}
    packed = [name for name in gateway.EVERY_RECORDED if gateway.recording(name)["body_raw_b64"]]
    kinds = Counter(message.get("type") for each in deliveries for message in each.messages)  # type: ignore[union-attr]
    assert set(kinds) == {"identify", "track", "page", "screen", "alias", "group"}
    print(
        f"{len(deliveries)} requests of {len(clients)} SDKs, {len(packed)} of them gzip, in"
        f" {len(SHAPES)} shapes: {kinds.total()} messages read, 0 refused"
    )
