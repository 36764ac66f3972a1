"""Every analysis on what is wrong with real loads: a verdict and no figure, or a figure that is right.

Ten sites over 120 days of 15 minutes; the first is spoilt. Warnings of NumPy fail the test, as everywhere here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from analytics.anomalies import find_anomalies
from analytics.baselines.court import Candidate, hear, judge, placebo_days
from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Refusal, in_window
from analytics.baselines.registry import candidates
from analytics.cooling import fit_cooling
from analytics.day_figures import DayFigures, day_figures
from analytics.drift import find_drifts
from analytics.forecast import forecast
from analytics.forecast_frame import plain_frame
from analytics.period_figures import period_figures
from analytics.potential import headroom_of
from analytics.shapes import shapes_of
from analytics.verdicts import Verdict
from config.policy import load_policy
from domain.arrays import FloatArray

SITES, DAYS, SLOTS = 10, 120, 96
DAY = np.arange(DAYS)
WORKS = DAY % 7 < 5
EVENT_DAY, WINDOW = 116, Window(56, 72)
MONDAY = 16_825
#: What an entry says of the spoilt site: a word where it refuses, "" where it answers; and its figures.
Said = tuple[str, FloatArray]


def good() -> tuple[FloatArray, FloatArray]:
    """Loads (s, d, 96) [kW] of day shifts that follow the heat, and the highest temperature of each day [degC]"""
    random = np.random.default_rng(1)
    hour = np.arange(SLOTS) / 4
    shape = 60 + 100 * np.exp(-((hour - 11 - np.arange(SITES)[:, None] % 5) ** 2) / 12)
    load = np.where(WORKS[None, :, None], shape[:, None, :], 40.0)
    load = load * random.normal(1, 0.03, (SITES, DAYS, 1)) * random.normal(1, 0.01, (SITES, DAYS, SLOTS))
    heat = 20 + 12 * np.sin((DAY - 10) / DAYS * np.pi) + random.normal(0, 1.5, DAYS)
    return load + np.maximum(heat - 26, 0)[None, :, None] * 6, heat


def spoil(what: str, load: FloatArray, heat: FloatArray) -> None:
    own = load[0]
    match what:
        case "gaps":
            own[np.random.default_rng(2).uniform(size=own.shape) < 0.3] = np.nan
        case "constant":
            own[:] = 100.0
        case "generation":
            own *= -1
        case "zero":
            own[:] = 0.0
        case "a week old":
            own[:-7] = np.nan
        case "one block never":
            own[:, 56] = np.nan
        case "three hours never":
            own[:, 56:68] = np.nan
        case "every other day":
            own[1::2] = np.nan
        case "nothing":
            own[:] = np.nan
        case "nothing of anybody":
            load[:] = np.nan
        case "a day of 23 hours":
            own[60, 8:12] = np.nan
        case "no temperature":
            heat[:] = np.nan


def answers(load: FloatArray, heat: FloatArray) -> dict[str, Said]:
    figures = day_figures(load, step_s=900)
    none = np.zeros((SITES, DAYS), dtype=np.bool_)
    table = DayTable(load, WORKS, none[0], none, none, np.repeat(heat[:, None], SLOTS, axis=1), 900)
    return {
        "months": _months(figures),
        "shapes": _shapes(load, figures),
        "drift": _drift(load, figures),
        "cooling": _cooling(figures, heat),
        "forecast": _forecast(load, heat),
        "potential": _potential(table),
        "court": _court(table),
        **{f"baseline {each.id}": _baseline(each, table) for each in CANDIDATES if each.id in METHODS},
    }


METHODS = ("cn_workday5", "caiso_10in10", "caiso_weather", "temperature_regression", "sample_points", "stacked")
CANDIDATES = candidates(load_policy().baselines, adjusted=False)


def _months(figures: DayFigures) -> Said:
    found = period_figures(figures, DAY // 30)
    return Verdict(found.verdict[0, -1]).word.replace("ok", ""), found.maximum_kw[0, -1:]


def _shapes(load: FloatArray, figures: DayFigures) -> Said:
    found = shapes_of(load, figures.counted, WORKS, summer=DAY > 60, spring=DAY <= 20)
    return Verdict(found.verdict[0]).word.replace("ok", ""), found.profile[0]


def _drift(load: FloatArray, figures: DayFigures) -> Said:
    """No step was put in: one that is found is a mistake."""
    found = find_drifts(load, figures.counted, WORKS)
    assert not (found.site == 0).any()
    return ("", np.zeros(1)) if found.judged[0] else ("not judged", np.full(1, np.nan))


def _cooling(figures: DayFigures, heat: FloatArray) -> Said:
    found = fit_cooling(figures.maximum_kw, heat, ~WORKS[:, None])
    word = Verdict(found.verdict[0]).word.replace("ok", "")
    return word, np.where(found.responds[:1], found.slope_kw_per_c[:1], np.nan)


def _forecast(load: FloatArray, heat: FloatArray) -> Said:
    hourly = load.reshape(SITES, DAYS * 24, 4).mean(axis=2)
    steps = np.arange((DAYS + 1) * 24)
    frame = plain_frame(MONDAY + steps // 24, steps % 24, known=DAYS * 24, step_s=3600)
    found = forecast(hourly, frame, temperature_c=np.repeat(np.append(heat, heat[-1]), 24))
    past = plain_frame(MONDAY + steps[:-24] // 24, steps[:-24] % 24, known=DAYS * 24, step_s=3600)
    assert not [each for each in find_anomalies(hourly, past) if each.site == 0]  # none was put in
    return found.refusal[0].value, found.quantiles_kw[:, 0].ravel()


def _potential(table: DayTable) -> Said:
    found = headroom_of(table, EVENT_DAY, WINDOW, np.full(SITES, 20.0), days=10, lookback_days=90)
    shed = found.at_least(0.8)[:1]
    word = "few days" if np.isnan(shed[0]) else "exports" if found.exports[0] else "none" if shed[0] <= 0 else ""
    return word, np.where(word == "", shed, np.nan)


def _court(table: DayTable) -> Said:
    days = placebo_days(table, first=60)[-12:]
    evidence = hear(table, [each for each in CANDIDATES if each.id in METHODS[:2]], days, WINDOW)
    found = judge(evidence, trial=np.arange(len(days)) < len(days) // 2)
    return ("" if found.choice[0] >= 0 else "no choice"), found.later.rrmse[:1]


def _baseline(candidate: Candidate, table: DayTable) -> Said:
    found = in_window(candidate.method(table.until(EVENT_DAY), EVENT_DAY, WINDOW), WINDOW)
    word = Refusal(found.refusal[0]).name.lower()
    return word.replace("none", ""), found.base_kw[0, WINDOW.blocks]


def refusing(word: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, word)


BASELINES = tuple(f"baseline {name}" for name in METHODS)
WITHOUT_TEMPERATURE = {"cooling": "no_temperature", **refusing("no_temperature", BASELINES[2], BASELINES[3])}
NOTHING = {
    **refusing("no_data", "months", "shapes", "cooling", "forecast"),
    **refusing("too_few_days", *BASELINES),
    "drift": "not judged",
    "potential": "few days",
    "court": "no choice",
}
#: The verdicts; whatever is not named has an answer.
EXPECTED: dict[str, Mapping[str, str]] = {
    "": {},
    "gaps": {**NOTHING, "months": "few_days", "shapes": "few_days", "forecast": "too_short"},
    "constant": refusing("constant", "shapes", "cooling", "forecast"),
    "generation": {
        "shapes": "no_load",
        "cooling": "no_response",
        "potential": "exports",
        "court": "no choice",
        **refusing("nothing_drawn", *BASELINES),
    },
    "zero": {
        "shapes": "no_load",
        "drift": "not judged",
        "cooling": "constant",
        "forecast": "constant",
        "potential": "none",
        "court": "no choice",
        **refusing("nothing_drawn", *BASELINES),
    },
    "a week old": {
        **NOTHING,
        **refusing("few_days", "months", "shapes", "cooling"),
        "forecast": "too_short",
        # Three sample days are what these rules ask for, and the days are told beside the baseline.
        **refusing("", *BASELINES[:3], BASELINES[4]),
    },
    "one block never": {
        "shapes": "incomplete",
        "drift": "not judged",
        "forecast": "hours_missing",
        "potential": "few days",
        "court": "no choice",
        **refusing("too_few_days", *BASELINES),
        **refusing("no_load_in_window", BASELINES[2], BASELINES[3]),
    },
    "three hours never": {**NOTHING, "months": "few_days", "shapes": "few_days", "forecast": "hours_missing"},
    "every other day": {**refusing("few_days", "months", "cooling"), "drift": "not judged", "court": "no choice"},
    "nothing": NOTHING,
    "nothing of anybody": NOTHING,
    "a day of 23 hours": {},
    "no temperature": WITHOUT_TEMPERATURE,
}


@pytest.mark.parametrize("what", EXPECTED)
def test_bad_input_has_a_verdict_and_never_a_plausible_number(what: str) -> None:
    load, heat = good()
    spoil(what, load, heat)
    found = answers(load, heat)
    assert {name: word for name, (word, _) in found.items() if word} == {k: v for k, v in EXPECTED[what].items() if v}
    for name, (word, figures) in found.items():
        there = np.isfinite(figures)
        assert not there.any() if word else there.all(), (name, word, figures)
