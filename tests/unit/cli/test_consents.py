"""`rapport consent ID`: what was agreed to and taken back, with its proof, as it is told."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import boto3

from rapport.bundle import Bundle, encode, object_key
from rapport.domain.address import SCOPE_MARKETING, Consent, ConsentStatus, Suppression
from rapport.domain.event import Trust
from rapport.domain.granting import OWN_NO
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.person import Wishes
from rapport.ports import Withdrawal
from tests.support.mailroom import shipped
from tests.support.on_moto import CONFIG
from tests.unit.cli.conftest import START, Desk

ANA = "ana@inbox.halden.example"
TOPIC = "talent-network"


def _agreed(desk: Desk, ana: Ref, bundle: Bundle, *, day: int = 0) -> None:
    at, statement = START + timedelta(days=day), bundle.statement(TOPIC)
    said = desk.tell(ana, kind="Address Confirmed", minute=day * 1440, trust=Trust.VERIFIED)
    word = Consent(
        status=ConsentStatus.GRANTED,
        at=at,
        statement=statement.id,
        statement_hash=statement.hash,
        event_id=said.message_id,
        source="confirmation",
        jurisdiction="NO",
        expires_at=at + timedelta(days=730),
    )
    event = replace(said, message_id=f"c_{day}")
    desk.stores.book.grant(ana, TOPIC, word, event, confirmed_at=at)


def _left(desk: Desk, ana: Ref, at: datetime) -> None:
    event = desk.tell(ana, kind="Unsubscribed", minute=1, body={"properties": {"method": "page"}})
    event = replace(event, message_id="u_1")
    stop = Suppression(reason=OWN_NO, at=at, event_id="u_1")
    desk.stores.book.withdraw(
        Withdrawal(
            address=ana, topics=(TOPIC,), suppress={SCOPE_MARKETING: stop}, at=at, event=event
        )
    )


def _known(desk: Desk) -> Ref:
    ana = desk.ref(Namespace.EMAIL, ANA)
    desk.say(email=ANA)
    bundle = shipped()
    _agreed(desk, ana, bundle)
    desk.stores.preferences.wish(
        ana, Wishes(per_year=4, language="nb"), replace(desk.tell(ana, minute=2), message_id="p_1")
    )
    _left(desk, ana, START + timedelta(minutes=9))
    desk.enrich()
    return ana


def test_people_read_what_holds_what_was_said_and_what_is_wished(desk: Desk) -> None:
    _known(desk)
    told = desk.run("consent", ANA)
    assert told.code == 0
    assert "talent-network: withdrawn since 2026-11-23 09:09:00." in told.out
    assert "by confirming the address; statement talent-network-1" in told.out
    assert "law of NO; until 2028-11-22 09:00:00" in told.out
    assert "on the page behind a mail's link" in told.out
    assert "No mail (marketing) since 2026-11-23 09:09:00, for good: asked for no" in told.out
    assert "Wishes at most 4 mails a year." in told.out
    assert "Wishes to be written to in nb." in told.out


def test_programs_read_the_same(desk: Desk) -> None:
    ana = _known(desk)
    (told,) = json.loads(desk.run("consent", ANA, "--json").out)["addresses"]
    assert told["ref"] == ana
    assert [word["status"] for word in told["words"]] == ["granted", "withdrawn"]
    assert told["holds"][TOPIC]["status"] == "withdrawn"
    assert told["suppressions"]["marketing"]["until"] is None
    assert told["wishes"]["per_year"] == 4
    assert "text" not in told["words"][0]


def test_the_proof_holds_the_words_that_were_agreed_to_and_checks_their_hash(desk: Desk) -> None:
    _known(desk)
    digest, body = encode(shipped())
    s3 = boto3.client("s3", "us-east-1")
    s3.create_bucket(Bucket=CONFIG.buckets["bundle"])
    s3.put_object(Bucket=CONFIG.buckets["bundle"], Key=object_key(digest), Body=body)
    from rapport.adapters.dynamo.config import DynamoConfig

    DynamoConfig(CONFIG.tables["book"]).set_live_bundle(digest, now=START)
    (told,) = json.loads(desk.run("consent", ANA, "--proof").out)["addresses"]
    yes, no = told["words"]
    assert yes["text"] == shipped().statement(TOPIC).text
    assert (yes["text_matches_hash"], no["text"]) == (True, None)


def test_no_command_takes_a_no_back(desk: Desk) -> None:
    told = desk.run("consent", "--help").out
    assert "grant" not in told.lower()
    assert desk.run("consent", "nobody@inbox.halden.example").code == 1
