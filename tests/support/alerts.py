"""The in-memory twin of the port `Alerts`."""

from rapport.alerts import Alert
from rapport.domain.identifiers import Ref


class FakeAlerts:
    """Alerts in a dict."""

    def __init__(self) -> None:
        self.alerts: dict[Ref, Alert] = {}

    def get(self, address: Ref) -> Alert | None:
        return self.alerts.get(address)

    def begin(self, address: Ref, alert: Alert) -> None:
        known = self.alerts.get(address)
        if known is None or not known.own:
            self.alerts[address] = alert

    def change(self, address: Ref, alert: Alert) -> None:
        self.alerts[address] = alert

    def remove(self, address: Ref) -> None:
        self.alerts.pop(address, None)
