"""Which ways a notice takes: the recipient's own routes, or what the registry knows of an enterprise."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from domain.notices import Notice, Recipient, Way
from domain.registry import Registry
from response.delivery.mqtt_channel import MQTT

SMS = "sms"


class Ways:
    """routes : entered for a recipient, in order; channels : those this program can send over"""

    def __init__(
        self,
        registry: Callable[[], Registry],
        routes: Callable[[Recipient], list[Way]],
        today: Callable[[], date],
        channels: Callable[[], Collection[str]],
    ) -> None:
        self._registry = registry
        self._routes = routes
        self._today = today
        self._channels = channels

    def of(self, notice: Notice) -> list[Way]:
        """Step 0 goes out at once, higher steps stand by. An enterprise's own system is always told as well."""
        recipient = notice.recipient
        ways = self._entered(recipient)
        if recipient.enterprise_id is None or any(way.channel == MQTT for way in ways):
            return ways
        return [Way(MQTT, recipient.enterprise_id, 0), *ways]

    def people(self, recipient: Recipient) -> list[Way]:
        """Ways that end before a person's eyes."""
        return [way for way in self._entered(recipient) if way.channel != MQTT]

    def _entered(self, recipient: Recipient) -> list[Way]:
        entered = self._routes(recipient)
        return entered or (self._contacts(recipient.enterprise_id) if recipient.enterprise_id else [])

    def usable(self, way: Way) -> bool:
        return way.channel in self._channels()

    def _contacts(self, enterprise: str) -> list[Way]:
        """The registry's contacts by text message: the second person when the first cannot be reached."""
        known = next(
            (e for key, e in self._registry().view(self._today()).enterprises.items() if key == enterprise), None
        )
        phones = [contact.phone for contact in known.contacts if contact.phone] if known is not None else []
        return [Way(SMS, phone, step) for step, phone in enumerate(phones)]
