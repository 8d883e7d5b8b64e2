"""Every kind of row says what becomes of it when its person is erased."""

import inspect

from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.erasure import NAMED, RULES, Fate
from rapport.exporting import CLASSES, Class
from rapport.forgetting import STAYS


def kind_of(row: type[models.Row]) -> str:
    """What the rows of a model are called in the store."""
    kind = row._get_discriminator_attribute()
    assert kind is not None
    return str(kind.get_discriminator(row))


def test_every_stored_kind_of_people_and_book_has_a_rule_and_no_rule_is_made_up() -> None:
    found: dict[str, set[str]] = {"people": set(), "book": set()}
    for _, cls in inspect.getmembers(models, inspect.isclass):
        bases = {models.PeopleTable: "people", models.BookTable: "book"}
        for base, table in bases.items():
            if issubclass(cls, base) and cls is not base:
                found[table].add(kind_of(cls))
    assert found == {table: set(rules) for table, rules in RULES.items()}
    print(f"kinds with a rule {sum(map(len, RULES.values()))}")


def test_what_stays_has_a_reason() -> None:
    staying = {k for rules in RULES.values() for k, fate in rules.items() if fate is Fate.STAYS}
    assert staying == set(NAMED)
    assert set(NAMED.values()) <= set(STAYS)


def test_every_stored_kind_is_exported_or_says_why_not() -> None:
    kinds = set()
    for _, cls in inspect.getmembers(models, inspect.isclass):
        if issubclass(cls, models.Row) and cls not in {models.Row, *models.TABLES.values()}:
            kinds.add(kind_of(cls))
    assert kinds == set(CLASSES)
    told = {kind for kind, each in CLASSES.items() if isinstance(each, Class)}
    personal = {
        k for rules in RULES.values() for k, fate in rules.items() if fate is not Fate.NOBODY
    }
    assert told == personal | {"e"}
    print(f"kinds exported {len(told)}, kept back with a reason {len(kinds - told)}")
