"""Sensitivities that were put in come out, with intervals that hold them; what does not follow temperature says so."""

import numpy as np
import pytest

from analytics.cooling import CoolingSearch, at_temperature, base_day_cooling, fit_cooling
from analytics.day_figures import day_figures
from analytics.verdicts import Verdict
from domain.errors import Invalid
from tests.real_years import site_years

NAN = np.nan
D = 180
RANDOM = np.random.default_rng(5)
HEAT = 24 + 8 * np.sin(np.arange(D) / D * np.pi) + RANDOM.normal(0, 2.5, D)
FREE = (np.arange(D) % 7 >= 5)[:, None]


def load(slope: float = 30.0, base: float = 25.0, *, noise: float = 20.0, sites: int = 1, seed: int = 1) -> np.ndarray:
    """1000 kW, 300 less on free days, ``slope`` above ``base``; residuals with the memory of a heat wave."""
    random = np.random.default_rng(seed)
    own = random.normal(0, noise, (sites, D))
    for day in range(1, D):
        own[:, day] += 0.5 * own[:, day - 1]
    return 1000 - 300 * FREE[:, 0] + slope * np.maximum(HEAT - base, 0) + own


def test_a_sensitivity_that_was_put_in_comes_out() -> None:
    fit = fit_cooling(load(), HEAT, FREE)
    assert fit.verdict[0] == Verdict.OK
    assert fit.slope_kw_per_c[0] == pytest.approx(30, rel=0.15)
    assert fit.base_c[0] == pytest.approx(25, abs=1.0)
    assert fit.group_kw[0, 0] == pytest.approx(-300, abs=20)
    assert fit.slope_low[0] < 30 < fit.slope_high[0]


def test_yesterdays_heat_is_found_where_it_counts() -> None:
    yesterday = np.concatenate([[HEAT[0]], HEAT[:-1]])
    felt = 0.6 * HEAT + 0.4 * yesterday
    given = 1000 - 300 * FREE[:, 0] + 30 * np.maximum(felt - 25, 0) + np.random.default_rng(0).normal(0, 5, D)
    assert fit_cooling(given[None], HEAT, FREE).weight[0] == 0.4


def test_intervals_hold_what_they_claim() -> None:
    """Of 200 sites with residuals that last, 90 % intervals hold the slope in 84 to 96 %."""
    fit = fit_cooling(load(sites=200), HEAT, FREE)
    held = (fit.slope_low <= 30) & (fit.slope_high >= 30)
    assert 0.84 <= held.mean() <= 0.96


def test_a_load_that_ignores_temperature_says_so() -> None:
    fit = fit_cooling(load(slope=0.0, sites=200), HEAT, FREE)
    assert (fit.verdict == Verdict.NO_RESPONSE).mean() >= 0.85
    quiet = fit.verdict == Verdict.NO_RESPONSE
    assert (fit.slope_kw_per_c[quiet] == 0).all()
    assert np.isnan(fit.slope_low[quiet]).all()


@pytest.mark.parametrize(
    ("given", "heat", "verdict"),
    [
        (np.full(D, NAN), HEAT, Verdict.NO_DATA),
        (load()[0], np.full(D, NAN), Verdict.NO_TEMPERATURE),
        (np.where(np.arange(D) < 7, load()[0], NAN), HEAT, Verdict.FEW_DAYS),
        (np.full(D, 500.0), HEAT, Verdict.CONSTANT),
        (np.zeros(D), HEAT, Verdict.CONSTANT),
        (load()[0], np.minimum(HEAT, 21.5), Verdict.FEW_WARM_DAYS),
        (load(slope=-40.0)[0], HEAT, Verdict.NO_RESPONSE),
    ],
)
def test_refusals_have_their_reason(given: np.ndarray, heat: np.ndarray, verdict: Verdict) -> None:
    fit = fit_cooling(given[None], heat, FREE)
    assert fit.verdict[0] == verdict
    assert not fit.responds[0]
    hot = at_temperature(fit, 40.0, 38.0, [0.0])
    assert np.isnan(hot.load_kw[0]) == (verdict is not Verdict.NO_RESPONSE)


def test_a_hot_day_is_the_level_and_the_heat_and_says_when_it_is_beyond_all_seen() -> None:
    fit = fit_cooling(load(noise=1.0), HEAT, FREE)
    hot = at_temperature(fit, 40.0, 40.0, [0.0])
    assert hot.load_kw[0] == pytest.approx(1000 + 30 * 15, rel=0.02)
    assert hot.cooling_kw[0] == pytest.approx(450, rel=0.05)
    assert hot.low_kw[0] < hot.load_kw[0] < hot.high_kw[0]
    assert hot.extrapolated[0]
    assert not at_temperature(fit, 30.0, 30.0, [0.0]).extrapolated[0]
    assert at_temperature(fit, 20.0, 20.0, [1.0]).load_kw[0] == pytest.approx(700, rel=0.02)


def test_no_day_and_no_site_are_answers_too() -> None:
    assert len(fit_cooling(np.empty((0, D)), HEAT, FREE)) == 0
    fit = fit_cooling(load()[:, :3], HEAT[:3], FREE[:3])
    assert fit.verdict[0] == Verdict.FEW_DAYS
    with pytest.raises(Invalid, match="a temperature and groups for each day"):
        fit_cooling(load(), HEAT[:5], FREE)


def test_base_days_by_hand() -> None:
    base = np.array([[100.0, 100.0, NAN]])
    day = np.array([[[150.0, 90.0, 90.0]]])
    found = base_day_cooling(day, base)[0, 0]
    assert found[:2].tolist() == [50.0, 0.0]
    assert np.isnan(found[2])
    assert base_day_cooling(day, base, growth=1.2)[0, 0, 0] == pytest.approx(30.0)


@pytest.mark.realdata
def test_hot_days_never_seen_lie_in_the_interval() -> None:
    """Sites with temperature: the hottest tenth of the days is kept from the fit; at least 80 % of those days must lie
    in the 90 % interval (they are extrapolated, so a little less than nominal is honest)."""
    held, scored = 0, 0
    for years in site_years():
        heat = years.maximum_c
        if np.isnan(heat).all():
            continue
        figures = day_figures(years.demand_kw, step_s=years.days.step_s, blocks=years.days.blocks)
        free = (~years.workday)[:, None]
        hottest = heat >= np.nanquantile(heat, 0.95)
        learnt = np.where(hottest, NAN, figures.maximum_kw)
        fit = fit_cooling(learnt, heat, free, CoolingSearch())
        for day in np.flatnonzero(hottest & ~np.isnan(np.roll(heat, 1))):
            hot = at_temperature(fit, heat[day], heat[day - 1], [float(free[day, 0])])
            known = ~np.isnan(hot.load_kw) & ~np.isnan(figures.maximum_kw[:, day])
            actual = figures.maximum_kw[known, day]
            held += int(((actual >= hot.low_kw[known]) & (actual <= hot.high_kw[known])).sum())
            scored += int(known.sum())
    assert scored == 0 or held / scored >= 0.8
