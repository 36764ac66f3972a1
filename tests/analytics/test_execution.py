"""Execution by hand: every expected figure is worked out in the comment beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.execution import Execution, Ordered, Standing, Tolerances, judge_execution

RULES = Tolerances(reduction=0.05, cap=0.01, resolution_kw=1.0, points_ok=0.8, late_min=15)
NAN = float("nan")


def judged(
    base: list[list[float]],
    load: Sequence[Sequence[float]],
    *,
    cap: list[bool],
    kw: Sequence[float] | Sequence[Sequence[float]],
    due: int | None = None,
    pending: list[bool] | None = None,
    security: list[float] | None = None,
) -> Execution:
    rows, points = np.array(base, dtype=float), len(base[0])
    over = np.broadcast_to(np.arange(points) < (points if due is None else due), rows.shape)
    later = np.array(pending or [False] * len(rows))
    asked = np.array([[value] * points if np.isscalar(value) else value for value in kw], dtype=float)
    return judge_execution(
        Ordered(
            np.repeat(np.array(cap)[:, None], points, axis=1),
            asked,
            rows,
            np.array(load, dtype=float),
            over & ~later[:, None],
            later,
            np.array(security or [NAN] * len(rows), dtype=float),
            np.arange(points, dtype=np.float64) * 15.0,
            15.0,
        ),
        RULES,
    )


def test_the_tolerance_is_on_the_reduction_not_on_the_target() -> None:
    """Baseline 1000, order -50: 2.5 kW saved is 5 % of the order and not 95 %; 47.5 kW is."""
    found = judged([[1000, 1000]], [[997.5, 952.5]], cap=[False], kw=[50])
    assert found.complies.tolist() == [[False, True]]
    assert found.rate[0] == pytest.approx((2.5 + 47.5) / 100)
    assert found.excess_kwh[0] == pytest.approx((47.5 + 2.5) * 0.25)  # above the target of 950


def test_one_over_performer_does_not_hide_the_others() -> None:
    """Ordered 100 each: 300 given counts as 100, 0 as 0: half, and one of two in place."""
    found = judged([[1000], [1000]], [[700], [1000]], cap=[False, False], kw=[100, 100])
    assert found.total_rate == pytest.approx(0.5)
    assert found.in_place_rate == pytest.approx(0.5)
    assert found.timeliness_min[0] == 0
    assert np.isnan(found.timeliness_min[1])


def test_a_cap_orders_what_lies_above_it_and_nothing_of_those_already_below() -> None:
    """Cap 800: ordered 200 of the first, done 150; the second draws 600 usually and is listed only."""
    found = judged([[1000, 1000], [600, 600]], [[850, 850], [590, 590]], cap=[True, True], kw=[800, 800])
    assert found.ordered_kw.tolist() == [[200, 200], [0, 0]]
    assert found.total_rate == pytest.approx(0.75)
    assert found.judged.tolist() == [True, False]
    assert found.standing[1] == Standing.ALREADY_BELOW


def test_a_cap_tolerates_a_percent_or_the_meter() -> None:
    """Cap 50: 1 % is 0.5, the meter's resolution 1: 51 passes, 51.1 does not; cap 1000: 1010 passes."""
    found = judged([[90, 90], [2000, 2000]], [[51, 51.1], [1010, 1010.1]], cap=[True, True], kw=[50, 1000])
    assert found.complies.tolist() == [[True, False], [True, False]]


def test_missing_is_not_compliance_and_pending_is_not_missing() -> None:
    """Four points; the first complies at 3 of 3 valid, but a quarter is missing: 75 % of the points are too few."""
    base = [[1000.0] * 4] * 3
    load = [[900, 900, 900, NAN], [NAN] * 4, [NAN] * 4]
    found = judged(base, load, cap=[False] * 3, kw=[100] * 3, pending=[False, False, True])
    assert found.in_place.tolist() == [False, False, False]
    assert found.rate[0] == pytest.approx(0.75)
    assert [Standing(code) for code in found.standing] == [Standing.NO_DATA, Standing.NO_DATA, Standing.PENDING]
    assert found.total_rate == pytest.approx(300 / 800)  # the pending one is in no denominator
    assert found.missing_kw.tolist() == [100, 100, 0]


