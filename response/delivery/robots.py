"""Robots of chat groups: DingTalk (also 浙政钉, by its host) and WeCom. Their errcode is read: 200 says nothing.

The recipient's address is a phone number, which the message mentions so that it rings; empty mentions nobody.
Sources: open.dingtalk.com "自定义机器人接入" (sign = base64(hmac-sha256(secret, timestamp + LF + secret))) and
developer.work.weixin.qq.com "消息推送配置说明" (mentioned_mobile_list, content at most 2,048 bytes).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote

from config.delivery_settings import DingTalkSettings, WeComSettings
from domain.clock import Clock
from response.delivery.answered import said
from response.delivery.channels import Delivered, Message, NotNow, Outcome, Refused
from response.delivery.outgoing import HttpAnswer, Outgoing

JSON = {"Content-Type": "application/json; charset=utf-8"}
#: Busy, and too many messages a minute: both pass. Everything else is for a person to put right.
DINGTALK_LATER = frozenset({-1, 130101, 130102, 410100})
WECOM_LATER = frozenset({-1, 45009, 45033})
LIMIT_PAUSE_S = 60.0
DINGTALK_BYTES, WECOM_BYTES = 18_000, 2_048


class DingTalkRobot:
    """clock : the machine's; a signature is good for an hour around the real time"""

    name = "dingtalk"
    reaches_people = True

    def __init__(self, settings: DingTalkSettings, outgoing: Outgoing, clock: Clock) -> None:
        self._settings = settings
        self._outgoing = outgoing
        self._clock = clock

    def send(self, message: Message) -> Outcome:
        phone = message.address
        # Without @number in the text nobody is rung (grafana #110106).
        text = shortened(message, DINGTALK_BYTES - 20) + (f"\n@{phone}" if phone else "")
        body = {"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": [phone] if phone else []}}
        stamp = self._clock.now_ms()
        url = f"{self._settings.url}&timestamp={stamp}&sign={dingtalk_sign(self._settings.secret, stamp)}"
        return _judged(self._outgoing.post(url, _encoded(body), JSON), "钉钉 DingTalk", DINGTALK_LATER)


class WeComRobot:
    name = "wecom"
    reaches_people = True

    def __init__(self, settings: WeComSettings, outgoing: Outgoing) -> None:
        self._settings = settings
        self._outgoing = outgoing

    def send(self, message: Message) -> Outcome:
        text: dict[str, Any] = {"content": shortened(message, WECOM_BYTES)}
        if message.address:
            text["mentioned_mobile_list"] = [message.address]
        body = {"msgtype": "text", "text": text}
        return _judged(self._outgoing.post(self._settings.url, _encoded(body), JSON), "企业微信 WeCom", WECOM_LATER)


def dingtalk_sign(secret: str, timestamp_ms: int) -> str:
    """Ready for the query string."""
    digest = hmac.new(secret.encode(), f"{timestamp_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return quote(base64.b64encode(digest), safe="")


def shortened(message: Message, most_bytes: int) -> str:
    """The message's text within a limit of bytes; the link is kept whole, the words before it are cut."""
    if len(message.text.encode()) <= most_bytes:
        return message.text
    tail = f"…\n{message.link}" if message.link else "…"
    room = most_bytes - len(tail.encode())
    return message.text.encode()[: max(room, 0)].decode("utf-8", "ignore") + tail


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _judged(answer: HttpAnswer | NotNow | Refused, who: str, later: frozenset[int]) -> Outcome:
    if not isinstance(answer, HttpAnswer):
        return answer
    body = said(answer.body)
    code = body.get("errcode") if isinstance(body, dict) else None
    if code == 0 and not isinstance(code, bool):
        return Delivered(f"errcode 0 {body.get('errmsg', '')}".strip())
    if not isinstance(code, int):
        return NotNow(f"{who} answered HTTP {answer.status} without an errcode: is there something in between?")
    problem = f"{who} errcode {code}: {str(body.get('errmsg', ''))[:300]}"
    return NotNow(problem, after_s=LIMIT_PAUSE_S if code > 0 else 0.0) if code in later else Refused(problem)
