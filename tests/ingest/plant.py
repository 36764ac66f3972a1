"""The small district the ingest tests use, messages of it, and the pieces of ingest around a directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from app.metrics import PrometheusMetrics
from config.settings import MqttSettings, Settings
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.instants import to_ms
from domain.registry import ALWAYS, Account, Enterprise, Meter, MeterRole, Registry
from ingest.intake import Intake
from ingest.journal import Journal
from ingest.mqtt import MqttIngest
from tests.support.clock import HandClock

DISTRICT = "gaoxin"
NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
NOON_MS = to_ms(NOON)
SETTINGS = Settings()


def plant_registry(meters: int = 4, **meter: object) -> Registry:
    """Meters M000... of enterprise E001 on gateway G1 (2000 kVA), one boundary meter B001; ``meter`` changes M000."""
    account = Account(AccountId("001"), ALWAYS, EnterpriseId("E001"), running_capacity_kva=2000.0)
    first = {"gateway": GatewayId("G1"), **meter}
    made = [
        Meter(MeterId(f"M{i:03}"), ALWAYS, account.id, **(first if i == 0 else {"gateway": GatewayId("G1")}))
        for i in range(meters)
    ]
    boundary = Meter(MeterId("B001"), ALWAYS, None, role=MeterRole.BOUNDARY)
    enterprises = (Enterprise(EnterpriseId("E001"), ALWAYS, "甲厂"), Enterprise(EnterpriseId("E002"), ALWAYS, "乙厂"))
    return Registry(1, enterprises, (account,), (*made, boundary))


def topic(meter: str = "M000", enterprise: str = "E001") -> str:
    return f"yingfeng/v1/{DISTRICT}/enterprise/{enterprise}/{meter}/reading"


def payload(minute: int = 0, **values: object) -> bytes:
    """A reading ``minute`` minutes after noon; 100 kW unless said otherwise."""
    return msgspec.json.encode({"ts": NOON_MS + 60_000 * minute, "p_kw": 100.0, **values})


def make_intake(registry: Registry | None = None, settings: Settings = SETTINGS) -> Intake:
    known = registry or plant_registry()
    return Intake(lambda: known, settings, HandClock(NOON))


def mqtt_settings(url: str, **changes: object) -> MqttSettings:
    return MqttSettings.model_validate({"url": url, "reconnect_max_s": 0.2, **changes})


def make_mqtt(
    url: str, journal: Journal, *, metrics: PrometheusMetrics | None = None, idle_ms: float = 5.0, **changes: object
) -> MqttIngest:
    settings, counted = mqtt_settings(url, **changes), metrics or PrometheusMetrics()
    return MqttIngest(settings, DISTRICT, journal, counted, HandClock(NOON), idle_ms=idle_ms)


def journalled(path: Path) -> list[bytes]:
    """Every payload in the journal at ``path``, which must be closed."""
    with Journal(path) as journal:
        found = journal.reader("test").read(1_000_000, 0.0)
    return [record.payload for _, record in found]


def eventually(condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
    """Wait for something that another thread or process brings about; it is never judged by how long it took."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen: {what}")
        time.sleep(0.01)


class Sender:
    """A meter's client: QoS 1, told when the broker has taken everything."""

    def __init__(self, port: int, *, client_id: str = "sender") -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self._client.max_inflight_messages_set(1_000)
        self._port = port

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, where: str, *payloads: bytes) -> None:
        sent = [self._client.publish(where, each, qos=1) for each in payloads]
        for info in sent:
            info.wait_for_publish(20)
            assert info.is_published()
