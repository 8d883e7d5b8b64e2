"""Profiles that become one, come apart, and become one again: through the deployed wiring."""

from cli.store import open_stores
from rapport.domain import names
from rapport.domain.identifiers import person_id
from rapport.profiles import person_of
from tests.inprocess.persons import address, user
from tests.inprocess.story import CONFIG, Story


def test_an_address_and_the_user_id_named_with_it_are_one_profile(story: Story) -> None:
    stores = open_stores(CONFIG)
    for id_ in (person_id(user()), person_id(address())):
        found = person_of(stores.people, stores.clusters, id_)
        assert found is not None
        assert found.profile.root == user()
        assert found.profile.members == tuple(sorted((user(), address())))
        assert found.profile.attribute("first_name") == "Dorothea"
        assert len(found.profile.cookies) == 2


def test_the_log_has_a_receipt_of_each_merge_and_split(story: Story) -> None:
    rows = open_stores(CONFIG).log.partition(user())
    told = [row for row in rows if row.type in {names.PROFILE_MERGED, names.PROFILE_SPLIT}]
    in_order = [row.type for row in sorted(told, key=lambda row: (row.received_at, row.key))]
    assert in_order == [names.PROFILE_MERGED, names.PROFILE_SPLIT, names.PROFILE_MERGED]
    kinds = {row.type: row.body["properties"] for row in told}
    merged, split = kinds[names.PROFILE_MERGED], kinds[names.PROFILE_SPLIT]
    assert isinstance(merged, dict)
    assert isinstance(split, dict)
    assert merged["after"] == split["before"] == [sorted([user(), address()])]
    assert merged["joins"]
    assert split["refused"]


def test_nobody_is_mailed_for_it(story: Story) -> None:
    assert story.mails_after["one again"] == story.mails_after["reminded"]
