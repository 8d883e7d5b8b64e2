"""What the reader of a mail has at events to come, and how they give it up: part of `/u/{token}`.

A link of any mail to an address shows what that address has. Giving up is a POST, harmless to
repeat; whoever waits first moves up in the same call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from functions.engage.form_words import form_words
from rapport.bundle import Bundle
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import Place, Standing, code_of
from rapport.domain.tokens import Purpose, verify
from rapport.forms import Occasion, said
from rapport.mailing.occasion import when
from rapport.occasions import Occasions, over, room_of
from rapport.ports import Book, Bundles

GIVE_UP = ("do", "give-up")
OCCASION = "occasion"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A place, or a turn, at an event to come."""

    occasion: Occasion
    place: Place


@dataclass(frozen=True, kw_only=True)
class Places:
    """The flow. `ring` gives the keys of the links' tokens, `live` the live bundle's hash."""

    book: Book
    bundles: Bundles
    occasions: Occasions
    ring: Callable[[], Mapping[str, bytes]]
    live: Callable[[], str]
    now: Callable[[], datetime]

    def of(self, token: str) -> tuple[Held, ...]:
        """What the reader of a mail has; nothing for a link that is not ours."""
        address = self._address(token)
        if address is None:
            return ()
        bundle, found = self.bundles.get(self.live()), []
        for occasion in _to_come(bundle, self.now()):
            place = self.occasions.place(occasion.id, address)
            if place is not None and place.holds:
                found.append(Held(occasion=occasion, place=place))
        return tuple(found)

    def give_up(self, token: str, occasion: str) -> bool:
        """Their place is free; whether it was news."""
        address, bundle = self._address(token), self.bundles.get(self.live())
        named = [o for o in _to_come(bundle, self.now()) if o.id == occasion]
        if address is None or not named:
            return False
        return self.occasions.give_up(room_of(named[0]), address, self.now())

    def _address(self, token: str) -> Ref | None:
        send_key = verify(self.ring(), Purpose.UNSUBSCRIBE, token)
        record = None if send_key is None else self.book.send(send_key)
        return None if record is None else record.address


def shown(held: tuple[Held, ...], language: str) -> str:
    """Each of them with its button, in HTML; nothing where there is none."""
    words = form_words(language)
    rows = []
    for each in held:
        occasion, name = each.occasion, escape(each.occasion.id)
        seated = each.place.standing is Standing.SEATED
        stands = words.seated if seated else words.waits
        code = code_of(occasion.id, each.place.address) if seated else ""
        told = f"<dt>{escape(words.code)}</dt><dd><strong>{code}</strong></dd>" if code else ""
        rows.append(
            f'<form method="post">\n<fieldset>\n<legend>{escape(said(occasion.title, language))}'
            f"</legend>\n<p>{escape(stands)}</p>\n"
            f"<dl><dt>{escape(words.when)}</dt><dd>{escape(when(occasion, language))}</dd>"
            f"<dt>{escape(words.where)}</dt><dd>{escape(said(occasion.place, language))}</dd>"
            f"{told}</dl>\n"
            f'<input type="hidden" name="{OCCASION}" value="{name}">\n'
            f'<button type="submit" name="{GIVE_UP[0]}" value="{GIVE_UP[1]}">'
            f"{escape(words.give_up)}</button>\n</fieldset>\n</form>"
        )
    return "\n".join(rows)


def asked(form: Mapping[str, str]) -> str:
    """The event whose place somebody gives up by a form; empty: it asks for something else."""
    name, value = GIVE_UP
    return form.get(OCCASION, "") if form.get(name) == value else ""


def _to_come(bundle: Bundle, now: datetime) -> list[Occasion]:
    found = (form.occasion for form in bundle.forms)
    return [each for each in found if each is not None and not over(each, now)]
