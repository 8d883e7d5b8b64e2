"""What DNS says of a sending domain, and what it has to say before strangers are mailed."""

import socket
from dataclasses import replace

import dns.resolver
import pytest

from cli import outside
from cli.outside import Dns
from rapport.doctor import names
from rapport.doctor.facts import Identity
from rapport.doctor.findings import CannotTellError, Level
from tests.unit.doctor.conftest import Names, name_server

DOMAIN, BACK, REGION = "careers.halden.example", "bounce.careers.halden.example", "eu-north-1"
IDENTITY = Identity(
    name=DOMAIN,
    verified=True,
    signing=True,
    dkim="SUCCESS",
    easy_dkim=True,
    mail_from=BACK,
    mail_from_state="SUCCESS",
)
OURS = "v=spf1 include:amazonses.com ~all"
SES = {("TXT", "amazonses.com"): ("v=spf1 ip4:199.255.192.0/22 -all",)}
CHAIN = {("TXT", f"s{n}.example"): (f"v=spf1 include:s{n + 1}.example -all",) for n in range(12)}


@pytest.mark.parametrize(
    ("records", "level", "told"),
    [
        ((OURS,), Level.OK, "1 look-ups"),
        (("some other text", OURS), Level.OK, "lets SES send"),
        (("V=SPF1 Include:AmazonSES.com ~all",), Level.OK, "lets SES send"),
        (("v=spf1 redirect=amazonses.com",), Level.OK, "lets SES send"),
        (("v=spf1 include:s11.example include:amazonses.com -all",), Level.OK, "3 look-ups"),
        ((), Level.FAIL, "has 0 SPF records"),
        (("v=spf10 include:amazonses.com ~all",), Level.FAIL, "has 0 SPF records"),
        ((OURS, "v=spf1 -all"), Level.FAIL, "has 2 SPF records"),
        (("v=spf1 include:mail.example ~all",), Level.FAIL, "does not name"),
        (("v=spf1 include:amazonses.com +all",), Level.FAIL, "lets everybody send"),
        (("v=spf1 include:amazonses.com include:s0.example -all",), Level.FAIL, "11 look-ups"),
        (
            ("v=spf1 include:amazonses.com a:no1.example a:no2.example mx:no3.example -all",),
            Level.FAIL,
            "3 of them empty",
        ),
        (
            ("v=spf1 include:amazonses.com a a:%{i}.x.example ptr exists:%{i}.y.example ~all",),
            Level.OK,
            "5 look-ups",
        ),
        (("v=spf1 include:loop.example include:amazonses.com ~all",), Level.OK, "3 look-ups"),
    ],
)
def test_spf_is_one_record_that_names_ses_in_ten_look_ups(
    records: tuple[str, ...], level: Level, told: str
) -> None:
    zone = {
        **SES,
        **CHAIN,
        ("TXT", "s12.example"): ("v=spf1 -all",),
        ("TXT", "loop.example"): ("v=spf1 include:loop.example -all",),
        ("TXT", BACK): records,
    }
    found = names.spf(Names(zone), IDENTITY)
    assert found[0] is level, found
    assert told in found[1]
    assert level is Level.OK or OURS in found[-1]


def test_without_a_mail_from_domain_of_the_employer_spf_speaks_for_amazon() -> None:
    bare = replace(IDENTITY, mail_from="")
    for found in (names.spf(Names(), bare), names.mail_from(Names(), bare, REGION)):
        assert found[0] is Level.FAIL
        assert "mail_from_domain" in found[-1]


