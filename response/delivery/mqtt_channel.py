"""Notices to an enterprise's own system, on its topic; the broker's acknowledgement is the proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from domain.errors import Unavailable
from domain.events import Publisher
from domain.notices import Notice
from response.delivery.channels import DRILL, Delivered, Message, NotNow, Outcome

MQTT = "mqtt"


class MqttChannel:
    """topic_of : the enterprise's notice topic. ``publisher`` must return only when the broker has acknowledged."""

    name = MQTT
    reaches_people = False

    def __init__(self, publisher: Publisher, topic_of: Callable[[str], str]) -> None:
        self._publisher = publisher
        self._topic_of = topic_of

    def send(self, message: Message) -> Outcome:
        try:
            for notice in message.notices:
                payload = msgspec.json.encode(payload_of(notice, message.link, message.at_ms))
                self._publisher.publish(self._topic_of(message.address), payload)
        except Unavailable as error:
            return NotNow(str(error))
        return Delivered("PUBACK")


def payload_of(notice: Notice, link: str, at_ms: int) -> dict[str, Any]:
    """What an enterprise's program reads (docs/notices.md). Instants are epoch milliseconds."""
    mark = DRILL if notice.drill else ""
    told: dict[str, Any] = {
        "notice": notice.id,
        "kind": notice.kind,
        "class": notice.notice_class.value,
        "subject": mark + notice.subject,
        "body": notice.body,
        "reference": notice.reference,
        "drill": notice.drill,
        "confirmed_by": notice.confirmed_by,
        "at": at_ms,
    }
    if notice.reply is not None:
        window = notice.reply.window
        told["reply"] = {
            "purpose": notice.reply.purpose,
            "deadline": notice.reply.deadline_ms,
            "max_kw": notice.reply.max_kw,
            "start": window.start_ms if window else None,
            "end": window.end_ms if window else None,
            "link": link,
        }
    return told
