"""What `brand.yaml` is checked for: addresses, words in every language, readable colours."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import product

from rapport.bundle import Brand
from rapport.domain.identifiers import normalise_email
from rapport.render import RenderError, href

# WCAG 2.2, 1.4.3: text against what is behind it.
MIN_CONTRAST = 4.5
# Below this the transfer function of sRGB is a straight line.
_LINEAR = 0.04045
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
# Control characters, line and paragraph separators, halves of surrogate pairs.
_UNSPEAKABLE = frozenset({"Cc", "Zl", "Zp", "Cs"})
# What is written in these colours stands on those; in light and in dark.
TEXTS = {
    "": (("ink", "quiet", "accent"), ("paper", "ground")),
    "dark-": (("ink", "quiet", "accent"), ("paper",)),
}


def of_brand(brand: Brand) -> Iterator[str]:
    """Complaints about `brand.yaml`."""
    for name in ("sender", "reply_to"):
        address = getattr(brand, name)
        if normalise_email(address) is None:
            yield f"brand.yaml: {name} {address!r} is no e-mail address."
    if any(unicodedata.category(char) in _UNSPEAKABLE for char in brand.sender_name):
        yield f"brand.yaml: sender_name {brand.sender_name!r} holds a control character."
    if not brand.postal_address.strip():
        yield "brand.yaml: postal_address is empty; the law asks for one in every mail."
    if not NAME.fullmatch(brand.key):
        yield f"brand.yaml: key {brand.key!r} must be of a-z, 0-9 and -."
    if brand.country and not _COUNTRY.fullmatch(brand.country):
        yield f"brand.yaml: country {brand.country!r} is no country such as NO."
    if brand.reply_domain and not _DOMAIN.fullmatch(brand.reply_domain):
        yield f"brand.yaml: reply_domain {brand.reply_domain!r} is no domain in small letters."
    try:
        href(brand.site_url)
    except RenderError:
        yield f"brand.yaml: site_url {brand.site_url!r} is no http(s) address."
    yield from _of_languages(brand)
    yield from _of_colours(brand)
    yield from _of_allow_list(brand.allow_list)


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) are apart, 1 to 21, as WCAG 2.2 defines the contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = (c / 12.92 if c <= _LINEAR else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _of_languages(brand: Brand) -> Iterator[str]:
    for language in dict.fromkeys((brand.language, *brand.languages)):
        if not _LANGUAGE.fullmatch(language):
            yield f"brand.yaml: language {language!r} is no language such as en or nb-NO."
    if brand.languages[0] != brand.language or len(set(brand.languages)) < len(brand.languages):
        yield f"brand.yaml: languages must begin with {brand.language!r} and name each once."
    for language in brand.languages if brand.value_proposition else ():
        words = brand.value_proposition.get(language)
        if words is None or not words.headline.strip() or not words.text.strip():
            yield f"brand.yaml: value_proposition says nothing in {language}."
    for language in sorted(set(brand.value_proposition) - set(brand.languages)):
        yield f"brand.yaml: value_proposition: {language!r} is none of the languages."


def _of_colours(brand: Brand) -> Iterator[str]:
    told = {"accent": brand.accent, **{f"colours.{k}": v for k, v in brand.colours.items()}}
    wrong = {name for name, colour in told.items() if not _COLOUR.fullmatch(colour)}
    for name in sorted(wrong):
        yield f"brand.yaml: {name} {told[name]!r} is no colour such as #0b5f63."
    if wrong:
        return
    if brand.colours.get("accent", brand.accent) != brand.accent:
        yield "brand.yaml: colours.accent is another colour than accent; leave one of them out."
    colours = {"accent": brand.accent, **brand.colours}
    for mode, (texts, grounds) in TEXTS.items():
        for text, ground in product(texts, grounds):
            yield from _too_close(colours, mode + text, mode + ground)
    # Letters on a button.
    yield from _too_close(colours, "paper", "accent")


def _too_close(colours: dict[str, str], text: str, ground: str) -> Iterator[str]:
    if text in colours and ground in colours:
        found = contrast(colours[text], colours[ground])
        if found < MIN_CONTRAST:
            yield (
                f"brand.yaml: {text} on {ground} has a contrast of {found:.1f} to 1;"
                f" {MIN_CONTRAST} can be read."
            )


def _of_allow_list(entries: tuple[str, ...]) -> Iterator[str]:
    for entry in entries:
        address = entry.lower() if "@" in entry else f"anybody@{entry.lower()}"
        if normalise_email(address) != address:
            yield f"brand.yaml: allow_list {entry!r} is neither an address nor a domain."
