"""A hundred measured sites through engine and desk, against figures worked out without our code."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pytest

from config.settings import MonitorSettings
from domain.arrays import FloatArray, IntArray
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import to_ms
from domain.people import SYSTEM
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from domain.scopes import MONITORED
from domain.series import Matrix
from tests import independent_figures as independent
from tests.monitor.district import District
from tests.monitor.test_desk import desk_of
from tests.realdata import fleet, published, span_of

pytestmark = pytest.mark.realdata
QUOTA_KW = 24_000.0
DAY = datetime(2016, 7, 28)


def registry_of_fleet() -> Registry:
    sites = [(name, part.step_s) for part in fleet().parts for name in part.ids]
    return Registry(
        1,
        tuple(Enterprise(EnterpriseId(name), ALWAYS, name) for name, _ in sites),
        tuple(Account(AccountId(f"A{name}"), ALWAYS, EnterpriseId(name)) for name, _ in sites),
        tuple(Meter(MeterId(name), ALWAYS, AccountId(f"A{name}"), interval_s=step_s) for name, step_s in sites),
    )


def batch_of(part: Matrix) -> ReadingBatch:
    site, step = np.nonzero(~np.isnan(part.values))
    values = np.full((len(site), len(QUANTITIES)), np.nan)
    values[:, POWER] = part.values[site, step]
    names = np.array(part.ids, dtype=object)[site]
    none = np.zeros(len(site), dtype=np.int64)
    return ReadingBatch(names, part.ts_ms[step], values, none.astype(np.int8), none)


@lru_cache(maxsize=1)
def totals() -> tuple[IntArray, FloatArray]:
    """Quarter-hours of the day from the files alone: instants, and the sum where all sites have a value."""
    if published():
        _, table = independent.quarters_of_fleet100()
        begin = int((DAY - independent.FIRST).total_seconds() // 900)
        table = table[:, begin : begin + 96]
    else:
        parts = fleet().within(DAY, DAY + timedelta(days=1))
        table = np.concatenate([np.repeat(part.values, part.step_s // 900, axis=1) for part in parts])
    start_ms = span_of(DAY, DAY + timedelta(days=1)).start_ms
    return start_ms + np.arange(96, dtype=np.int64) * 900_000, table.sum(axis=0)


def live_through(
    first: datetime, last: datetime, *, silent: frozenset[str] = frozenset(), history_days: int = 0
) -> District:
    """Every reading arrives five seconds after its interval ended; the engine ticks at each quarter of an hour."""
    span = span_of(first, last)
    district = District(registry_of_fleet(), now=span.start, settings=MonitorSettings())
    for part in fleet().within(DAY - timedelta(days=history_days), DAY) if history_days else ():
        wanted = [i for i, name in enumerate(part.ids) if name in silent]
        ids = tuple(part.ids[i] for i in wanted)
        district.store.write(batch_of(Matrix(ids, part.ts_ms, part.step_s, part.values[wanted])))
    parts = [(part.step_s, batch_of(part)) for part in fleet().within(first, last)]
    for end_ms in range(span.start_ms + 900_000, span.end_ms + 900_000, 900_000):
        district.clock.set(span.start + timedelta(milliseconds=end_ms - span.start_ms, seconds=5))
        for step_s, batch in parts:
            due = batch.take(batch.ts_ms + step_s * 1000 == end_ms)
            heard = np.array([name not in silent for name in due.meter], dtype=np.bool_)
            district.feed(due.take(heard))
        district.clock.advance(30)
        district.engine.tick()
    return district


def test_a_day_lived_through_gives_the_peak_of_the_files() -> None:
    ts_ms, total = totals()
    district = live_through(DAY, DAY + timedelta(days=1))
    span = span_of(DAY, DAY + timedelta(days=1))
    rows = district.store.read_demand((MONITORED,), span)
    assert rows.ts_ms.tolist() == ts_ms.tolist()
    complete = ~np.isnan(total)
    assert complete.mean() > 0.9
    np.testing.assert_allclose(rows.demand_kw[complete], total[complete], rtol=1e-9)
    assert set(rows.quality[complete]) == {"ok"}
    assert "ok" not in set(rows.quality[~complete])
    peak = desk_of(district).peaks(SYSTEM, MONITORED, span)
    assert to_ms(peak.at) == ts_ms[np.nanargmax(total)]
    assert peak.demand_kw == pytest.approx(np.nanmax(total))
    assert sum(share.share or 0.0 for share in peak.shares) == pytest.approx(1.0)
    if published():
        assert peak.at == span_of(datetime(2016, 7, 28, 14, 45), DAY + timedelta(days=1)).start
        assert round(peak.demand_kw) == 26_255


def test_the_same_day_derived_from_the_store_alone() -> None:
    _, total = totals()
    district = District(registry_of_fleet(), now=span_of(DAY, DAY + timedelta(days=2)).end)
    for part in fleet().within(DAY - timedelta(hours=1), DAY + timedelta(days=1)):
        district.store.write(batch_of(part))
    span = span_of(DAY, DAY + timedelta(days=1))
    curve = desk_of(district, live=False).curve(SYSTEM, MONITORED, span)
    complete = ~np.isnan(total)
    np.testing.assert_allclose(curve.demand_kw[complete], total[complete], rtol=1e-9)
    over = np.flatnonzero((curve.quality == "ok") & (curve.demand_kw >= QUOTA_KW))
    wanted = np.flatnonzero(complete & (total >= QUOTA_KW))
    assert over.tolist() == wanted.tolist()


def test_silencing_twenty_sites_never_looks_like_relief() -> None:
    """A fifth never reports on the hottest day: what was measured is said to be a part, and the estimate, from the
    ten workdays before, has the truth within its band."""
    names = sorted(name for part in fleet().parts for name in part.ids)
    silent = frozenset(names[::5])
    begin, end = DAY + timedelta(hours=12), DAY + timedelta(hours=15)
    district = live_through(begin, end, silent=silent, history_days=14)
    load = district.engine.load(MONITORED)
    assert load is not None
    assert load.coverage == pytest.approx(0.8)
    assert load.sliding_kw is None
    truth_kw = totals()[1][59]
    assert load.measured_kw < truth_kw
    assert load.estimate_low_kw is not None
    assert load.estimate_high_kw is not None
    # It is the hottest quarter of the year: the truth stands at the upper edge of an 80 % band of usual days.
    assert load.estimate_low_kw < truth_kw < 1.01 * load.estimate_high_kw
    assert load.estimate_high_kw < 1.1 * truth_kw
    rows = district.store.read_demand((MONITORED,), span_of(begin, end))
    assert "ok" not in set(rows.quality)
