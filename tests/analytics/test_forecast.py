"""Forecasts of invented loads whose truth is known, and of what is wrong with real ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analytics.forecast import LEVELS, Method, Refusal, forecast
from analytics.forecast_frame import Frame, plain_frame
from analytics.forecast_scores import pinball, score_forecast
from analytics.forecast_spread import peak_errors
from analytics.reconcile import reconcile
from analytics.usual_days import usual_days
from domain.arrays import FloatArray

MONDAY = 16_825  # days since 1970


def frame(days: int = 70, horizon_h: int = 48, step_s: int = 3600, at_h: int = 0) -> Frame:
    per_hour = 3600 // step_s
    known = days * 24 * per_hour + at_h * per_hour
    steps = np.arange(known + horizon_h * per_hour)
    return plain_frame(MONDAY + steps // (24 * per_hour), steps % (24 * per_hour), known=known, step_s=step_s)


def load(of: Frame, *, noise: float = 3.0, seed: int = 7) -> FloatArray:
    """A one-shift plant with weekends, its noise carried from step to step, shape (1, n + h)."""
    rng = np.random.default_rng(seed)
    hour = of.slot / of.per_hour
    works = (of.day_class[of.day] == 0) & (hour >= 8) & (hour < 18)
    steps = rng.normal(0, noise, len(of.day))
    carried = np.zeros(len(steps))
    for i in range(1, len(steps)):
        carried[i] = 0.9 * carried[i - 1] + steps[i]
    return np.asarray((100 + 200 * works + carried)[None])


def test_weekends_and_hours_are_known_and_the_last_hour_is_used() -> None:
    # Friday 10:00: the shift, the free Saturday, and the plant's present deviation.
    of = frame(days=74, at_h=10)
    errors, naives, firsts = [], [], []
    for seed in range(6):
        truth = load(of, seed=seed)
        found = forecast(truth, of)
        assert found.method == (Method.REGRESSION,)
        error = np.abs(found.expected_kw[0] - truth[0, of.known :])
        errors.append(error.mean())
        firsts.append(error[0])
        naives.append(np.abs(truth[0, of.known - 168 : of.known - 120] - truth[0, of.known :]).mean())
        saturday_noon = 26
        assert found.expected_kw[0, saturday_noon] == pytest.approx(100, abs=25)
    assert np.mean(errors) < 0.85 * np.mean(naives)
    # Of the carried noise an hour ahead nothing but its newest step, 3 kW, is left to miss.
    assert np.mean(firsts) < 4.5


@pytest.mark.parametrize("step_s", [3600, 900])
def test_nothing_after_the_issue_is_read(step_s: int) -> None:
    of = frame(days=44, step_s=step_s, horizon_h=24, at_h=9)
    before = load(of)
    after = before.copy()
    after[:, of.known :] = 1e6
    temperature = 25 + 5 * np.sin(np.arange(len(of.day)) / 10)
    first, second = (forecast(each, of, temperature_c=temperature) for each in (before, after))
    assert first.quantiles_kw.tobytes() == second.quantiles_kw.tobytes()
    assert first.expected_kw.tobytes() == second.expected_kw.tobytes()
    assert first.paths.errors_kw.tobytes() == second.paths.errors_kw.tobytes()


def test_heat_that_is_forecast_raises_the_load() -> None:
    of = frame(days=70)
    hours = np.arange(len(of.day))
    warm = 24 + 6 * np.sin(hours / 24 / 9) + 5 * np.sin((of.slot - 8) / 24 * 2 * np.pi)
    truth = load(of, noise=1.0) + 8.0 * np.maximum(warm - 22, 0)[None]
    hot = warm.copy()
    hot[of.known :] += 5
    usual = forecast(truth, of, temperature_c=warm).expected_kw.mean()
    heated = forecast(truth, of, temperature_c=hot).expected_kw.mean()
    ahead = slice(of.known, None)
    true_kw = 8.0 * (np.maximum(hot[ahead] - 22, 0) - np.maximum(warm[ahead] - 22, 0)).mean()
    # Five degrees more than these weeks ever saw: the direction and the size, not the last kilowatt.
    assert 0.4 * true_kw < heated - usual < 1.4 * true_kw


def test_quantiles_rise_and_hold_their_share() -> None:
    inside = []
    for seed in range(12):
        of = frame(days=60, horizon_h=24)
        truth = load(of, seed=seed)
        found = forecast(truth, of)
        assert (np.diff(found.quantiles_kw, axis=0) >= 0).all()
        low, high = (found.quantiles_kw[LEVELS.index(level), 0] for level in (0.1, 0.9))
        inside.append(((truth[0, of.known :] >= low) & (truth[0, of.known :] <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.8, abs=0.08)


def test_the_peak_of_a_day_lies_above_the_peak_of_its_expected_curve() -> None:
    of = frame(days=69, horizon_h=24)
    truth = load(of, noise=12.0)
    found = forecast(truth, of)
    errors = peak_errors(found.expected_kw, found.paths)[0]
    assert np.nanmedian(errors) > 0


def test_what_is_not_fit_is_refused_with_its_reason() -> None:
    of = frame(days=60)
    good = load(of)
    rows = {
        Refusal.NONE: good[0],
        Refusal.NO_DATA: np.full(good.shape[1], np.nan),
        Refusal.TOO_SHORT: np.where(of.day < 53, np.nan, good[0]),
        Refusal.STALE: np.where(of.day >= 57, np.nan, good[0]),
        Refusal.CONSTANT: np.full(good.shape[1], 42.0),
    }
    found = forecast(np.stack(list(rows.values())), of)
    assert found.refusal == tuple(rows)
    assert np.isnan(found.expected_kw[1:]).all()
    assert np.isnan(found.quantiles_kw[:, 1:]).all()
    # The company of the unfit changes nothing for the fit.
    assert_allclose(found.expected_kw[0], forecast(good, of).expected_kw[0])


def test_between_two_and_four_weeks_the_usual_days_stand_in() -> None:
    of = frame(days=20)
    found = forecast(load(of), of)
    assert found.method == (Method.USUAL_DAYS,)
    assert found.expected_kw[0, 12] == pytest.approx(300, abs=30) or of.day_class[of.day[of.known]] != 0
    assert (found.quantiles_kw[-1] > found.quantiles_kw[0]).all()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda y, of: np.where(of.day % 9 == 4, np.nan, y),
        lambda y, of: np.where((of.slot == 3) & (of.day == 30), np.nan, y),
        lambda y, of: -y,
        lambda y, of: np.where(of.day % 11 == 2, 0.0, y),
        lambda y, of: y * np.where(np.arange(len(y)) % 500 == 499, 1000.0, 1.0),
        lambda y, of: np.where(np.arange(len(y)) % 5 == 0, np.nan, y),
        lambda y, of: y * 1e-5,
        lambda y, of: np.where(of.day < 5, np.nan, y),
    ],
)
def test_spoilt_loads_give_figures_without_a_warning(spoil: object) -> None:
    """Gaps, a missing hour of a day (clocks going forward), generation, zero days, spikes, tiny loads."""
    of = frame(days=64, at_h=5)
    truth = spoil(load(of)[0], of)  # type: ignore[operator]
    found = forecast(truth[None], of, temperature_c=np.where(of.day % 10 == 0, np.nan, 20.0 + of.slot / 4))
    assert np.isfinite(found.quantiles_kw).all()
    assert np.abs(found.expected_kw).max() < 5 * np.nanquantile(np.abs(truth), 0.95)


def test_too_little_temperature_is_left_aside() -> None:
    of = frame(days=40)
    sparse = np.where(of.day % 2 == 0, np.nan, 20.0)
    found = forecast(load(of), of, temperature_c=sparse)
    assert not found.used_temperature
    assert found.expected_kw.tobytes() == forecast(load(of), of).expected_kw.tobytes()


def test_usual_days_look_only_back() -> None:
    daily = np.arange(8.0).reshape(1, 8, 1)
    classes = np.array([0, 1] * 4)
    before = usual_days(daily, classes, weight=0.5).before(1)[0, :, 0]
    # By hand: day 4 follows days 0 and 2 of its class, (0.5 * 2 + 0.25 * 0) / 0.75.
    assert before[4] == pytest.approx(4 / 3)
    assert np.isnan(before[:2]).all()


def test_a_total_and_its_parts_add_up_and_the_sure_part_moves_least() -> None:
    total, parts = reconcile(np.array([110.0]), np.array([[60.0], [40.0]]), np.array([1.0]), np.array([[0.0], [4.0]]))
    assert_allclose(parts[:, 0], [60.0, 48.0])
    assert_allclose(total, [108.0])


def test_scores_by_hand() -> None:
    actual = np.array([10.0, 20.0, 30.0, 40.0] * 12)
    quantile = np.stack([actual - 1, actual + 2, actual + 5])
    score = score_forecast(actual, quantile, actual + 4, peak_p50_kw=43.0, day=slice(24, 48), per_hour=1)
    assert (score.hour_kw, score.day_kw, score.naive_day_kw, score.day_skill) == (2.0, 2.0, 4.0, 0.5)
    assert (score.peak_kw, score.naive_peak_kw, score.covered, score.coverage) == (3.0, 4.0, 1.0, 1.0)
    assert_allclose(
        pinball(np.array([10.0]), np.array([[9.0], [12.0], [15.0]]), (0.1, 0.5, 0.9)), (0.1 + 1.0 + 0.5) / 3
    )


def test_a_day_that_was_hardly_measured_has_no_score() -> None:
    actual = np.where(np.arange(48) < 20, np.nan, 10.0)
    score = score_forecast(actual, np.zeros((3, 48)), np.zeros(48), peak_p50_kw=1.0, day=slice(24, 48), per_hour=1)
    assert (score.hour_kw, score.day_kw, score.covered) == (None, None, None)
    assert score.peak_kw == 9.0
