"""Everything else by Apprise, an optional extra. It says yes or no and keeps no proof, so ours is that it said yes."""

from __future__ import annotations

from config.delivery_settings import AppriseSettings
from domain.errors import Invalid
from response.delivery.channels import Delivered, Message, NotNow, Outcome, Refused


class AppriseChannel:
    """The recipient's address is an Apprise URL of a scheme that the settings allow.

    DingTalk and WeCom have channels of their own: Apprise does not read the errcode in their answers.
    """

    name = "apprise"
    reaches_people = True

    def __init__(self, settings: AppriseSettings) -> None:
        self._schemas = settings.schemas
        try:
            import apprise
        except ImportError as error:
            raise Invalid("apprise.schemas needs the extra: pip install yingfeng[apprise]") from error
        self._make = apprise.Apprise

    def send(self, message: Message) -> Outcome:
        scheme = message.address.partition("://")[0].lower()
        if scheme not in self._schemas:
            return Refused(f"{scheme[:20]}:// is not among apprise.schemas ({', '.join(self._schemas)})")
        sender = self._make()
        if not sender.add(message.address):
            return Refused(f"Apprise does not understand this {scheme}:// address")
        if sender.notify(body=message.text, title=message.subject):
            return Delivered(f"Apprise {scheme} accepted")
        return NotNow(f"Apprise {scheme}:// could not deliver; its log says why")
