"""A drill with the twin's enterprises: from one button to the settlement, and the same kW wherever it is looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import cast

import docx
import msgspec
import numpy as np
import openpyxl
import pytest

from api.schemas.dr import SettlementList
from app.clock import SystemClock
from app.demo.scene import contracts
from app.metrics import PrometheusMetrics
from config.calendar import Calendar
from config.settings import Settings
from dashboards.console import event_view
from dashboards.console.visit import Visit
from domain.dr_states import EventState
from domain.instants import BLOCK_MS, MINUTE_MS, from_ms
from domain.registry import MeterRole
from ingest.topics import notice_topic, replying
from ingest.twin.responders import Manner, Responders
from ingest.twin.story import Story, tell
from response.delivery.mqtt_channel import payload_of
from response.delivery.mqtt_replies import MqttReplies
from response.dr.evidence_check import check
from storage.ledger import SqlLedger
from storage.readings.duckdb import DuckDbStore
from tests.console.test_analysis_pages import Told
from tests.response.dr.district import OTTO, Scene, open_scene, put_blocks
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
        """What the meters saw in a block that has ended, as readings and as the engine's rows."""
        kw = self.story.district.minutes_kw(block_ms, block_ms + BLOCK_MS)
        own = {str(m.enterprise): kw[n] for n, m in enumerate(self.story.district.meters) if _counts(m)}
        put_blocks(
            self.scene.store,
            {enterprise: np.array([values.mean()]) for enterprise, values in own.items()},
            np.array([block_ms], dtype=np.int64),
        )


def _counts(twin: object) -> bool:
    meter = twin.meter  # type: ignore[attr-defined]
    return meter.role is MeterRole.MAIN and meter.landlord is None


def _encoded(payload: dict[str, object]) -> bytes:
    return msgspec.json.encode(payload)


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    path: Path = tmp_path_factory.mktemp("drill")
    story = tell(day=date(2026, 7, 28), seed=3, n=24, calendar=Calendar(), speed=60.0)
    clock = HandClock(story.start.astimezone(UTC))
    ledger = SqlLedger(f"sqlite:///{path}/ledger.sqlite", clock=clock, machine_clock=SystemClock())
    registry = story.registry
    ledger.registry.put_versions(
        "demo", enterprises=registry.enterprises, accounts=registry.accounts, meters=registry.meters, source="twin"
    )
    ledger.dr.put_contracts("demo", "twin", list(contracts(registry, story.day)))
    store = DuckDbStore(path / "store.duckdb")
    for rows in story.demand(meters=False):
        store.write_demand(rows)
    scene = open_scene(Settings(), clock, ledger, store)
    answering = Responders(story.stream(DISTRICT), story.district, DISTRICT)
    replies = MqttReplies(scene.notices, ledger.audit, PrometheusMetrics())
    yield Play(scene, story, answering, replies, set())
    store.close()
    ledger.close()


def test_one_button_runs_a_drill_to_its_settlement_with_one_figure_everywhere(play: Play) -> None:
    dr = play.scene.dr
    begun = dr.drill.begin(OTTO, "zj_intraday", 400.0)
    at_ms = play.scene.clock.now_ms()
    while dr.book.get(OTTO, begun.id).state not in (EventState.SETTLED, EventState.CANCELLED):
        at_ms += 5 * MINUTE_MS if at_ms >= begun.reply_by_ms else MINUTE_MS
        assert at_ms < begun.end_ms + 3 * 3_600_000
        play.minute(at_ms)
    event = dr.book.get(OTTO, begun.id)
    assert event.state is EventState.SETTLED, [step.note for step in play.scene.ledger.dr.steps(event.id)]
    manners = {each.enterprise: play.answering.manner(each.enterprise) for each in event.participants}
    for each in event.participants:
        assert (each.answer is None) == (manners[each.enterprise] is Manner.SILENT)
    settlement = dr.settlements.latest(OTTO, event.id)
    by = {row.enterprise: row for row in settlement.rows}
    assert by, "somebody took part"
    _same_everywhere(play, event.id)


def _same_everywhere(play: Play, event_id: str) -> None:
    dr, zone = play.scene.dr, play.scene.settings.district.zone
    settlement = dr.settlements.latest(OTTO, event_id)
    event = dr.book.get(OTTO, event_id)
    api = SettlementList.of(event_id, dr.settlements.all(OTTO, event_id), zone).items[-1]
    page = event_view.body(cast(Visit, Told("zh")), event, None, settlement)
    paper = dr.archive.paper(OTTO, event_id, "settlement")
    book = openpyxl.load_workbook(io.BytesIO(dr.archive.rendered(paper, "xlsx")))
    cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    word = docx.Document(io.BytesIO(dr.archive.rendered(paper, "docx")))
    text = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
    assert "演练" in "".join(p.text for section in word.sections for p in section.header.paragraphs)
    for row, out in zip(settlement.rows, api.items, strict=True):
        assert row.response_kw is not None
        assert out.response_kw == row.response_kw
        assert f"{row.response_kw:,.1f}" in page
        assert f"{row.response_kw:,.1f}" in text
        assert any(isinstance(v, float | int) and abs(v - row.response_kw) < 1e-6 for v in cells)
    report = check(dr.archive.evidence(OTTO, event_id))
    assert report.sound, report


@pytest.mark.parametrize("manner", Manner)
def test_the_twin_has_enterprises_of_every_manner(manner: Manner) -> None:
    story = tell(day=date(2026, 7, 28), seed=3, n=60, calendar=Calendar(), speed=60.0)
    answering = Responders(story.stream(DISTRICT), story.district, DISTRICT)
    assert manner in {answering.manner(str(each.id)) for each in story.district.enterprises}


def test_a_shed_is_seen_by_the_enterprise_and_the_boundary_and_only_then() -> None:
    story = tell(day=date(2026, 7, 28), seed=3, n=12, calendar=Calendar(), speed=60.0)
    district = story.district
    start = int(story.start.timestamp() * 1000)
    enterprise = str(district.meters[0].enterprise)
    before = district.minutes_kw(start, start + 30 * MINUTE_MS).copy()
    district.shed(enterprise, start + 10 * MINUTE_MS, start + 20 * MINUTE_MS, 5.0)
    change = before - district.minutes_kw(start, start + 30 * MINUTE_MS)
    assert np.allclose(change[:, :10], 0)
    assert np.allclose(change[:, 20:], 0)
    assert np.allclose(change[:, 10:20].sum(axis=0), 10.0), "its own meter and the boundary's"
