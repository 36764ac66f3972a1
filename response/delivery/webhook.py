"""Notices to a program of the recipient, signed, so that it can tell them from anybody else's.

X-Yingfeng-Signature is ``v1=`` and the hex HMAC-SHA256 of ``timestamp + "." + body`` under the shared secret;
X-Yingfeng-Timestamp is that timestamp, seconds. Idempotency-Key is the same when a message is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec

from config.delivery_settings import WebhookSettings
from domain.clock import Clock
from response.delivery.answered import said
from response.delivery.channels import Delivered, Message, NotNow, Outcome
from response.delivery.mqtt_channel import payload_of
from response.delivery.outgoing import HttpAnswer, Outgoing


class Webhook:
    """clock : the machine's, for the timestamp; the recipient's address is the whole http(s) address"""

    name = "webhook"
    reaches_people = True

    def __init__(self, settings: WebhookSettings, outgoing: Outgoing, clock: Clock) -> None:
        self._secret = settings.secret
        self._outgoing = outgoing
        self._clock = clock

    def send(self, message: Message) -> Outcome:
        body = msgspec.json.encode(
            {
                "message": message.id,
                "drill": message.drill,
                "notices": [payload_of(notice, message.link, message.at_ms) for notice in message.notices],
            }
        )
        stamp = str(self._clock.now_ms() // 1000)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"yingfeng-{message.id}",
            "X-Yingfeng-Timestamp": stamp,
            "X-Yingfeng-Signature": f"v1={signature(self._secret, stamp, body)}",
        }
        answer = self._outgoing.post(message.address, body, headers)
        if not isinstance(answer, HttpAnswer):
            return answer
        problem = complaint(said(answer.body))
        if problem:
            return NotNow(f"HTTP {answer.status}, and in the body: {problem}")
        return Delivered(f"HTTP {answer.status}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def complaint(answer: Any) -> str:
    """What a JSON body says is wrong, by the words programs usually say it with; empty when it does not complain."""
    if not isinstance(answer, dict):
        return ""
    for key in ("errcode", "code", "error_code"):
        value = answer.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value not in (0, 200):
            return f"{key} {value} {str(answer.get('errmsg') or answer.get('message') or '')[:200]}".strip()
    for key in ("success", "ok"):
        if answer.get(key) is False:
            return f"{key} false {str(answer.get('message') or answer.get('error') or '')[:200]}".strip()
    error = answer.get("error")
    return str(error)[:200] if error else ""
