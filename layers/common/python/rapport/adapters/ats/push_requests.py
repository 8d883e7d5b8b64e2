"""What is asked of a vendor to have a prospect, call by call, and what its answer tells.

Greenhouse  Candidate Ingestion API: `POST /v1/partner/candidates`, Basic, `On-Behalf-Of`
Lever       `POST /v1/opportunities?perform_as=`, Basic; a note by `POST …/notes`
Ashby       `candidate.create`, `application.create`, `candidate.createNote`, Basic
else        `push_url`: a canonical event, signed as Standard Webhooks say

Of an answer only ids are read: Lever's answers to writes come without names.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

import msgspec

from rapport.adapters.ats import standard
from rapport.adapters.ats.apis import basic
from rapport.adapters.ats.reading import Node, part, text
from rapport.adapters.http import Answer
from rapport.ats import Connection
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Contact,
    Kind,
    Source,
)
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError
from rapport.pushes import Prospect

INGESTION = "https://api.greenhouse.io"
LEVER = "https://api.lever.co"
ASHBY = "https://api.ashbyhq.com"


class Vendor(Protocol):
    """What is said to a vendor: the address, headers and body of each step, and what comes back."""

    def steps(self, prospect: Prospect) -> tuple[str, ...]:
        """The names of the calls, in order."""
        ...

    def request(
        self, step: str, prospect: Prospect, ids: Mapping[str, str], now: datetime
    ) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body of a call."""
        ...

    def ids(self, step: str, answer: Answer) -> Mapping[str, str] | None:
        """The ids that the vendor gave; None when it says that it did nothing."""
        ...


def _wanted(connection: Connection, name: str) -> str:
    found = connection.api.get(name, "")
    if not found:
        msg = f"the connection {connection.name} needs api.{name} to put candidates into the ATS"
        raise MisconfiguredError(msg)
    return found


def _json(said: Mapping[str, Json]) -> bytes:
    """Without what is empty: an empty field may be read as one to be emptied."""
    return msgspec.json.encode({name: value for name, value in said.items() if value})


def _read(answer: Answer) -> Node:
    found = answer.json()
    return found if isinstance(found, dict) else {}


class Greenhouse:
    """The partner of the key is the source; `push_as` is the e-mail address of a user of theirs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.api.get("push_url", INGESTION).rstrip("/")

    def steps(self, prospect: Prospect) -> tuple[str, ...]:
        """The names of the calls, in order."""
        return ("prospect",)

    def request(
        self, step: str, prospect: Prospect, ids: Mapping[str, str], now: datetime
    ) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body of a call."""
        headers = {
            "Authorization": basic(_wanted(self._connection, "push_key")),
            "On-Behalf-Of": _wanted(self._connection, "push_as"),
            "Content-Type": "application/json",
        }
        said: dict[str, Json] = {
            "prospect": True,
            "first_name": prospect.first,
            "last_name": prospect.last,
            "external_id": prospect.key,
            "notes": prospect.note,
        }
        if prospect.email:
            said["emails"] = [{"email": prospect.email, "type": "personal"}]
        if prospect.phone:
            said["phone_numbers"] = [{"phone_number": prospect.phone, "type": "other"}]
        if prospect.linkedin:
            said["social_media"] = [{"url": prospect.linkedin}]
        if prospect.job:
            said["job_id"] = int(prospect.job) if prospect.job.isdecimal() else prospect.job
        return f"{self._url}/v1/partner/candidates", headers, _json(said)

    def ids(self, step: str, answer: Answer) -> Mapping[str, str] | None:
        """The ids that the vendor gave; None when it says that it did nothing."""
        found = _read(answer)
        return _ids(candidate=text(found.get("id")), application=text(found.get("application_id")))


class Lever:
    """`push_as` is the id of the user who it is done for; `job` is the id of a posting."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.api.get("base_url", LEVER).rstrip("/")

    def steps(self, prospect: Prospect) -> tuple[str, ...]:
        """The names of the calls, in order."""
        return ("opportunity", "note") if prospect.note else ("opportunity",)

    def request(
        self, step: str, prospect: Prospect, ids: Mapping[str, str], now: datetime
    ) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body of a call."""
        headers = {
            "Authorization": basic(_wanted(self._connection, "key")),
            "Content-Type": "application/json",
        }
        user = quote(_wanted(self._connection, "push_as"), safe="")
        where = f"{self._url}/v1/opportunities"
        if step == "note":
            path = f"{where}/{quote(ids['application'], safe='')}/notes?perform_as={user}"
            return path, headers, _json({"value": prospect.note})
        said: dict[str, Json] = {
            "name": f"{prospect.first} {prospect.last}",
            "emails": [prospect.email] if prospect.email else [],
            "phones": [{"value": prospect.phone}] if prospect.phone else [],
            "links": [prospect.linkedin] if prospect.linkedin else [],
            "sources": [prospect.source] if prospect.source else [],
            "origin": "sourced",
            "postings": [prospect.job] if prospect.job else [],
        }
        return f"{where}?perform_as={user}", headers, _json(said)

    def ids(self, step: str, answer: Answer) -> Mapping[str, str] | None:
        """The ids that the vendor gave; None when it says that it did nothing."""
        if step == "note":
            return {}
        data = part(_read(answer), "data")
        contact = data.get("contact")
        return _ids(
            application=text(data.get("id")),
            candidate=text(data.get("id")),
            contact=text(contact) or text(part(data, "contact").get("id")),
        )


