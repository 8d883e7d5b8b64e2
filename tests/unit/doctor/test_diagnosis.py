"""All checks together: green where all is well, unknown where nobody can tell."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cli.doctor import OUTSIDE, World, diagnosis
from cli.examining import rendered
from rapport.brake import NOTHING_SWITCHED, Sending
from rapport.doctor.facts import Alarms, Answered, ConfigurationSet, Identity, SesAccount
from rapport.doctor.findings import Answer, CannotTellError, Level, in_the_way
from rapport.domain.stopping import Stop
from tests.support.fakes import START
from tests.support.mailroom import shipped
from tests.unit.doctor.conftest import Names
from tests.unit.doctor.test_doors import API, GOOD, PUBLIC, Site
from tests.unit.doctor.test_service import ACCOUNT, IDENTITY, REGION, SET, TOPIC

BUNDLE = shipped()
DOMAIN = BUNDLE.brand.sender.rpartition("@")[2]
REPLIES = f"inbound-smtp.{REGION}.amazonaws.com"
ZONE = {
    ("TXT", "amazonses.com"): ("v=spf1 ip4:199.255.192.0/22 -all",),
    ("TXT", IDENTITY.mail_from): ("v=spf1 include:amazonses.com ~all",),
    ("MX", IDENTITY.mail_from): (f"feedback-smtp.{REGION}.amazonses.com",),
    ("TXT", f"_dmarc.{DOMAIN}"): (f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}",),
    ("MX", BUNDLE.brand.reply_domain): (REPLIES,),
}


@dataclass
class Service:
    """The port `MailService`, well or as told; counts how often it is asked."""

    found: Identity | None = IDENTITY
    silent: bool = False
    asked: int = 0

    def account(self) -> SesAccount:
        self.asked += 1
        if self.silent:
            msg = "AWS did not answer get_account: AccessDeniedException."
            raise CannotTellError(msg)
        return ACCOUNT

    def identity(self, domain: str) -> Identity | None:
        return self.found if domain == DOMAIN else None

    def configuration_set(self) -> ConfigurationSet | None:
        return SET

    def subscribed(self, topic: str) -> bool:
        return topic == TOPIC

    def alarms(self) -> Alarms:
        return Alarms(made=1, telling=1)


SILENT, UNVERIFIED = Service(silent=True), Service(found=None)
OPEN = Site(GOOD | {f"POST {API}/v1/batch": Answered(status=200)})
STOPPED = Sending(stop=Stop(at=START, by="cli:kari"))


def works() -> Answer:
    return Level.OK, "One click works."


WELL = World(
    service=Service(),
    resolver=Names(ZONE),
    web=Site(GOOD),
    bundle=BUNDLE,
    sending=NOTHING_SWITCHED,
    mails=tuple(rendered(BUNDLE)),
    key_enabled=lambda _: False,
    unsubscribing=works,
    bounced=lambda: True,
    public_url=PUBLIC,
    api_url=API,
    region=REGION,
    here_only=False,
)


def levels(world: World) -> dict[str, Level]:
    return {each.name: each.level for each in diagnosis(world)}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.clock.now", lambda: START)


def test_where_all_is_well_every_check_is_green_and_ses_is_asked_once_each() -> None:
    service = Service()
    found = diagnosis(replace(WELL, service=service))
    print(f"\n{len(found)} checks, all green: {', '.join(each.name for each in found)}")
    assert [each for each in found if each.level is not Level.OK] == []
    assert in_the_way(found, ()) == ()
    assert service.asked == 1
    assert len({each.name for each in found}) == len(found)
    assert {each.name for each in found} >= OUTSIDE


def test_on_a_laptop_what_only_the_world_can_tell_is_unknown_and_the_rest_is_checked() -> None:
    found = levels(replace(WELL, here_only=True, resolver=Names(), service=Service(silent=True)))
    assert {name for name, level in found.items() if level is Level.UNKNOWN} == OUTSIDE
    assert {level for name, level in found.items() if name not in OUTSIDE} == {Level.OK}


@pytest.mark.parametrize(
    ("world", "names", "level"),
    [
        (
            replace(WELL, service=Service(silent=True)),
            {"production", "standing", "quota"},
            "unknown",
        ),
        (
            replace(WELL, service=Service(found=None)),
            {"identity", "dkim", "mail-from", "spf"},
            "fail",
        ),
        (replace(WELL, resolver=Names()), {"mail-from", "spf", "dmarc", "replies"}, "fail"),
        (replace(WELL, region="eu-west-1"), {"mail-from", "replies"}, "fail"),
        (replace(WELL, bounced=lambda: None), {"bounce"}, "unknown"),
        (replace(WELL, key_enabled=lambda _: True), {"write-keys"}, "fail"),
        (
            replace(WELL, web=Site(GOOD | {f"POST {API}/v1/batch": Answered(status=200)})),
            {"doors"},
            "fail",
        ),
        (replace(WELL, sending=STOPPED), {"send-mode"}, "fail"),
        (replace(WELL, audience=200_000), {"quota"}, "warn"),
    ],
)
def test_what_is_amiss_is_told_by_its_own_checks_and_by_no_other(
    world: World, names: set[str], level: str
) -> None:
    amiss = {name: found for name, found in levels(world).items() if found is not Level.OK}
    assert amiss == dict.fromkeys(names, level)


def test_every_check_is_explained_on_the_page_about_going_live_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "golive.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)
    assert rows == [each.name for each in diagnosis(WELL)]
