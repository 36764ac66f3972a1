"""A district of the twin on a clock driven by hand: notices out, answers in, meters' blocks into the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

import msgspec

from app.clock import SystemClock
from app.demo.scene import contracts
from app.metrics import PrometheusMetrics
from config.calendar import Calendar
from config.settings import Settings
from domain.instants import BLOCK_MS, Span, from_ms
from ingest.topics import notice_topic, replying
from ingest.twin import history
from ingest.twin.responders import Responders
from ingest.twin.story import Story, tell
from response.delivery.mqtt_channel import payload_of
from response.delivery.mqtt_replies import MqttReplies
from storage.ledger import SqlLedger
from storage.readings.duckdb import DuckDbStore
from tests.response.dr.district import OTTO, Scene, open_scene
from tests.support.clock import HandClock

DISTRICT = "gaoxin"


@dataclass
class Play:
    scene: Scene
    story: Story
    answering: Responders
    replies: MqttReplies
    told: set[str]

    def minute(self, at_ms: int) -> None:
        """One minute of the district: the clock's turns, the notices out, the answers in, the meters' blocks."""
        self.scene.tick(from_ms(at_ms))
        for kept in self.scene.notices.list(OTTO, limit=500).items:
            notice = kept.notice
            if notice.id not in self.told and notice.recipient.enterprise_id is not None:
                self.told.add(notice.id)
                topic = notice_topic(DISTRICT, notice.recipient.enterprise_id)
                self.answering.hear(topic, _encoded(payload_of(notice, "", at_ms)))
        for message in self.answering.minute(at_ms):
            enterprise = replying(message.topic, DISTRICT)
            if enterprise is not None:
                self.replies.receive(enterprise, message.payload)
        if at_ms % BLOCK_MS == 0:
            self._measured(at_ms - BLOCK_MS)

    def _measured(self, block_ms: int) -> None:
        """What the meters saw in a block that has ended, as the engine's rows."""
        span = Span(from_ms(block_ms), from_ms(block_ms + BLOCK_MS))
        for rows in history.demand(self.story.district, self.story.registry, span, meters=False):
            self.scene.store.write_demand(rows)


def _encoded(payload: dict[str, object]) -> bytes:
    return msgspec.json.encode(payload)


@contextmanager
def twin_day(path: Path) -> Iterator[Play]:
    """From 13:00 of a hot July day, with two weeks behind it and the quotas of the story."""
    story = tell(day=date(2026, 7, 28), seed=3, n=24, calendar=Calendar(), speed=60.0)
    clock = HandClock(story.start.astimezone(UTC))
    ledger = SqlLedger(f"sqlite:///{path}/ledger.sqlite", clock=clock, machine_clock=SystemClock())
    registry = story.registry
    ledger.registry.put_versions(
        "demo", enterprises=registry.enterprises, accounts=registry.accounts, meters=registry.meters, source="twin"
    )
    ledger.dr.put_contracts("demo", "twin", list(contracts(registry, story.day)))
    store = DuckDbStore(path / "store.duckdb")
    for quota in story.quotas:
        ledger.references.put_quota(quota)
    for reference in story.references:
        ledger.references.put_reference(reference)
    for past in story.demand(meters=False):
        store.write_demand(past)
    scene = open_scene(Settings(), clock, ledger, store)
    answering = Responders(story.stream(DISTRICT), story.district, DISTRICT)
    replies = MqttReplies(scene.notices, ledger.audit, PrometheusMetrics())
    yield Play(scene, story, answering, replies, set())
    store.close()
    ledger.close()
