"""What is published is fit for strangers: texts, links and addresses, keys, reach."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from cli.doctor import LINK
from cli.examining import rendered
from rapport.brake import NOTHING_SWITCHED, Sending, in_force
from rapport.doctor import published
from rapport.doctor.findings import Level
from rapport.doctor.published import SHIPPED_KEYS
from rapport.domain.gates import SendMode
from rapport.domain.stopping import Stop
from tests.support.mailroom import shipped

REPO = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN = "halden.example"


def test_every_marketing_mail_of_the_shipped_bundle_has_address_and_way_out() -> None:
    bundle = shipped()
    mails = tuple(rendered(bundle))
    kinds = {t.name for t in bundle.templates if t.mail_class == "marketing"}
    assert {mail.template for mail in mails} == kinds
    print(
        f"\n{len(mails)} marketing mails rendered, in {len({m.language for m in mails})} languages"
    )
    assert [mail.name for mail in mails if mail.fault] == []
    assert published.postal_address(bundle.brand, mails)[0] is Level.OK
    assert published.way_out(LINK, mails)[0] is Level.OK


@pytest.mark.parametrize("part", ["html", "text"])
def test_a_mail_without_address_or_way_out_in_one_of_its_parts_is_named(part: str) -> None:
    bundle = shipped()
    first, *others = rendered(bundle)
    for gone in (bundle.brand.postal_address, LINK):
        lacking = replace(first, **{part: getattr(first, part).replace(gone, "")})
        mails = (lacking, *others)
        ways = published.postal_address(bundle.brand, mails), published.way_out(LINK, mails)
        [found] = [each for each in ways if each[0] is Level.FAIL]
        assert first.name in found[1]
    broken = replace(first, fault="it has a gap")
    assert published.way_out(LINK, (broken, *others))[0] is Level.FAIL
    nowhere = msgspec.structs.replace(bundle.brand, postal_address=" ")
    assert published.postal_address(nowhere, (first,))[0] is Level.FAIL


def test_people_can_agree_to_every_kind_of_mail_in_every_language() -> None:
    bundle = shipped()
    assert published.consent_texts(bundle)[0] is Level.OK
    brand = msgspec.structs.replace(bundle.brand, languages=(*bundle.brand.languages, "fr"))
    french = published.consent_texts(msgspec.structs.replace(bundle, brand=brand))
    assert (french[0], "(fr)" in french[1]) == (Level.FAIL, True)
    silent = published.consent_texts(msgspec.structs.replace(bundle, statements=()))
    assert silent[0] is Level.FAIL


def test_keys_that_everybody_can_read_open_no_door_but_that_of_a_laptop() -> None:
    shipped_keys = yaml.safe_load((REPO / "playbooks" / "sources.yaml").read_text("utf-8"))
    assert {each["key"] for each in shipped_keys} == {*SHIPPED_KEYS}
    assert published.write_keys({"wk_of_ours"}.__contains__, here_only=False)[0] is Level.OK
    assert published.write_keys({SHIPPED_KEYS[2]}.__contains__, here_only=False)[0] is Level.FAIL
    assert published.write_keys({SHIPPED_KEYS[2]}.__contains__, here_only=True)[0] is Level.OK


def test_it_is_told_how_far_mail_reaches_and_a_stop_is_in_the_way() -> None:
    bundle = shipped()
    for mode, level in (("live", Level.OK), ("allow-list", Level.OK), ("off", Level.WARN)):
        sending = Sending(modes={bundle.brand.key: SendMode(mode)})
        found = published.send_mode(in_force(bundle, sending).brand, sending)
        assert found[0] is level
    stopped = Sending(stop=Stop(at=NOON, by="cli:kari"))
    found = published.send_mode(bundle.brand, stopped)
    assert (found[0], "cli:kari" in found[1]) == (Level.FAIL, True)


def test_a_new_domain_has_a_ramp_and_one_that_is_live_tells_its_day() -> None:
    bundle = shipped()
    assert published.ramp(bundle, NOTHING_SWITCHED, NOON)[0] is Level.OK
    live = Sending(first_days={bundle.brand.sender.rpartition("@")[2]: "2026-11-22"})
    found = published.ramp(bundle, live, NOON)
    assert (found[0], "300 marketing mails today" in found[1]) == (Level.OK, True)
    for first_day, level in ((5_000, Level.WARN), (60_000, Level.FAIL)):
        sizes = replace(bundle.policy.ramp, first_day=first_day)
        steep = msgspec.structs.replace(bundle, policy=replace(bundle.policy, ramp=sizes))
        assert published.ramp(steep, NOTHING_SWITCHED, NOON)[0] is level
