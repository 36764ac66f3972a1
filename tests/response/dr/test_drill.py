"""A drill with the twin's enterprises: from one button to the settlement, and the same kW wherever it is looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import cast

import docx
import numpy as np
import openpyxl
import pytest

from api.schemas.dr_settlement import SettlementList
from config.calendar import Calendar
from dashboards.console import event_view
from dashboards.console.visit import Visit
from domain.dr_states import EventState
from domain.errors import Invalid
from domain.instants import MINUTE_MS
from domain.people import Principal
from ingest.twin.responders import Manner, Responders
from ingest.twin.story import tell
from response.dr.drill import DrillRun
from response.dr.evidence_check import check
from tests.console.test_analysis_pages import Told
from tests.response.dr.district import OTTO
from tests.support.twin_day import DISTRICT, Play, twin_day


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with twin_day(tmp_path_factory.mktemp("drill")) as found:
        yield found


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
    page = event_view.body(cast(Visit, Told("zh")), event_view.Look(event, settlement=settlement))
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


def test_a_drill_without_a_target_takes_the_next_gap(play: Play) -> None:
    """Of the whole hours above the quota the first two at most, and the gap's kW rounded up to a hundred."""
    dr, clock = play.scene.dr, play.scene.clock
    found = dr.drill.gaps.next_gap(OTTO, after=clock.now() + timedelta(minutes=30))
    assert found is not None, "the story has a gap in the evening"
    window, kw = found
    begun = dr.drill.begin(OTTO, "zj_intraday")
    assert begun.drill
    assert window.span.start_ms <= begun.start_ms < begun.end_ms <= window.span.end_ms
    assert begun.end_ms - begun.start_ms <= 2 * 3_600_000
    assert kw <= begun.target_kw < kw + 100
    with pytest.raises(Invalid, match="no gap"):
        DrillRun(dr.desk, dr.settlements, play.scene.ledger.dr, NoGap(), clock).begin(OTTO, "zj_intraday")


class NoGap:
    def next_gap(self, principal: Principal, *, after: datetime) -> None:
        return None


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
    district.shed(enterprise, start + 10 * MINUTE_MS, start + 20 * MINUTE_MS, 5.0, "dr:1")
    change = before - district.minutes_kw(start, start + 30 * MINUTE_MS)
    assert np.allclose(change[:, :10], 0)
    assert np.allclose(change[:, 20:], 0)
    assert np.allclose(change[:, 10:20].sum(axis=0), 10.0), "its own meter and the boundary's"
