"""A message and the key it came with become an event: who, when, how far to be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.track import bots
from functions.track.delivery import Delivery, Raw, Sender, Unreadable
from rapport.domain.event import Event, Json, Origin, Trust, corrected_time, day_of
from rapport.domain.identifiers import Identifier, Namespace, Ref
from rapport.domain.privacy import Privacy, privacy_of, renamed, with_network
from rapport.domain.wire import Message, Naming, Refusal, read_message
from rapport.door import WriteKey
from rapport.events import stored_type
from rapport.ports import Pseudonyms

# Below this a difference of clocks is the network's, or a retry whose sender did not refresh
# `sentAt`; correcting for it would move the event by the delay.
CLOCK_TOLERANCE = timedelta(seconds=30)
# Of a cookie that may be recognised for a day only.
DAY_NAME = "day-"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads the messages of one delivery."""

    key: WriteKey
    refs: Pseudonyms
    origin: Origin
    received_at: datetime

    def event(self, raw: Raw, delivery: Delivery) -> Event | Refusal:
        """The event that a message is, or why it is refused."""
        if isinstance(raw, Unreadable):
            return raw.refusal
        message = read_message(raw, call=delivery.call, batch_sent_at=delivery.sent_at)
        return message if isinstance(message, Refusal) else self._event(message, delivery.sender)

    def _event(self, message: Message, sender: Sender) -> Event:
        browser = self.key.trust is Trust.ASSERTED
        message_id = self._message_id(message)
        context = message.body.get("context")
        # What stands in the headers of a server's request is the server's, not the visitor's.
        privacy = privacy_of(context, gpc=browser and sender.gpc, dnt=browser and sender.dnt)
        robotic = bots.evidence(context, agent=sender.user_agent if browser else "")
        body = {
            **with_network(message.body, sender.source_ip),
            **_labels(privacy, robotic, message.unbelievable),
        }
        home, anon = message.home, message.anon
        required = self.key.consent == "required"
        if anon is not None and browser and privacy.only_a_day(required=required):
            anon = self._of_a_day(anon, message, message_id)
            # The cookie of an alias may stand in its previous id alone.
            told = body.get("anonymousId") or body.get("previousId")
            body = renamed({**body, "anonymousId": told}, anon.value)
            home = anon if home == message.anon else home
        home_ref = self._ref(home)
        return Event(
            partition=home_ref if anon is None else self._ref(anon),
            home=home_ref,
            type=stored_type(message.call, message.name),
            source=self.key.source,
            message_id=message_id,
            trust=self.key.trust,
            origin=self._origin(message),
            original_at=message.original_at,
            sent_at=message.sent_at,
            received_at=self.received_at,
            at=corrected_time(
                original_at=message.original_at,
                # A server's clock is taken at its word, a browser's is not.
                sent_at=message.sent_at if browser else None,
                received_at=self.received_at,
                tolerance=CLOCK_TOLERANCE,
            ),
            body=body,
        )

    def _ref(self, who: Identifier) -> Ref:
        return self.refs.ref(who.ns, who.value)

    def _message_id(self, message: Message) -> str:
        if message.naming is Naming.PLAIN:
            return message.message_id
        return message.naming.value + self.refs.digest("message", message.message_id)

    def _origin(self, message: Message) -> Origin:
        """An event whose time nobody can believe is counted and starts nothing."""
        if message.unbelievable and self.origin is Origin.LIVE:
            return Origin.BACKFILL
        return self.origin

    def _of_a_day(self, anon: Identifier, message: Message, message_id: str) -> Identifier:
        """The cookie's name for the day of the message; without a day, for the message alone."""
        when = message_id if message.original_at is None else day_of(message.original_at)
        value = DAY_NAME + self.refs.digest("visitor", f"{when}\x00{anon.value}")
        return Identifier(ns=Namespace.ANON, value=value)


def _labels(privacy: Privacy, robotic: tuple[str, ...], unbelievable: str) -> Mapping[str, Json]:
    labels: dict[str, Json] = {}
    if told := privacy.to_json():
        labels["privacy"] = told
    if robotic:
        labels["bot"] = {"because": [*robotic]}
    if unbelievable:
        labels["unbelievable_time"] = unbelievable
    return labels
