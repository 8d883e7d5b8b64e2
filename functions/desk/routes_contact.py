"""What an operator does about one person: stop mail, note something, write one mail."""

from typing import Annotated

import msgspec

from functions.desk.answers import UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served
from rapport.contact import MAX_NOTE_CHARS, MAX_WHY_CHARS
from rapport.domain.identifiers import normalise_email
from rapport.domain.operators import Action
from rapport.viewing import write
from rapport.writing import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS

_MAX_NAME_CHARS = 200


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nobody is to write."""

    why: Annotated[str, msgspec.Meta(max_length=MAX_WHY_CHARS)] = ""


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note, as it was typed."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NOTE_CHARS)]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mail to one person."""

    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUBJECT_CHARS)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
    block: Annotated[str, msgspec.Meta(max_length=_MAX_NAME_CHARS)] = ""
    sender_name: Annotated[str, msgspec.Meta(max_length=_MAX_NAME_CHARS)] = ""
    owner: Annotated[str, msgspec.Meta(max_length=_MAX_NAME_CHARS)] = ""


def stop(desk: Desk, call: Call) -> Answer:
    """When this answers, no mail that was not claimed yet goes to any address of the person."""
    said, found = call.body(Stop), call.person
    new = desk.contact.stop(
        found.root, found.members, by=call.operator.name, why=" ".join(said.why.split())
    )
    return Answer(body={"stopped": True, "new": new})


def allow(desk: Desk, call: Call) -> Answer:
    """Only the employer's own word is taken back."""
    found = call.person
    new = desk.contact.allow(found.root, found.members, by=call.operator.name)
    return Answer(body={"stopped": False, "new": new})


def note(desk: Desk, call: Call) -> Answer:
    """Into the log, sealed like all that happens; colleagues of the brand read it."""
    text = call.body(Note).text.strip()
    if not text:
        raise ProblemError(UNFIT, "A note has words.")
    brand = next(iter(desk.brands), "")
    event = desk.contact.note(call.person.root, text, by=call.operator.name, brand=brand)
    return Answer(body={"id": event.message_id}, status=201)


def message(desk: Desk, call: Call) -> Answer:
    """Into the log; from there it is judged as every other mail."""
    said, bundle = call.body(Message), desk.bundle()
    owner = normalise_email(said.owner) if said.owner else ""
    subject, text = " ".join(said.subject.split()), said.text.strip()
    if owner is None or not subject or not text:
        raise ProblemError(UNFIT, "subject and text have words; owner is an e-mail address.")
    if said.block and (bundle is None or all(b.key != said.block for b in bundle.blocks)):
        raise ProblemError(UNFIT, "block names no block that is live.")
    what = write.Message(
        subject=subject,
        text=text,
        block=said.block,
        sender_name=" ".join(said.sender_name.split()),
        owner=owner,
        by=call.operator.name,
    )
    written = write.write(desk.stores, call.person, what, now=call.now, dry=False)
    return Answer(body=write.to_json(written, now=call.now), status=201)


_PERSON = "/desk/v1/people/{person}"
SERVED = (
    Served(key=f"POST {_PERSON}/stop", action=Action.STOP, over=Over.PERSON, run=stop),
    Served(key=f"DELETE {_PERSON}/stop", action=Action.STOP, over=Over.PERSON, run=allow),
    Served(key=f"POST {_PERSON}/notes", action=Action.NOTE, over=Over.PERSON, run=note),
    Served(key=f"POST {_PERSON}/messages", action=Action.WRITE, over=Over.PERSON, run=message),
)
