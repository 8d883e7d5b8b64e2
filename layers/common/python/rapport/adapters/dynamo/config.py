"""The configuration rows of `book`: write keys, the live bundle, the rules of identity, jobs."""

from datetime import datetime

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.jobs import DynamoJobs
from rapport.adapters.dynamo.models import PointerRow, RulesRow, store_errors
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.domain.event import millis


class DynamoConfig(DynamoWriteKeys, DynamoJobs):
    """What `rapport publish` and `rapport jobs` write and every function reads."""

    def live_bundle(self) -> str | None:
        """The hash of the published playbook bundle."""
        with store_errors():
            try:
                return str(PointerRow.get(*keys.pointer_key(), consistent_read=True).bundle)
            except PointerRow.DoesNotExist:
                return None

    def set_live_bundle(self, bundle_hash: str, *, now: datetime) -> None:
        """Make a stored bundle the live one."""
        with store_errors():
            PointerRow(*keys.pointer_key(), bundle=bundle_hash, published_at=millis(now)).save()

    def follow_live_bundle(self, bundle_hash: str, *, after: str, now: datetime) -> None:
        """Make a stored bundle follow another; ConflictError when that is not the live one."""
        row = PointerRow(*keys.pointer_key(), bundle=bundle_hash, published_at=millis(now))
        with store_errors():
            row.save(condition=PointerRow.bundle == after)

    def identity_rules(self) -> str | None:
        """The rules of identity in force as JSON; None if none were ever applied."""
        with store_errors():
            try:
                return str(RulesRow.get(*keys.rules_key(), consistent_read=True).rules)
            except RulesRow.DoesNotExist:
                return None

    def put_identity_rules(self, text: str, *, now: datetime) -> None:
        """Put rules in force: every function resolves by them within 10 s."""
        with store_errors():
            RulesRow(*keys.rules_key(), rules=text, applied_at=millis(now)).save()
