"""Anomalies put into invented loads are found, and the loads without them are left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analytics.anomalies import Anomaly, AnomalyKind, find_anomalies, find_imbalances
from analytics.forecast_frame import Frame, plain_frame
from analytics.growth import growth
from analytics.lasting_change import lasting_change
from domain.arrays import FloatArray

DAYS, MONDAY = 70, 16_825
QUARTERS = np.arange(DAYS * 96)
FRAME = plain_frame(MONDAY + QUARTERS // 96, QUARTERS % 96, known=DAYS * 96, step_s=900)
WEDNESDAY = 58


def plant(seed: int = 3) -> FloatArray:
    rng = np.random.default_rng(seed)
    hour = FRAME.slot / 4
    works = (FRAME.day_class[FRAME.day] == 0) & (hour >= 8) & (hour < 18)
    return np.asarray((100 + 200 * works) * rng.normal(1, 0.04, len(QUARTERS)))


def told(values: FloatArray, frame: Frame = FRAME) -> list[Anomaly]:
    return find_anomalies(values[None], frame, first_day=30)


def at(day: int, first_hour: float, last_hour: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray((FRAME.day == day) & (FRAME.slot >= first_hour * 4) & (FRAME.slot < last_hour * 4))


def test_usual_weeks_are_left_alone() -> None:
    for seed in range(5):
        assert told(plant(seed)) == []


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        (AnomalyKind.RESIDUAL, lambda y: np.where(at(WEDNESDAY, 10, 14), y + 150, y)),
        (AnomalyKind.FLAT, lambda y: np.where(at(WEDNESDAY, 9, 14), 301.5, y)),
        (AnomalyKind.STEP, lambda y: np.where(FRAME.day >= WEDNESDAY, y * 1.8, y)),
        (AnomalyKind.NIGHT_BASE, lambda y: np.where((FRAME.day >= WEDNESDAY) & (FRAME.slot < 24), y + 60, y)),
    ],
)
def test_what_was_put_in_is_found_on_its_day(kind: AnomalyKind, spoil: Callable[[FloatArray], FloatArray]) -> None:
    found = [each for each in told(spoil(plant())) if each.kind is kind]
    assert found
    assert found[0].day in range(WEDNESDAY, WEDNESDAY + 6)
    if kind in (AnomalyKind.STEP, AnomalyKind.NIGHT_BASE):
        # Once: it does not go on being news.
        assert len(found) == 1


def test_what_goes_on_is_told_once() -> None:
    stuck = np.where((FRAME.day >= WEDNESDAY) & (FRAME.day < WEDNESDAY + 2), 301.5, plant())
    again = np.where(at(WEDNESDAY + 11, 9, 14), 301.5, stuck)
    flat = [each.day for each in told(again) if each.kind is AnomalyKind.FLAT]
    assert flat == [WEDNESDAY, WEDNESDAY + 11]


def test_a_step_of_a_fifth_is_found_at_a_steady_site_and_not_at_a_wandering_one() -> None:
    rng = np.random.default_rng(1)
    wander = np.repeat(rng.normal(1, 0.15, DAYS), 96)
    for factor, days in ((1.0, [WEDNESDAY + 5]), (wander, [])):
        changed = np.where(FRAME.day >= WEDNESDAY, 1.2, 1.0) * plant() * factor
        # Wednesday to Friday and Monday stayed.
        assert [each.day for each in told(changed) if each.kind is AnomalyKind.STEP] == days


def test_four_days_beyond_all_but_two_of_the_twenty_before_are_a_lasting_change() -> None:
    """By hand: of 0...19 two on either side are left out, so 2 to 17 remain, spread 15 and margin 7.5 + 5."""
    before = np.random.default_rng(2).permutation(np.arange(20.0))
    values = np.stack([np.concatenate([before, np.full(4, last)]) for last in (29.4, 29.6, -10.4, -10.6)])
    change = lasting_change(values, np.full(4, 100.0))
    assert change.rose[:, -1].tolist() == [False, True, False, False]
    assert change.fell[:, -1].tolist() == [False, False, False, True]
    assert change.usual_kw[:, -1].tolist() == [9.5] * 4
    assert change.deviation_kw[:, -1].tolist() == [5.0] * 4
    short = lasting_change(values[:, 1:], np.full(4, 100.0))
    assert not (short.rose | short.fell).any()


def test_sub_meters_that_no_longer_add_up_are_told() -> None:
    main = plant()
    parts = main * 0.93
    broken = np.where(FRAME.day == WEDNESDAY, parts * 0.7, parts)
    assert find_imbalances(main[None], parts[None], FRAME, first_day=30) == []
    [found] = find_imbalances(main[None], broken[None], FRAME, first_day=30)
    assert (found.kind, found.day) == (AnomalyKind.BALANCE, WEDNESDAY)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda y: np.full(len(y), np.nan),
        lambda y: np.full(len(y), 5.0),
        lambda y: np.where(FRAME.day % 3 == 0, np.nan, y),
        lambda y: np.zeros(len(y)),
        lambda y: np.where(FRAME.day < 60, np.nan, y),
    ],
)
def test_bad_data_are_no_anomaly_and_no_warning(spoil: Callable[[FloatArray], FloatArray]) -> None:
    assert [each.kind for each in told(spoil(plant()))] == []


def test_growth_sets_the_heat_apart() -> None:
    """By hand: 1000 kW and 20 kW a degree above 20; this year 3 % more and 4 degrees warmer."""
    rng = np.random.default_rng(1)
    fit_c = rng.uniform(15, 34, 120)
    fit_works = np.arange(120) % 7 < 5
    fit_kw = 1000 + 20 * np.maximum(fit_c - 20, 0)
    then_c = np.full(28, 26.0)
    then_kw = 1000 + 20 * (then_c - 20)
    now_c = then_c + 4
    now_kw = 1.03 * then_kw + 20 * 4
    works = np.arange(28) % 7 < 5
    found = growth(
        now_kw,
        then_kw,
        then_kw,
        now_c=now_c,
        same_weekday_c=then_c,
        fit_kw=fit_kw,
        fit_c=fit_c,
        fit_works=fit_works,
        works=works,
    )
    assert found.same_weekday == pytest.approx(0.03 + 80 / 1120)
    assert found.heat == pytest.approx(80 / 1120, abs=1e-6)
    assert found.corrected == pytest.approx(0.03, abs=1e-6)
    without = growth(
        now_kw,
        then_kw,
        then_kw,
        now_c=np.full(28, np.nan),
        same_weekday_c=then_c,
        fit_kw=fit_kw,
        fit_c=fit_c,
        fit_works=fit_works,
        works=works,
    )
    assert (without.heat, without.reason) == (None, "temperature_missing")
    gone = growth(
        np.full(28, np.nan),
        then_kw,
        then_kw,
        now_c=now_c,
        same_weekday_c=then_c,
        fit_kw=fit_kw,
        fit_c=fit_c,
        fit_works=fit_works,
        works=works,
    )
    assert (gone.same_weekday, gone.reason, gone.coverage) == (None, "days_missing", 0.0)
