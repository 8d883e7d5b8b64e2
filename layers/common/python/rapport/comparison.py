"""Comparison: how likely two people are one, by what is known of them besides identifiers.

`keys_of` says under which keys a person is filed, so that only people who share one are compared;
a key is a keyed digest, never a value. `compare` gives a score of 0 to 100 and tells in sentences
what agrees. Nothing is ever joined by it: it fills the queue that an operator looks through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapport.domain.identifiers import Namespace, folded_email, identifier
from rapport.domain.resumes import similarity
from rapport.extraction import phone
from rapport.likeness import agree, alike, same_part
from rapport.personal_names import parsed, plain
from rapport.ports import Pseudonyms

MAX_KEYS = 6

# What agreement is worth, of 100. Below, what speaks against it.
SAME_NAME, NEAR_NAME, PART_OF_A_NAME, GIVEN_NAME = 40, 30, 15, 10
SAME_MAILBOX, SAME_NUMBER, SAME_PROFILE = 45, 35, 50
SAME_STREET, SAME_POSTCODE, SAME_CITY, SAME_WORK = 25, 20, 20, 10
SAME_TEXT, MUCH_TEXT = 45, 30
OTHER_NAME, OTHER_GIVEN_NAME, OTHER_PLACE = -40, -25, -10
SAME, MUCH = 0.75, 0.45

_BAND = 4


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is compared of one person; empty where nothing is known. `name`: parts, given first."""

    name: tuple[str, ...] = ()
    full_name: str = ""
    mailbox: str = ""
    number: str = ""
    linkedin: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    headline: str = ""
    resume: str = ""


def card_of(attributes: Mapping[str, str]) -> Card:
    """The card of a person's attributes; what a value should not be counts as unknown."""
    first, last = attributes.get("first_name", ""), attributes.get("last_name", "")
    name = f"{first} {last}".strip() or attributes.get("name", "")
    mailbox = identifier(Namespace.EMAIL, attributes.get("email", ""))
    profile = identifier(Namespace.LINKEDIN, attributes.get("linkedin", ""))
    number = phone(attributes.get("phone", ""), attributes.get("country", ""))
    return Card(
        name=parsed(name).parts,
        full_name=name,
        mailbox="" if mailbox is None else folded_email(mailbox.value),
        number="" if number is None else number.value.partition(";")[0],
        linkedin="" if profile is None else profile.value,
        street=plain(attributes.get("street", "")),
        postcode=plain(attributes.get("postal_code", "")).replace(" ", ""),
        city=plain(attributes.get("city", "")),
        country=plain(attributes.get("country", "")),
        headline=plain(attributes.get("headline", "")),
        resume=attributes.get("resume_signature", ""),
    )


def keys_of(card: Card, refs: Pseudonyms) -> tuple[str, ...]:
    """The digests that a person is filed under, at most 6, those that tell most first.

    None without a name: what is left of a score would be too little, and every key is a write.
    """
    if not card.name:
        return ()
    found = dict.fromkeys(
        refs.digest(f"alike:{purpose}", "\x00".join(values))
        for purpose, *values in _keys(card)
        if all(values)
    )
    return tuple(found)[:MAX_KEYS]


def _keys(card: Card) -> Iterator[tuple[str, ...]]:
    initial = card.name[0][:1] if card.name else ""
    sound = _sound(card.name[-1]) if len(card.name) > 1 else ""
    whole = " ".join(sorted(card.name)) if len(card.name) > 1 else ""
    yield ("mailbox", card.mailbox)
    yield ("number", card.number)
    yield ("linkedin", card.linkedin)
    if card.resume:
        given = card.name[0] if card.name else ""
        yield ("text", given, card.resume[:_BAND])
        yield ("text", given, card.resume[_BAND : 2 * _BAND])
    yield ("place", sound, initial, card.postcode or card.city)
    yield ("name", whole, card.city)
    yield ("home", card.street, card.postcode or card.city)


def _sound(part: str) -> str:
    import jellyfish

    return jellyfish.metaphone(part) or part


def compare(one: Card, other: Card) -> tuple[int, tuple[str, ...]]:
    """The score of two people, and what agrees; the same both ways."""
    told = [*_of_names(one, other), *_of_contact(one, other), *_of_life(one, other)]
    text = similarity(one.resume, other.resume)
    if text >= MUCH and _same_given(one, other):
        told.append(
            (SAME_TEXT, "Their résumés are nearly one text.")
            if text >= SAME
            else (MUCH_TEXT, "Much of their résumés is one text.")
        )
    score = max(0, min(100, sum(worth for worth, _ in told)))
    return score, tuple(sentence for worth, sentence in told if worth > 0)


def _of_names(one: Card, other: Card) -> Iterator[tuple[int, str]]:
    if not one.name or not other.name:
        return
    shorter = min(len(one.name), len(other.name))
    if shorter > 1 and sorted(one.name) == sorted(other.name):
        yield SAME_NAME, "The same name."
    elif alike(one.full_name, other.full_name):
        whole = shorter > 1
        yield NEAR_NAME if whole else PART_OF_A_NAME, "Names that can be one person's."
    elif _same_given(one, other):
        yield GIVEN_NAME, "The same first name, with another family name."
    elif any(same_part(mine, theirs) for mine in one.name for theirs in other.name):
        yield OTHER_GIVEN_NAME, "Another first name."
    else:
        yield OTHER_NAME, "Names of two people."


def _of_contact(one: Card, other: Card) -> Iterator[tuple[int, str]]:
    if one.mailbox and one.mailbox == other.mailbox:
        yield SAME_MAILBOX, "E-mail addresses that arrive in one mailbox."
    if one.number and one.number == other.number:
        yield SAME_NUMBER, "The same phone number, but for the extension."
    if one.linkedin and one.linkedin == other.linkedin:
        yield SAME_PROFILE, "The same LinkedIn page."


def _of_life(one: Card, other: Card) -> Iterator[tuple[int, str]]:
    same_place = False
    if one.street and other.street and agree(one.street, other.street):
        same_place = True
        yield SAME_STREET, "The same street and number."
    if one.postcode and one.postcode == other.postcode:
        same_place = True
        yield SAME_POSTCODE, "The same postal code."
    if one.city and other.city:
        if agree(one.city, other.city):
            yield SAME_CITY, "The same city."
        elif not same_place:
            yield OTHER_PLACE, "Two cities."
    if one.headline and one.headline == other.headline:
        yield SAME_WORK, "The same line about their work."


def _same_given(one: Card, other: Card) -> bool:
    return bool(one.name and other.name) and same_part(one.name[0], other.name[0])
