from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from domain.errors import Invalid
from domain.forecasts import KeptForecast
from domain.instants import BLOCK_MS, Span, to_ms
from domain.reductions import Reduction
from domain.scopes import MONITORED, enterprise_scope
from storage.ledger.sql import SqlLedger

START = datetime(2026, 7, 20, 6, tzinfo=UTC)
S = to_ms(START)
SPAN = Span(START, START + timedelta(hours=2))
E001 = enterprise_scope("E001")


def cut(kw: float, *, verified: bool = False, source: str = "dr:1", blocks: int = 4) -> Reduction:
    return Reduction(
        E001, S + np.arange(blocks, dtype=np.int64) * BLOCK_MS, np.full(blocks, kw), source, verified=verified
    )


def test_a_verified_figure_replaces_the_estimate_and_is_not_replaced_by_one(ledger: SqlLedger) -> None:
    ledger.reductions.put_reductions("engine", [cut(100.0)])
    assert ledger.reductions.reductions(SPAN, verified_only=True) == []
    ledger.reductions.put_reductions("wang", [cut(80.0, verified=True, blocks=2)])
    ledger.reductions.put_reductions("engine", [cut(999.0)])
    [verified] = ledger.reductions.reductions(SPAN, verified_only=True)
    assert verified.reduction_kw.tolist() == [80.0, 80.0]
    found = ledger.reductions.reductions(SPAN, verified_only=False)
    assert sorted(kw for each in found for kw in each.reduction_kw.tolist()) == [80.0, 80.0, 999.0, 999.0]
    entries = ledger.audit.entries(subject=f"reduction:{E001}:dr:1").items
    assert [entry.actor for entry in entries] == ["engine", "wang", "engine"]
    assert entries[1].before is not None


def test_sources_stand_side_by_side_and_outside_the_span_is_left_out(ledger: SqlLedger) -> None:
    ledger.reductions.put_reductions("wang", [cut(1.0), cut(2.0, source="order:7", blocks=20)])
    found = ledger.reductions.reductions(SPAN, verified_only=False)
    assert [(each.source, len(each.ts_ms)) for each in found] == [("dr:1", 4), ("order:7", 8)]


@pytest.mark.parametrize(
    ("ts", "kw", "says"),
    [
        ([S + 1], [1.0], "15-minute"),
        ([S, S], [1.0, 1.0], "twice"),
        ([S], [-1.0], "never negative"),
        ([S], [np.nan], "finite"),
    ],
)
def test_wrong_reductions_are_refused(ts: list[int], kw: list[float], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        Reduction(E001, np.array(ts, dtype=np.int64), np.array(kw), "dr:1", verified=True)


def kept(scope: object, at_ms: int = S) -> KeptForecast:
    curves = np.arange(24.0).reshape(3, 8) + 0.127
    return KeptForecast(scope, at_ms, "regression", "d1", curves, 41.5)  # type: ignore[arg-type]


def test_forecasts_are_kept_once_and_scored_once(ledger: SqlLedger) -> None:
    assert ledger.forecasts.newest_issue_ms() is None
    ledger.forecasts.keep_forecasts([kept(E001), kept(MONITORED)])
    ledger.forecasts.keep_forecasts([kept(E001)])
    assert ledger.forecasts.newest_issue_ms() == S
    assert ledger.forecasts.unscored_forecasts(before_ms=S) == []
    due = ledger.forecasts.unscored_forecasts(before_ms=S + 1)
    assert [str(each.scope) for each in due] == ["enterprise:E001", "monitored"]
    np.testing.assert_allclose(due[0].curves_kw, np.arange(24.0).reshape(3, 8) + 0.13, atol=1e-6)
    ledger.forecasts.score_forecasts([(E001, S, {"day_kw": 1.5, "hour_kw": None})])
    ledger.forecasts.score_forecasts([(E001, S, {"day_kw": 9.0})])
    [scored] = ledger.forecasts.scored_forecasts(None, since_ms=0)
    assert (scored.scope, scored.score) == (E001, {"day_kw": 1.5, "hour_kw": None})
    assert ledger.forecasts.scored_forecasts(MONITORED, since_ms=0) == []
