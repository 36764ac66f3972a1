"""An event over midnight, 22:00 to 02:00, from its draft to the evidence pack and both days' 复盘."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest

from domain.dr_states import EventState
from domain.errors import Invalid
from domain.instants import to_ms
from domain.notices import Answer
from domain.people import Principal, Role
from monitor.frozen_inputs import decoded, unpacked
from response.dr.desk import Change
from response.dr.evidence_check import check
from tests.response.dr.district import BEFORE, LEVELS, OTTO, ZONE, Scene, new_event, shape

BEGIN = datetime(2026, 7, 28, 22, tzinfo=ZONE)
END = datetime(2026, 7, 29, 2, tzinfo=ZONE)
MORE_KW = {"E001": 260.0, "E002": 150.0}


def night(level: float, day: date) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """22:00 to 02:00 of the night that begins on ``day``."""
    return np.append(shape(level, day)[88:], shape(level, day + timedelta(days=1))[:8])


def ended(stage: Scene) -> str:
    desk = stage.dr.desk
    hours = {"start_ms": to_ms(BEGIN), "end_ms": to_ms(END), "programme": "zj_fill", "target_kw": 500.0}
    event = desk.create(OTTO, new_event(**hours))
    event = desk.choose(OTTO, event.id, event.version, ["E001", "E002"])
    event = desk.invite(OTTO, event.id, event.version, officer="王科")
    for enterprise, kw in (("E001", 250.0), ("E002", 250.0)):
        stage.answer(event.id, enterprise, Answer.CAN, kw)
    stage.tick(BEFORE + timedelta(hours=1))
    event = stage.dr.book.get(OTTO, event.id)
    event = desk.clear(OTTO, event.id, event.version)
    event = desk.confirm(OTTO, event.id, event.version, officer="王科")
    for n in range(16):
        at = BEGIN + timedelta(minutes=15 * n)
        stage.load({e: stage.usual(e, at) + more for e, more in MORE_KW.items()}, at, at + timedelta(minutes=15))
        stage.tick(at + timedelta(minutes=14))
    pace = stage.dr.pace.pace(stage.dr.book.get(OTTO, event.id))
    assert pace.state is EventState.EXECUTING
    assert {each.enterprise: round(each.share or 0.0, 1) for each in pace.each} == {"E001": 1.1, "E002": 0.6}
    stage.tick(END)
    stage.tick(END + timedelta(seconds=1))
    return event.id


def test_a_night_is_settled_on_nights(stage: Scene) -> None:
    event_id = ended(stage)
    told = next(iter(stage.notices.list(OTTO, reference=f"dr:{event_id}", kind="dr.cleared").items)).notice
    assert "2026-07-28 22:00-07-29 02:00" in told.body
    stage.at(END + timedelta(days=1))
    event = stage.dr.book.get(OTTO, event_id)
    assert event.state is EventState.ENDED
    found = stage.dr.settlements.verify(OTTO, event.id, event.version)
    assert {row.enterprise: row.validity for row in found.rows} == {"E001": "valid", "E002": "ratio"}
    (frozen,) = [each for each in stage.ledger.dr.baselines(event_id) if each.enterprise == "E001"]
    # The baseline is the mean of whole nights before, each of the day it began on; that before the event was not over.
    assert date(2026, 7, 27) not in frozen.sample_days
    expected = np.mean([night(LEVELS["E001"], day) for day in frozen.sample_days], axis=0)
    assert frozen.base_kw == pytest.approx(expected.tolist())
    load = night(LEVELS["E001"], date(2026, 7, 28)) + MORE_KW["E001"]
    row = next(each for each in found.rows if each.enterprise == "E001")
    assert row.load_kw == pytest.approx(load.tolist())
    assert row.response_kw == pytest.approx(float((load - expected).mean()))
    _the_pack_names_the_night(stage, event_id)
    for day, moves in ((date(2026, 7, 28), "start"), (date(2026, 7, 29), "end")):
        review = stage.dr.review.review(OTTO, day)
        assert any(moves in moment.text for moment in review.moments if moment.source == event_id)
        assert np.count_nonzero(review.band_kw) == 8


def _the_pack_names_the_night(stage: Scene, event_id: str) -> None:
    pack = stage.dr.archive.evidence(Principal("ada", Role.ADMINISTRATOR), event_id)
    assert check(pack).sound
    with zipfile.ZipFile(BytesIO(pack)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    lines = files["readings.csv"].decode().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("E001,event,2026-07-28,97,"))
    lines[at] = lines[at].rpartition(",")[0] + ",1.0"
    files["readings.csv"] = ("\n".join(lines) + "\n").encode()
    altered = BytesIO()
    with zipfile.ZipFile(altered, "w") as again:
        for name, content in files.items():
            again.writestr(name, content)
    (named,) = check(altered.getvalue()).altered_readings
    assert named.startswith("E001 2026-07-29 00:15 (event)")


def test_what_is_frozen_of_a_day_is_told_as_before(stage: Scene) -> None:
    desk = stage.dr.desk
    event = desk.create(OTTO, new_event())
    event = desk.choose(OTTO, event.id, event.version, ["E001"])
    event = desk.invite(OTTO, event.id, event.version, officer="王科")
    (frozen,) = stage.ledger.dr.baselines(event.id)
    inputs = unpacked(frozen.inputs)
    # Packs of earlier versions hold no such key; their digests must come out the same.
    assert "rows_begin" not in json.loads(inputs.encoded())
    assert decoded(replace(inputs, rows_begin=48).encoded()).rows_begin == 48


@pytest.mark.parametrize(("begin", "end"), [((28, 11), (29, 1)), ((28, 22), (29, 13))])
def test_what_leaves_noon_to_noon_is_two_events(stage: Scene, begin: tuple[int, int], end: tuple[int, int]) -> None:
    first, last = (to_ms(datetime(2026, 7, *each, tzinfo=ZONE)) for each in (begin, end))
    with pytest.raises(Invalid, match="between noon and noon"):
        stage.dr.desk.create(OTTO, new_event(start_ms=first, end_ms=last))
    event = stage.dr.desk.create(OTTO, new_event())
    with pytest.raises(Invalid, match="between noon and noon"):
        stage.dr.desk.revise(OTTO, event.id, event.version, Change(first, last), "x", officer=None)


def test_who_sheds_over_midnight_is_asked_for_the_lower_of_both_days(stage: Scene) -> None:
    def possible(begin: datetime, end: datetime) -> dict[str, float]:
        event = stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(begin), end_ms=to_ms(end)))
        found = stage.dr.desk.candidates(OTTO, event.id)
        return {c.participant.enterprise: c.possible_kw or 0.0 for c in found.chosen + found.reserve + found.excluded}

    begin, midnight = BEGIN - timedelta(hours=3), datetime(2026, 7, 29, tzinfo=ZONE)
    evening, early = possible(begin, midnight), possible(midnight, END)
    assert any(0 < early[each] < evening[each] for each in evening)
    assert possible(begin, END) == {each: min(evening[each], early[each]) for each in evening}
