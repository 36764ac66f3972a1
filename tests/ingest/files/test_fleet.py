"""Our reading of the hundred real sites against figures worked out without our code."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from analytics.energy import hold
from config.settings import ValidationSettings
from domain.arrays import FloatArray
from domain.instants import from_ms
from domain.quality import Quality
from domain.registry import Registry
from domain.series import Matrix
from ingest.behaviour import MeterMemory
from ingest.file_history import History
from ingest.file_layouts import Layout
from ingest.importer import batches
from ingest.sites import Site, find_sites, register_sites
from storage.readings.memory import MemoryStore
from tests import independent_figures as independent
from tests.realdata import DISTRICT_ZONE, WEEKS, fleet, published, span_of

pytestmark = pytest.mark.realdata
QUOTA_KW = 24_000.0
EVERY = Layout("wide", "ts", 900, "start", "kw", None, None, ())


def held_total() -> tuple[list[str], FloatArray]:
    """Sites and quarter-hours of the fleet as our reader has them, hourly means held."""
    ids: list[str] = []
    rows = []
    for part in fleet().parts:
        ids += part.ids
        rows.append(hold(part.values, step_s=part.step_s, fine_s=900))
    return ids, np.concatenate(rows)


def test_every_site_and_quarter_is_read_as_it_stands_in_the_files() -> None:
    ids, ours = held_total()
    assert len(ids) == 100
    assert (~np.isnan(ours)).mean(axis=1).min() >= 0.97
    if not published():
        assert np.nanmax(ours) < 10_000
        return
    names, theirs = independent.quarters_of_fleet100()
    assert np.array_equal(ours[[ids.index(name) for name in names]], theirs, equal_nan=True)


def test_the_coincident_peak_and_the_quota_crossings_are_the_published_ones() -> None:
    _, ours = held_total()
    total = np.nansum(ours, axis=0)
    if not published():
        at, kw = independent.peak(total)
        assert kw == total.max()
        assert at.minute % 15 == 0
        return
    (at, kw), (hour, hour_kw) = independent.peak(total), independent.hourly_peak(total)
    assert (at, round(kw)) == (datetime(2016, 7, 28, 14, 45), 26_255)
    assert (hour, round(hour_kw)) == (datetime(2016, 7, 28, 14), 26_218)
    first_and_last = [(c.first, c.last) for c in independent.crossings(total, QUOTA_KW)]
    assert first_and_last == [
        (datetime(2016, 7, 5, 9, 0), datetime(2016, 7, 8, 18, 45)),
        (datetime(2016, 7, 5, 10, 0), datetime(2016, 7, 8, 17, 45)),
        (datetime(2016, 7, 5, 11, 0), datetime(2016, 7, 8, 16, 45)),
        (datetime(2016, 7, 25, 8, 15), datetime(2016, 7, 29, 17, 45)),
        (datetime(2016, 7, 25, 9, 0), datetime(2016, 7, 29, 16, 15)),
        (datetime(2016, 7, 25, 10, 0), datetime(2016, 7, 28, 17, 45)),
        (datetime(2016, 8, 15, 9, 0), datetime(2016, 8, 19, 17, 45)),
        (datetime(2016, 8, 15, 11, 0), datetime(2016, 8, 19, 16, 45)),
        (datetime(2016, 8, 15, 14, 0), datetime(2016, 8, 18, 13, 30)),
    ]


def _some(part: Matrix, wanted: set[str]) -> Matrix:
    """Every sixth site and those wanted."""
    rows = [i for i, name in enumerate(part.ids) if i % 6 == 0 or name in wanted]
    return Matrix(tuple(part.ids[i] for i in rows), part.ts_ms, part.step_s, part.values[rows])


def test_imported_sites_keep_their_values_and_their_catch_ups_are_flagged() -> None:
    """The weeks before each catch-up are imported too: the rules know a meter by its past."""
    suspects = {site for site, _ in fleet().catch_ups}
    whole = [_some(part, suspects) for part in fleet().within(datetime(2016, 6, 27), WEEKS[-1][1])]
    history = History(tuple(whole), EVERY, (), 0, 0)
    change = register_sites(history.parts)
    registry = Registry(1, tuple(change.enterprises), tuple(change.accounts), tuple(change.meters))
    sites, unknown = find_sites(registry.view(datetime(2016, 7, 1).date()), history.sites)
    assert not unknown
    store = MemoryStore()
    memory = MeterMemory(spike_factor=ValidationSettings().spike_factor, frozen_hours=ValidationSettings().frozen_hours)
    for batch in batches(history, sites, memory, 0):
        assert not store.write(batch).rejected
    for site, at in fleet().catch_ups:
        hour = store.read([site], span_of(at, at + timedelta(hours=1)))
        assert len(hour) == 1
        assert Quality(int(hour.quality[0])) in (Quality.CATCH_UP, Quality.SPIKE)
    peak_hour = datetime(2016, 7, 28, 14)
    around = store.read(list(history.sites), span_of(peak_hour, peak_hour + timedelta(hours=2)))
    assert np.mean(around.quality == Quality.OK) >= 0.98, "the true peak is no fault"
    for part in whole:
        kept = store.matrix(
            [sites[name].meter for name in part.ids], span_of(*WEEKS[1]), step_s=part.step_s, quantity="power_kw"
        )
        inside = (part.ts_ms >= span_of(*WEEKS[1]).start_ms) & (part.ts_ms < span_of(*WEEKS[1]).end_ms)
        assert np.array_equal(kept.values.values, part.values[:, inside], equal_nan=True)


def test_the_sites_speak_for_enterprises_of_their_own() -> None:
    change = register_sites(fleet().parts)
    registry = Registry(1, tuple(change.enterprises), tuple(change.accounts), tuple(change.meters))
    sites, _ = find_sites(registry.view(datetime(2016, 7, 1).date()), ["E001"])
    assert sites["E001"] == Site(change.meters[0].id.__class__("E001"), change.enterprises[0].id.__class__("E001"))
    first = from_ms(int(fleet().parts[0].ts_ms[0])).astimezone(DISTRICT_ZONE)
    assert first.replace(tzinfo=None) == datetime(2016, 6, 6)