def test_not_reducing_is_said_after_fifteen_minutes_and_not_before() -> None:
    """Points of 15 minutes: when the first is over, 15 minutes have passed, not more; with the second they have."""
    first = judged([[1000, 1000]], [[1000, 1000]], cap=[False], kw=[100], due=1)
    second = judged([[1000, 1000]], [[1000, 1000]], cap=[False], kw=[100], due=2)
    assert (first.standing[0], second.standing[0]) == (Standing.SHORT, Standing.NOT_REDUCING)
    nothing = judged([[1000, 1000]], [[NAN, NAN]], cap=[False], kw=[100], due=0)
    assert nothing.standing[0] == Standing.NOT_STARTED
    assert np.isnan(nothing.total_rate)


def test_below_the_security_load_is_flagged_and_a_cap_without_baseline_is_not_judged() -> None:
    found = judged([[1000], [NAN]], [[90], [90]], cap=[False, True], kw=[100, 50], security=[100, NAN])
    assert found.below_security.tolist() == [True, False]
    assert found.standing[1] == Standing.NO_BASELINE
    assert found.judged.tolist() == [True, False]


def test_who_joins_is_judged_from_then_and_who_leaves_until_then() -> None:
    """Four points, 100 kW each where asked. The first joins at the third and gives 100 at once; the second leaves after
    the second, having given 50 of 100; the third is asked 200 instead of 100 from the third and gives 100."""
    base = [[1000.0] * 4] * 3
    load = [[1000.0, 1000, 900, 900], [950.0, 950, 1000, 1000], [900.0] * 4]
    kw = [[NAN, NAN, 100.0, 100], [100.0, 100, NAN, NAN], [100.0, 100, 200, 200]]
    found = judged(base, load, cap=[False] * 3, kw=kw)
    assert found.rate.tolist() == pytest.approx([1.0, 0.5, 400 / 600])
    assert found.timeliness_min[0] == 0  # minutes since it was told, not since the order began
    assert found.excess_kwh.tolist() == pytest.approx([0, 2 * 50 / 4, 2 * 100 / 4])
    assert found.missing_kw.tolist() == [0, 0, 100]
    assert [Standing(code) for code in found.standing] == [Standing.COMPLIES, Standing.RELEASED, Standing.SHORT]
    assert found.total_rate == pytest.approx((200 + 100 + 400) / (200 + 200 + 600))
    early = judged(base, load, cap=[False] * 3, kw=kw, due=2)
    assert Standing(early.standing[0]) is Standing.NOT_STARTED
    late = judged([[1000.0] * 4], [[1000.0] * 4], cap=[False], kw=[[NAN, NAN, NAN, 100.0]])
    assert Standing(late.standing[0]) is Standing.SHORT  # fifteen minutes have not passed for it


figures = st.lists(st.one_of(st.floats(0, 2000), st.just(NAN)), min_size=4, max_size=4)


@given(
    base=st.lists(st.floats(1, 2000), min_size=4, max_size=4),
    load=figures,
    kw=st.floats(1, 500),
    lost=st.integers(0, 3),
)
def test_losing_a_reading_never_makes_an_order_look_better(
    base: list[float], load: list[float], kw: float, lost: int
) -> None:
    fewer = [NAN if n == lost else value for n, value in enumerate(load)]
    all_of_it = judged([base], [load], cap=[False], kw=[kw])
    less = judged([base], [fewer], cap=[False], kw=[kw])
    assert less.total_rate <= all_of_it.total_rate + 1e-12
    assert 0 <= all_of_it.total_rate <= 1 + 1e-12
