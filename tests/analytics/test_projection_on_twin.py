"""The projection on the district twin: learnt from a fortnight, judged on the week after it."""

from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from analytics.projection import fit, project
from analytics.sums import signed_sum
from domain.arrays import FloatArray
from domain.instants import days_span
from domain.scopes import DISTRICT, MONITORED, Scope
from ingest.twin.district import District

FORTNIGHT = (date(2026, 6, 29), date(2026, 7, 12))
WEEK = (date(2026, 7, 13), date(2026, 7, 19))


@lru_cache(maxsize=1)
def _twin() -> District:
    return District.generate(seed=11)


@lru_cache(maxsize=8)
def _minutes(scope: Scope, days: tuple[date, date]) -> FloatArray:
    twin = _twin()
    members = twin.registry().view(days[0]).members(scope)
    matrix = twin.power_kw([str(meter) for meter, _ in members], days_span(*days, twin.zone), 60)
    return signed_sum(matrix.values, np.array([sign for _, sign in members])).value


@pytest.mark.parametrize("scope", [DISTRICT, MONITORED], ids=str)
def test_in_a_week_it_never_saw(scope: Scope) -> None:
    model = fit(_minutes(scope, FORTNIGHT))
    windows = np.lib.stride_tricks.sliding_window_view(_minutes(scope, WEEK), 45)[::15]
    past, block = windows[:, :30], windows[:, 30:]
    demand = block.mean(axis=1)
    for minute in (5, 10):
        found = project(model, block[:, :minute], past_kw=past)
        assert 0.75 <= ((found.low_kw <= demand) & (demand <= found.high_kw)).mean() <= 0.85
        held = (block[:, :minute].sum(axis=1) + (15 - minute) * block[:, minute - 1]) / 15
        error = np.abs(found.demand_kw - demand).mean()
        assert error < 0.8 * np.abs(held - demand).mean()
        assert error < 0.8 * np.abs(block[:, minute - 1] - demand).mean()
        holed = block[:, :minute].copy()
        holed[:, minute // 2] = np.nan
        wider = project(model, holed, past_kw=past)
        assert (wider.high_kw - wider.low_kw > found.high_kw - found.low_kw).all()
    ended = project(model, block, past_kw=past)
    for array in (ended.demand_kw, ended.low_kw, ended.high_kw):
        np.testing.assert_allclose(array, demand, rtol=1e-12)