class Ashby:
    """`push_source` is the id of a source there: it takes no names of sources."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url = connection.api.get("base_url", ASHBY).rstrip("/")

    def steps(self, prospect: Prospect) -> tuple[str, ...]:
        """The names of the calls, in order."""
        rest = (("application.create", prospect.job), ("candidate.createNote", prospect.note))
        return ("candidate.create", *(step for step, wanted in rest if wanted))

    def request(
        self, step: str, prospect: Prospect, ids: Mapping[str, str], now: datetime
    ) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body of a call."""
        headers = {
            "Authorization": basic(_wanted(self._connection, "key")),
            "Accept": "application/json; version=1",
            "Content-Type": "application/json",
        }
        source = self._connection.api.get("push_source", "")
        said: dict[str, dict[str, Json]] = {
            "candidate.create": {
                "name": f"{prospect.first} {prospect.last}",
                "email": prospect.email,
                "phoneNumber": prospect.phone,
                "linkedInUrl": prospect.linkedin,
                "sourceId": source,
            },
            "application.create": {
                "candidateId": ids.get("candidate", ""),
                "jobId": prospect.job,
                "sourceId": source,
            },
            "candidate.createNote": {
                "candidateId": ids.get("candidate", ""),
                "note": prospect.note,
            },
        }
        return f"{self._url}/{step}", headers, _json(said[step])

    def ids(self, step: str, answer: Answer) -> Mapping[str, str] | None:
        """The ids that the vendor gave; None when it says that it did nothing."""
        found = _read(answer)
        if found.get("success") is not True:
            # It says so with status 200.
            return None
        results = part(found, "results")
        match step:
            case "candidate.create":
                return _ids(candidate=text(results.get("id")))
            case "application.create":
                return _ids(application=text(results.get("id")))
            case _:
                return {}


class Webhook:
    """A canonical event to an address of the employer's; what they make of it is theirs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def steps(self, prospect: Prospect) -> tuple[str, ...]:
        """The names of the calls, in order."""
        return ("delivery",)

    def request(
        self, step: str, prospect: Prospect, ids: Mapping[str, str], now: datetime
    ) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and body of a call."""
        headers, body = standard.delivery(
            _prospect_event(prospect, now),
            source=f"/rapport/{self._connection.name}",
            ident=f"push_{prospect.key}",
            secret=_wanted(self._connection, "push_secret"),
            at=now,
        )
        return _wanted(self._connection, "push_url"), headers, body

    def ids(self, step: str, answer: Answer) -> Mapping[str, str] | None:
        """The ids that the vendor gave; None when it says that it did nothing."""
        # It may tell the ids that it gave; it need not.
        found = _read(answer) if answer.body.lstrip().startswith(b"{") else {}
        return _ids(
            candidate=text(found.get("candidate_id")),
            application=text(found.get("application_id")),
        )


def _prospect_event(prospect: Prospect, now: datetime) -> AtsEvent:
    emails = (Contact(value=prospect.email, primary=True),) if prospect.email else ()
    phones = (Contact(value=prospect.phone, primary=True),) if prospect.phone else ()
    return AtsEvent(
        kind=Kind.APPLICATION_CREATED,
        vendor_event="prospect.pushed",
        clock=now,
        candidate=AtsCandidate(
            id=prospect.key,
            external=prospect.key,
            first=prospect.first,
            last=prospect.last,
            emails=emails,
            phones=phones,
            links=(prospect.linkedin,) if prospect.linkedin else (),
        ),
        application=AtsApplication(id=prospect.key, prospect=True),
        jobs=(AtsJob(id=prospect.job),) if prospect.job else (),
        source=Source(name=prospect.source) if prospect.source else None,
        notes={"note": prospect.note} if prospect.note else {},
    )


def _ids(**found: str) -> dict[str, str]:
    return {what: ident for what, ident in found.items() if ident}
