"""Hourly meters beside quarter-hourly ones: a mixture of two hours is no load, and raises nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bench.alerts_sixteen_weeks import Site, replay
from domain.alerts import Severity
from domain.arrays import FloatArray
from domain.scopes import MONITORED
from monitor.engine import Engine
from tests.realdata import fleet, published, span_of

pytestmark = pytest.mark.realdata
#: The falling afternoon on which the present quarter of some stood beside the last hour of the others.
FIRST, LAST = datetime(2016, 6, 28, 13), datetime(2016, 6, 28, 18)
#: What the highest quarter of that afternoon makes of the quota: 99.6 % of 24 MW on the hundred sites.
HIGHEST = 0.9957


def sites_and_quarters() -> tuple[list[Site], FloatArray]:
    parts = fleet().within(FIRST - timedelta(hours=1), LAST)
    sites = [
        Site(name, part.step_s, float(np.nanmax(row)), part.ts_ms, row)
        for part in parts
        for name, row in zip(part.ids, part.values, strict=True)
    ]
    held = np.concatenate([np.repeat(part.values, part.step_s // 900, axis=1) for part in parts])
    return sites, held.sum(axis=0)


def test_the_mixed_sum_of_06_28_raises_no_alert_that_no_quarter_bears_out(tmp_path: Path) -> None:
    sites, quarters = sites_and_quarters()
    quota_kw = float(np.nanmax(quarters)) / HIGHEST
    mixed: list[float] = []

    def note(engine: Engine) -> None:
        load = engine.load(MONITORED)
        if load is not None and load.sliding_kw is not None:
            mixed.append(load.sliding_kw)

    logbook = replay(sites, span_of(FIRST - timedelta(hours=1), LAST), tmp_path, quota_kw=quota_kw, after=note)
    raised = {alert.severity for _, alert in logbook.raised() if alert.rule == "load_quota"}
    # The stand-in has no such afternoon: there it only shows that nothing is raised.
    assert not published() or max(mixed) > np.nanmax(quarters), (
        "the mixture stood above every quarter, as it did when it raised an alert"
    )
    assert raised == {Severity.SERIOUS}
    assert not [alert for _, alert in logbook.raised() if alert.rule == "gap_level"]