@pytest.mark.parametrize(
    ("place", "record", "level", "told"),
    [
        (DOMAIN, "v=DMARC1; p=reject; rua=mailto:d@halden.example", Level.OK, "p=reject"),
        (DOMAIN, "v=DMARC1;p=quarantine;rua=mailto:d@halden.example;", Level.OK, "p=quarantine"),
        ("halden.example", "v=DMARC1; p=reject; rua=mailto:d@x.example", Level.OK, "p=reject"),
        (
            "halden.example",
            "v=DMARC1; p=reject; sp=none; rua=mailto:d@x.example",
            Level.WARN,
            "only watches",
        ),
        (DOMAIN, "v=DMARC1; p=none; rua=mailto:d@x.example", Level.WARN, "only watches"),
        (DOMAIN, "v=DMARC1; p=reject", Level.WARN, "no address for reports"),
        (DOMAIN, "v=DMARC1; p=maybe", Level.FAIL, "not one that counts"),
        (DOMAIN, "v=DMARC1", Level.FAIL, "not one that counts"),
        (DOMAIN, "some other text", Level.FAIL, "no DMARC record"),
        ("other.example", "v=DMARC1; p=reject", Level.FAIL, "no DMARC record"),
    ],
)
def test_dmarc_holds_for_the_domain_or_comes_from_above(
    place: str, record: str, level: Level, told: str
) -> None:
    found = names.dmarc(Names({("TXT", f"_dmarc.{place}"): (record,)}), DOMAIN, IDENTITY)
    assert (found[0], told in found[1]) == (level, True), found


def test_dmarc_that_wants_another_signature_than_ses_makes_fails() -> None:
    strict = Names(
        {("TXT", f"_dmarc.{DOMAIN}"): ("v=DMARC1; p=reject; adkim=s; rua=mailto:d@x.example",)}
    )
    above = replace(IDENTITY, name="halden.example")
    assert names.dmarc(strict, DOMAIN, above)[0] is Level.FAIL
    assert names.dmarc(strict, DOMAIN, IDENTITY)[0] is Level.OK


def test_bounces_and_answers_reach_ses_in_the_region_that_sends() -> None:
    here = Names({("MX", BACK): (f"feedback-smtp.{REGION}.amazonses.com",)})
    assert names.mail_from(here, IDENTITY, REGION)[0] is Level.OK
    assert names.mail_from(here, IDENTITY, "eu-west-1")[0] is Level.FAIL
    pending = replace(IDENTITY, mail_from_state="PENDING")
    assert names.mail_from(here, pending, REGION)[0] is Level.FAIL
    inbound = Names({("MX", "r.halden.example"): (f"inbound-smtp.{REGION}.amazonaws.com",)})
    assert names.replies(inbound, "r.halden.example", REGION)[0] is Level.OK
    assert names.replies(inbound, "r.halden.example", "eu-west-1")[0] is Level.FAIL
    assert names.replies(inbound, "", REGION)[0] is Level.WARN


def test_a_tracking_domain_leads_to_ses_and_is_read_in_secret() -> None:
    there = Names({("CNAME", "t.halden.example"): (f"r.{REGION}.awstrack.me",)})
    assert names.tracking(there, "t.halden.example", "REQUIRE", REGION)[0] is Level.OK
    assert names.tracking(there, "t.halden.example", "OPTIONAL", REGION)[0] is Level.WARN
    assert names.tracking(Names(), "t.halden.example", "REQUIRE", REGION)[0] is Level.FAIL
    assert names.tracking(Names(), "", "", REGION)[0] is Level.OK


def test_records_are_read_from_a_name_server_also_long_ones_and_those_in_parts() -> None:
    long = "v=spf1 " + " ".join(f"ip4:10.0.{n}.0/24" for n in range(60)) + " -all"
    parts = " ".join(f'"{long[at : at + 200]}"' for at in range(0, len(long), 200))
    zone = {
        ("TXT", BACK): ('"v=spf1 " "include:amazonses.com ~all"',),
        ("TXT", "long.example"): (parts,),
        ("MX", BACK): ("20 second.example.", "10 FIRST.example."),
        ("CNAME", "t.halden.example"): ("r.eu-north-1.awstrack.me.",),
        ("A", "halden.example"): ("192.0.2.2", "192.0.2.1"),
    }
    with name_server(zone) as resolver:
        dns = Dns(resolver)
        assert dns.txt(BACK) == (OURS,)
        assert dns.txt("long.example") == (long,)
        assert dns.mx(BACK) == ("first.example", "second.example")
        assert dns.cname("t.halden.example") == "r.eu-north-1.awstrack.me"
        assert dns.addresses("halden.example") == ("192.0.2.1", "192.0.2.2")
        assert dns.txt("nobody.example") == dns.mx("halden.example") == ()


def test_a_name_server_that_is_silent_is_another_thing_than_one_that_knows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outside, "SECONDS", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], silent.getsockname()[1]
        with pytest.raises(CannotTellError, match="does not answer"):
            Dns(resolver).txt(BACK)
