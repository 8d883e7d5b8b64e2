"""Asking those of an import who never agreed: the draft, and who gets what when it is launched."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from cli.campaign_file import campaign_of
from cli.errors import CommandError
from cli.importing import draft
from cli.pulling import as_yaml
from rapport.campaign_lint import of_campaigns
from rapport.campaigns import Campaign
from rapport.domain.address import Suppression
from rapport.domain.event import Trust
from rapport.domain.granting import OWN_NO
from rapport.importing.columns import Columns
from rapport.importing.ports import Import
from rapport.importing.proof import Basis, Claim
from tests.support.agency import Agency
from tests.support.fakes import START
from tests.support.mailroom import shipped

BY = Import(
    id="0123456789ab",
    source="fair",
    digest="d",
    by="kari",
    started_at=START,
    columns=Columns(columns={}),
    claim=Claim(basis=Basis.LEGITIMATE_INTEREST, source="a list"),
)
NEW, AGREED, LEFT = (f"{name}@inbox.halden.example" for name in ("new", "agreed", "left"))


def of_import() -> Campaign:
    return draft(BY, shipped(), "kari")


def test_the_draft_has_no_complaint_and_is_the_campaign_that_its_file_is(tmp_path: Path) -> None:
    made = of_import()
    bundle = msgspec.structs.replace(shipped(), campaigns=(made,))
    assert list(of_campaigns(bundle)) == []
    path = tmp_path / f"{made.key}.yaml"
    path.write_text(as_yaml(made), encoding="utf-8")
    assert campaign_of(path) == made
    assert (made.topic, made.list, made.asks) == ("talent-network", "ask-0123456789ab", True)


def test_a_draft_that_would_be_refused_is_not_made() -> None:
    bare = msgspec.structs.replace(shipped(), templates=())
    with pytest.raises(CommandError, match="there is no template"):
        draft(BY, bare, "kari")


def test_no_other_list_and_no_segment_may_be_asked() -> None:
    made = of_import()
    for told in ({"list": "rota-evening"}, {"list": "", "segment": "nurses"}):
        wrong = msgspec.structs.replace(made, **told)
        bundle = msgspec.structs.replace(shipped(), campaigns=(wrong,))
        assert any("asks is for the lists" in each for each in of_campaigns(bundle))


def launched(*, asks: bool) -> Agency:
    office, made = Agency(), of_import()
    made = msgspec.structs.replace(made, asks=asks)
    room = office.room
    room.publish(msgspec.structs.replace(room.bundle, campaigns=(made,)))
    people = [room.person(each, trust=Trust.VERIFIED) for each in (NEW, LEFT)]
    people.append(room.confirmed(AGREED))
    no = Suppression(reason=OWN_NO, at=START, event_id="u")
    room.state(LEFT, lambda state: replace(state, suppressions={"marketing": no}))
    office.audiences.people = people
    office.campaigns.launch(made.key, by="kari")
    office.run()
    return office


def test_an_address_that_nobody_confirmed_gets_the_request_and_who_agreed_the_letter() -> None:
    mails = {mail.to: mail for mail in launched(asks=True).room.mails}
    assert mails.keys() == {NEW, AGREED}
    assert "/f/confirm?t=" in mails[NEW].text
    assert "May we write to you?" in mails[NEW].text
    assert "as you agreed" not in mails[NEW].text
    assert "as you agreed" in mails[AGREED].text
    print(f"asked: 1, written to: 1, mails to whoever said no: {LEFT in mails:d}")


def test_any_other_campaign_asks_nobody() -> None:
    assert [mail.to for mail in launched(asks=False).room.mails] == [AGREED]
