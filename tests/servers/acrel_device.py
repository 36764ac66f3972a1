"""A device of another maker on a real MQTT client: it logs in, waits for the answer, sets its clock, then sends data.

It speaks the overseas Acrel protocol as documented: nothing but a login until the login is answered, the time asked for
after that, readings stamped in local time without a zone. It counts every answer it is given.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ZONE = ZoneInfo("Asia/Shanghai")
STAMP = "%Y%m%d%H%M%S"


class AcrelGateway:
    """``wrong_by`` : how far its clock is off until it is told the time. ``history`` : what it has kept."""

    def __init__(self, port: int, sn: str, *, product: str = "null", wrong_by: timedelta = timedelta(0)) -> None:
        self.sn, self.product, self.wrong_by = sn, product, wrong_by
        self.answers: Counter[str] = Counter()
        self.asked: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.answered = threading.Event()
        self.on_time = threading.Event()
        self._port = port
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"acrel-{sn}")
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect("127.0.0.1", self._port)
        self._client.subscribe(f"/server/acrelHW/{self.product}/+/{self.sn}", 1)
        self._client.loop_start()
        assert ready.wait(20), "the device could not subscribe"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def now(self) -> datetime:
        return datetime.now(ZONE) + self.wrong_by

    def stamp(self, at: datetime) -> str:
        return at.astimezone(ZONE).strftime(STAMP)

    def say(self, command: str, **fields: object) -> None:
        """Publish as the device does and wait until the broker has it."""
        body = {"type": command, "gwSN": self.sn, "time": self.now().strftime(STAMP), **fields}
        info = self._client.publish(f"/gw/acrelHW/{self.product}/{command}/{self.sn}", json.dumps(body), qos=1)
        info.wait_for_publish(20)
        assert info.is_published()

    def log_in(self) -> None:
        self.say("login", ver="1000", ccid=" ")

    def data(self, meter: str, at: datetime | None = None, command: str = "data", **values: float) -> None:
        """A reading of a meter behind it, only once the login was answered."""
        assert self.answered.wait(30), "the device waits for the answer to its login and sends nothing"
        more = {"time": at.astimezone(ZONE).strftime(STAMP)} if at is not None else {}
        self.say(command, meterSN=meter, meterName="adl400", meterStatus="normal", **more, **values)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        if "startTime" in body:
            self.asked.append(body)
            threading.Thread(target=self._send_history, args=(body,), daemon=True).start()
            return
        self.answers[body["type"]] += 1
        if body["type"] == "login" and body["res"] == 1:
            self.answered.set()
        if body["type"] == "time" and body["res"] == 1:
            told = datetime.strptime(body["time"], STAMP).replace(tzinfo=ZONE)
            self.wrong_by += told - self.now()
            self.on_time.set()

    def _send_history(self, request: dict[str, Any]) -> None:
        for kept in self.history:
            if kept["meterSN"] == request["meterSN"] and request["startTime"] <= kept["time"] < request["endTime"]:
                self.say("hstdata", **kept)
