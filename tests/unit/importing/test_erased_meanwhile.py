"""Whoever is erased while their import is under way, or after it, is not brought back by it."""

import pytest

from rapport.domain import names
from rapport.domain.identifiers import Namespace
from rapport.identity import Pointer
from rapport.importing.proof import Basis, Claim
from tests.support.fakes import CrashError
from tests.support.importing import NOW, ImportDesk, row, table


def _erase(desk: ImportDesk, email: str) -> None:
    """As an erasure leaves the stores: the identifier is marked, what was theirs is gone."""
    ref = desk.refs.ref(Namespace.EMAIL, email)
    desk.clusters.nodes[ref] = Pointer(erased_at=NOW)
    desk.log.remove([event.key for event in desk.events() if event.home == ref])
    desk.book.addresses.pop(ref, None)
    desk.book.words.pop(ref, None)


def test_erased_after_their_page_was_planned_whoever_dies_wherever_writes_nothing_of_them() -> None:
    content = table([row(1), row(2)])
    whole = ImportDesk()
    whole.apply(content, list="spring")
    steps, tried = len(whole.calls.names), 0
    for dies_after in range(steps):
        desk = ImportDesk()
        desk.calls.fail_after = dies_after
        with pytest.raises(CrashError):
            desk.apply(content, list="spring")
        desk.calls.fail_after = None
        if not any("plans/" in name for _, name in desk.shelf.objects):
            continue
        _erase(desk, "p1@pool.example")
        for by in desk.imports.all():
            desk.finish(by)
        gone = desk.address("p1@pool.example")
        assert not [event for event in desk.events() if event.home == gone], dies_after
        assert gone not in desk.book.addresses
        assert desk.address("p2@pool.example") in desk.book.addresses
        tried += 1
    print(f"imports killed after a page was planned {tried}, erased people written 0")
    assert tried > 5


def test_whoever_is_erased_after_the_import_is_not_put_on_the_list_of_those_who_are_asked() -> None:
    desk = ImportDesk()
    legitimate = Claim(basis=Basis.LEGITIMATE_INTEREST, source="a list", evidence="box 7")
    done = desk.apply(table([row(1), row(2)]), claim=legitimate)
    _erase(desk, "p1@pool.example")
    assert desk.imports.ask_again(done.id) == 1
    [joined] = desk.events(names.LIST_JOINED)
    assert joined.home == desk.address("p2@pool.example")
