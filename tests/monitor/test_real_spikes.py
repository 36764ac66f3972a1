"""The two real hours that hold the energy of a gap before them: told, flagged, and nobody's maximum."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import Span, from_ms, to_ms
from domain.people import SYSTEM
from domain.quality import Quality
from domain.readings import POWER
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from domain.scopes import MONITORED, enterprise_scope
from ingest.intake import Intake
from ingest.journal import JournalRecord
from monitor.desk import LoadDesk
from tests.ingest.plant import topic
from tests.monitor.district import District
from tests.monitor.test_desk import desk_of
from tests.realdata import district_ms, fleet

pytestmark = pytest.mark.realdata
BEFORE, AFTER = timedelta(days=21), timedelta(hours=14)
HOUR = timedelta(hours=1)


def lived(site: str, at: datetime) -> tuple[District, LoadDesk, Span]:
    """Every hour of the site through intake and engine as it came, from three weeks before the spike on."""
    (part,) = [part for part in fleet().parts if site in part.ids]
    span = Span(from_ms(district_ms(at - BEFORE)), from_ms(district_ms(at + AFTER)))
    registry = Registry(
        1,
        (Enterprise(EnterpriseId(site), ALWAYS, site),),
        (Account(AccountId("A1"), ALWAYS, EnterpriseId(site)),),
        (Meter(MeterId("M001"), ALWAYS, AccountId("A1"), interval_s=part.step_s),),
    )
    district = District(registry, now=span.start)
    intake = Intake(lambda: registry, Settings(), district.clock)
    values = dict(zip(part.ts_ms.tolist(), part.values[part.ids.index(site)].tolist(), strict=True))
    for start_ms in range(span.start_ms, span.end_ms, part.step_s * 1000):
        district.clock.set(from_ms(start_ms + part.step_s * 1000) + timedelta(seconds=5))
        if values[start_ms] == values[start_ms]:
            payload = json.dumps({"ts": start_ms, "p_kw": values[start_ms]}).encode()
            record = JournalRecord(district.clock.now_ms(), topic("M001", site), payload)
            district.feed(intake.process([record]).batch)
        district.clock.advance(60)
        district.engine.tick()
    return district, desk_of(district), span


@pytest.mark.parametrize("number", [0, 1])
def test_a_real_catch_up_sets_no_maximum(number: int) -> None:
    site, at = fleet().catch_ups[number]
    district, desk, span = lived(site, at)
    spike = Span(from_ms(district_ms(at)), from_ms(district_ms(at + HOUR)))
    raw = district.store.read(["M001"], span)
    (row,) = np.flatnonzero(raw.ts_ms == spike.start_ms)
    assert raw.values[row, POWER] == np.nanmax(raw.values[:, POWER]), "it would be the maximum"
    assert raw.quality[row] in (Quality.SPIKE, Quality.CATCH_UP)
    rest = np.delete(raw.values[:, POWER], row)
    for scope in (MONITORED, enterprise_scope(site)):
        peak = desk.peaks(SYSTEM, scope, span)
        assert not spike.start_ms <= to_ms(peak.at) < spike.end_ms
        assert peak.demand_kw <= np.nanmax(rest) + 1e-9
        blocks = district.store.read_demand((scope,), spike)
        assert len(blocks) == 4
        assert np.isnan(blocks.demand_kw).all()
        assert set(blocks.quality) == {"suspect"}
        days = desk.indices(SYSTEM, scope, at.date() - timedelta(days=1), at.date())
        assert all(day.maximum_kw.value is None or day.maximum_kw.value <= np.nanmax(rest) + 1e-9 for day in days)
