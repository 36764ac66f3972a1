"""Methods made of others: weights learned by site, and the check on days of like temperature."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from analytics.baselines.court import Candidate, hear
from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Baseline, Refusal
from analytics.baselines.stacking import Stacked
from analytics.baselines.temperature_check import TemperatureChecked
from domain.arrays import FloatArray
from tests.analytics.baselines.test_court import a_summer, shipped

WINDOW = Window(14, 18)
DAY = 130


@dataclass(frozen=True, eq=False)
class Times:
    """Says the load itself, times a factor: a member whose error is known."""

    factor: float

    def estimate(self, table: DayTable, day: int, window: Window) -> FloatArray:
        return np.asarray(table.load_kw[:, day] * self.factor)


@dataclass(frozen=True, eq=False)
class Silent:
    def estimate(self, table: DayTable, day: int, window: Window) -> FloatArray:
        return np.full((len(table.load_kw), table.load_kw.shape[2]), np.nan)


def test_the_weights_go_to_who_was_right() -> None:
    """One member is right, one half too high: without shrinkage the load itself comes out."""
    table = a_summer()
    found = Stacked((Times(1.0), Times(1.5)), days=30, shrinkage=1e-9)(table, DAY, WINDOW)
    assert found.base_kw == pytest.approx(table.load_kw[:, DAY], rel=1e-4)


def test_held_fast_they_make_the_plain_mean() -> None:
    table = a_summer()
    found = Stacked((Times(1.0), Times(1.5)), days=30, shrinkage=1e9)(table, DAY, WINDOW)
    assert found.base_kw == pytest.approx(1.25 * table.load_kw[:, DAY], rel=1e-4)


def test_with_too_little_behind_it_the_members_count_equally() -> None:
    """Five days of two blocks are fewer blocks than twenty; three days are too few to learn from."""
    table = a_summer()
    method = Stacked((Times(1.0), Times(1.5)), days=5, shrinkage=1e-9)
    found = method(table, DAY, Window(14, 16))
    assert found.base_kw == pytest.approx(1.25 * table.load_kw[:, DAY])
    young = method(table, 3, WINDOW)
    assert np.isnan(young.base_kw).all()
    assert set(young.refusal.tolist()) == {Refusal.TOO_FEW_DAYS}


def test_who_says_nothing_has_no_voice_and_nobody_is_no_baseline() -> None:
    table = a_summer()
    alone = Stacked((Times(1.0), Silent()), days=30, shrinkage=0.1)(table, DAY, WINDOW)
    assert alone.base_kw == pytest.approx(table.load_kw[:, DAY], rel=1e-6)
    nobody = Stacked((Silent(),), days=30, shrinkage=0.1)(table, DAY, WINDOW)
    assert np.isnan(nobody.base_kw).all()
    assert set(nobody.refusal.tolist()) == {Refusal.TOO_FEW_DAYS}


def checked(table: DayTable, cap: float = 0.3, factor: float = 0.8) -> Baseline:
    return TemperatureChecked((Times(factor), Times(factor)), days=30, nearest=5, cap=cap)(table, DAY, WINDOW)


def test_what_the_mean_missed_on_like_days_corrects_it() -> None:
    """The members say 0.8 of the load, so like days came 1.25 times as high: the load itself comes out."""
    table = a_summer()
    found = checked(table)
    assert found.base_kw == pytest.approx(table.load_kw[:, DAY], rel=1e-9)
    assert (found.days.sum(axis=1) == 5).all()
    highest = table.temperature_c.max(axis=1)
    like = [n for n in range(DAY) if table.works[n] == table.works[DAY]][-30:]
    nearest = sorted(like, key=lambda n: abs(highest[n] - highest[DAY]))[:5]
    assert np.flatnonzero(found.days[0]).tolist() == sorted(nearest)


def test_the_correction_is_capped() -> None:
    table = a_summer()
    found = checked(table, cap=0.1)
    assert found.base_kw == pytest.approx(0.8 * 1.1 * table.load_kw[:, DAY])


def test_without_temperature_or_days_it_says_nothing_and_why() -> None:
    table = a_summer()
    cold = replace(table, temperature_c=np.full_like(table.temperature_c, np.nan))
    assert set(checked(cold).refusal.tolist()) == {Refusal.NO_TEMPERATURE}
    assert np.isnan(checked(cold).base_kw).all()
    early = TemperatureChecked((Times(1.0),), days=30, nearest=5, cap=0.3)(table, 3, WINDOW)
    assert set(early.refusal.tolist()) == {Refusal.TOO_FEW_DAYS}


def test_a_hearing_says_what_each_says_alone() -> None:
    """What members said of other days is kept between days of one hearing, and changes nothing."""
    table = a_summer(sites=2)
    own = [each for each in shipped() if each.id in ("stacked", "temperature_checked")]
    assert len(own) == 2
    days = np.array([126, 127, DAY])
    heard = hear(table, own, days, WINDOW)
    for n, each in enumerate(own):
        alone = Candidate(each.id, each.method).estimate(table, DAY, WINDOW)[:, WINDOW.blocks]
        assert heard.base_kw[n, :, -1].tobytes() == alone.tobytes()
        assert np.isfinite(alone).all()


def test_nothing_after_the_day_is_read() -> None:
    table = a_summer(sites=2)
    changed = table.load_kw.copy()
    changed[:, DAY + 1 :] = 1e6
    tampered = replace(table, load_kw=changed)
    for each in shipped():
        if each.id in ("stacked", "temperature_checked"):
            assert each.estimate(table, DAY, WINDOW).tobytes() == each.estimate(tampered, DAY, WINDOW).tobytes()


def test_events_and_gaps_of_a_site_teach_it_nothing() -> None:
    """Days on which it was called are halved; without knowing of them the weights would follow them down."""
    table = a_summer(sites=2)
    load, event = table.load_kw.copy(), table.event.copy()
    called = np.arange(DAY - 20, DAY, 3)
    load[0, called] *= 0.5
    event[0, called] = True
    load[1, DAY - 8] = np.nan
    found = Stacked((Times(1.0), Times(1.5)), days=30, shrinkage=1e-9)(
        replace(table, load_kw=load, event=event), DAY, WINDOW
    )
    assert found.base_kw == pytest.approx(load[:, DAY], rel=1e-4)
    assert not found.days[0, called].any()
