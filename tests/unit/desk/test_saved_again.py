"""Whatever the API tells of a form, a segment or a campaign can be saved as it was told."""

from typing import Any

from rapport.bundle import encode
from rapport.domain.operators import Grant, Role
from tests.support.desk_calls import D
from tests.support.mailroom import shipped
from tests.support.operating import BRAND, Office, document, status
from tests.support.plans import furnished, unsaid

# What is told beside what is saved.
TOLD = frozenset({"key", "brand", "authors", "version", "url", "embed"})


def test_what_is_read_and_saved_unchanged_gives_the_same_bundle_byte_for_byte() -> None:
    office = Office()
    office.hire("kari.holm", Grant(role=Role.MARKETER, brand=BRAND))
    rooms = office.rooms
    rooms.bundles.live = rooms.bundles.put(furnished(shipped()))
    before = rooms.saving.live()[0]
    assert not unsaid(before), "every field is other than usual in one of them"
    saves = 0
    for kind in ("campaign", "form", "segment"):
        for each in getattr(before, f"{kind}s"):
            path = f"{D}/{kind}s/{{{kind}}}"
            read = office.ask("kari.holm", f"GET {path}", path={kind: each.key})
            told: dict[str, Any] = document(read)
            content = told.get("content", told)
            body = {name: said for name, said in content.items() if name not in TOLD}
            saved = office.ask("kari.holm", f"PUT {path}", path={kind: each.key}, body=body)
            assert status(saved) == 200, (kind, each.key, document(saved))
            saves += 1
    assert encode(rooms.saving.live()[0]) == encode(before)
    print(f"read and saved {saves}, bytes that changed 0")
