"""The court: honest scores, choice on earlier days only, and nothing of the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.baselines.adjustment import Adjustment
from analytics.baselines.court import Candidate, hear, judge, placebo_days
from analytics.baselines.day_matching import DayMatching
from analytics.baselines.days import DayTable, Window
from analytics.baselines.gaming import raised_before
from analytics.baselines.registry import candidates
from analytics.baselines.same_day import PointBefore
from analytics.baselines.scores import scores
from config.baselines import BaselineTable
from config.policy_table import load_table
from domain.errors import Invalid
from tests.analytics.baselines.tables import NAN

WINDOW = Window(14, 18)


def a_summer(sites: int = 3, days: int = 140, seed: int = 5) -> DayTable:
    """Sites whose day follows the temperature, on a calendar of weeks."""
    rng = np.random.default_rng(seed)
    hour = np.arange(24)
    warm = 24 + 6 * np.sin(np.arange(days) / 9)[:, None] + 5 * np.sin((hour - 9) / 24 * 2 * np.pi)[None, :]
    warm += rng.normal(0, 1, (days, 1))
    shape = 100 + 40 * ((hour >= 8) & (hour < 19))
    slope = np.linspace(0.0, 8.0, sites)[:, None, None]
    load = shape[None, None, :] + slope * np.maximum(warm - 22, 0)[None]
    load *= 1 + 0.01 * rng.standard_normal((sites, days, 24))
    works = np.arange(days) % 7 < 5
    none = np.zeros((sites, days), dtype=np.bool_)
    return DayTable(load, works, np.zeros(days, dtype=np.bool_), none, none, warm, 3600)


def shipped(*, with_adjustment: bool = True) -> list[Candidate]:
    return candidates(load_table("baselines.toml", BaselineTable), adjusted=with_adjustment)


def test_scores_by_hand() -> None:
    # Two events of two blocks; errors +1, +1, -2, NaN over loads 10, 10, 12.
    base = np.array([[[11.0, 11.0], [10.0, NAN]]])
    load = np.array([[[10.0, 10.0], [12.0, 9.0]]])
    found = scores(base, load)
    assert found.bias[0] == pytest.approx((1 + 1 - 2) / 32)
    assert found.rrmse[0] == pytest.approx(np.sqrt(6 / 3) / (32 / 3))
    assert found.deviation[0] == pytest.approx(np.std([1, -2], ddof=1) / (32 / 3))
    assert (found.events[0], found.points[0]) == (2, 3)
    nothing = scores(np.full((1, 1, 2), NAN), load[:, :1])
    assert np.isnan(nothing.rrmse[0])
    assert nothing.events[0] == 0


def test_every_shipped_method_answers_and_sees_nothing_later() -> None:
    days = a_summer()
    day = 120
    later = days.load_kw.copy()
    later[:, day + 1 :] = 1e6
    tampered = replace(days, load_kw=later)
    for candidate in shipped():
        base = candidate.estimate(days, day, WINDOW)
        assert np.isfinite(base[:, WINDOW.blocks]).all(), candidate.id
        assert candidate.estimate(tampered, day, WINDOW).tobytes() == base.tobytes(), candidate.id


def test_only_same_day_methods_look_at_the_day_itself() -> None:
    days = a_summer()
    day = 120
    altered = days.load_kw.copy()
    altered[:, day] = 1e6
    tampered = replace(days, load_kw=altered)
    looks = {"jiangsu_realtime_2015", "pjm_match_days", "stacked"}
    for candidate in shipped():
        same = candidate.estimate(tampered, day, WINDOW).tobytes() == candidate.estimate(days, day, WINDOW).tobytes()
        assert same == (candidate.adjustment is None and candidate.id not in looks), candidate.id


def test_the_court_finds_what_fits_each_site() -> None:
    days = a_summer()
    rounds = placebo_days(days, first=60)
    evidence = hear(days, shipped(with_adjustment=False), rounds, WINDOW)
    half = np.arange(len(rounds)) < len(rounds) // 2
    verdict = judge(evidence, trial=half)
    chosen = [verdict.ids[i] for i in verdict.choice]
    # The site that does not follow the temperature needs none; the one that does is not served by a mean of days.
    assert chosen[2] not in ("caiso_10in10", "jiangsu_2015", "cn_workday5", "isone_rolling", "sample_points")
    plain = verdict.ids.index("caiso_10in10")
    assert verdict.later.rrmse[2] < evidence.scores(plain, ~half).rrmse[2]
    assert (verdict.later.events == (~half).sum()).all()


def test_the_choice_must_come_before_the_score() -> None:
    days = a_summer(days=100)
    rounds = placebo_days(days, first=60)
    evidence = hear(days, [Candidate("point", PointBefore())], rounds, WINDOW)
    with pytest.raises(Invalid, match="earlier days"):
        judge(evidence, trial=np.arange(len(rounds)) >= 5)


def test_a_site_without_evidence_gets_no_choice() -> None:
    days = a_summer()
    load = days.load_kw.copy()
    load[1] = NAN
    days = replace(days, load_kw=load)
    rounds = placebo_days(days, first=100)
    verdict = judge(hear(days, shipped(), rounds, WINDOW), trial=np.ones(len(rounds), dtype=np.bool_))
    assert verdict.choice[1] == -1
    assert np.isnan(verdict.trial.rrmse[1])
    assert (verdict.choice[[0, 2]] >= 0).all()


def test_event_days_are_neither_samples_nor_placebos() -> None:
    days = a_summer()
    event = days.event.copy()
    event[0, 119] = True
    called = replace(days, event=event, load_kw=np.where(event[:, :, None], 1e6, days.load_kw))
    for candidate in shipped():
        plain = candidate.estimate(called, 121, WINDOW)[0, WINDOW.blocks]
        assert plain.max() < 1e3, candidate.id
    evidence = hear(called, shipped(), np.array([119, 120]), WINDOW)
    assert np.isnan(evidence.load_kw[0, 0]).all()
    assert np.isfinite(evidence.load_kw[1, 0]).all()


def test_a_flat_adjustment_of_a_flat_baseline_is_exact() -> None:
    load = np.full((1, 30, 24), 100.0)
    load[:, 29] = 108.0
    days = replace(a_summer(1, 30), load_kw=load)
    ten = Candidate("x", DayMatching(10, 4, 45), Adjustment("ratio", 0.2))
    [day] = [29] if days.works[29] else [28]
    expected = float(days.load_kw[0, day, 15])
    assert ten.estimate(days, day, WINDOW)[0, 15] == pytest.approx(expected)


def test_load_raised_before_the_event_is_flagged_and_a_hot_day_is_not() -> None:
    days = a_summer(2)
    day = 120
    load = days.load_kw.copy()
    load[0, day, 10:13] *= 1.5  # raised in the hours looked at
    load[1, day] *= 1.3  # the whole day high
    found = raised_before(replace(days, load_kw=load), day, WINDOW)
    assert found.flagged.tolist() == [True, False]
    assert found.rise[0] == pytest.approx(0.5, abs=0.1)
    short = raised_before(days.until(4), 4, WINDOW)
    assert not short.flagged.any()
    assert np.isnan(short.rise).all()
