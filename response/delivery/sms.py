"""Text messages over a provider's HTTP interface: a template id and variables, as Chinese providers ask for them."""

from __future__ import annotations

import json
from string import Template
from urllib.parse import quote_plus

from config.delivery_settings import SmsSettings
from response.delivery.answered import at_path, said
from response.delivery.channels import DRILL, Delivered, Message, NotNow, Outcome, Refused
from response.delivery.outgoing import HttpAnswer, Outgoing


class SmsChannel:
    """The recipient's address is a phone number."""

    name = "sms"
    reaches_people = True

    def __init__(self, settings: SmsSettings, outgoing: Outgoing) -> None:
        self._settings = settings
        self._outgoing = outgoing

    def send(self, message: Message) -> Outcome:
        settings = self._settings
        template = settings.template_of(message.first.kind)
        if template is None:
            return Refused(f"sms.templates names no template for {message.first.kind}")
        variables = {
            "phone": message.address,
            "template": template,
            "subject": message.subject,
            "body": message.first.body,
            "link": message.link,
            "drill": DRILL if message.drill else "",
            "id": message.id,
            "kind": message.first.kind,
        }
        as_json = settings.content == "json"
        escaped = {
            k: json.dumps(v, ensure_ascii=False)[1:-1] if as_json else quote_plus(v) for k, v in variables.items()
        }
        kind = "application/json; charset=utf-8" if as_json else "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **settings.headers}
        if settings.token:
            headers["Authorization"] = f"Bearer {settings.token}"
        answer = self._outgoing.post(settings.url, Template(settings.body).substitute(escaped).encode(), headers)
        return self._judged(answer)

    def _judged(self, answer: HttpAnswer | NotNow | Refused) -> Outcome:
        if not isinstance(answer, HttpAnswer):
            return answer
        body = said(answer.body)
        found = at_path(body, self._settings.success_path)
        if found == self._settings.success_value:
            return Delivered(at_path(body, self._settings.proof_path) or f"{self._settings.success_path} {found}")
        told = answer.body[:300].decode("utf-8", "replace")
        # A provider's refusal of one number and of all cannot be told apart: try again, and take the second way now.
        return NotNow(f"the provider did not take it ({self._settings.success_path} = {found or 'absent'}): {told}")
