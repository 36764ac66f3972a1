from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.power_factor import adjustment_rate, power_factor
from analytics.tou import band_energy
from config.policy import load_policy
from config.tariffs import Band

NAN = np.nan
POLICY = load_policy()


def bands(day: date, step_s: int = 900) -> np.ndarray:
    found = POLICY.tariffs.bands(day, POLICY.calendar, step_s=step_s)
    assert found is not None
    return np.array([found], dtype=np.int8)


def test_the_same_day_of_two_years_is_split_by_two_tariffs() -> None:
    """100 kW by day and 0 by night, 08-20 h. 2025 (TOU24, July): sharp 09-11 and 15-17, peak 08-09 and 17-20,
    valley 11-13, flat 13-15. 2026 (TOU26): flat 08-11 and 14-16, valley 11-14, peak 16-18, sharp 18-20."""
    day = np.zeros((1, 1, 96))
    day[..., 32:80] = 100.0
    period = np.zeros(1, dtype=np.int64)
    old = band_energy(day, bands(date(2025, 7, 22)), period, bands=5, step_s=900).energy_kwh[0, 0]
    new = band_energy(day, bands(date(2026, 7, 22)), period, bands=5, step_s=900).energy_kwh[0, 0]
    assert old.tolist() == pytest.approx([400, 400, 200, 200, 0])
    assert new.tolist() == pytest.approx([200, 200, 500, 300, 0])


@given(st.lists(st.one_of(st.floats(-1e4, 1e4), st.just(NAN)), min_size=96, max_size=96))
def test_every_measured_kilowatt_hour_falls_into_one_band(values: list[float]) -> None:
    day = np.array(values).reshape(1, 1, 96)
    found = band_energy(day, bands(date(2026, 8, 3)), np.zeros(1, dtype=np.int64), bands=5, step_s=900)
    assert found.energy_kwh.sum() == pytest.approx(np.nansum(day) / 4, abs=1e-6)
    assert found.measured_h.sum() == pytest.approx((~np.isnan(day)).sum() / 4)
    assert found.due_h.sum() == 24.0


def test_shares_of_nothing_are_no_numbers() -> None:
    found = band_energy(
        np.full((1, 1, 96), NAN), bands(date(2026, 8, 3)), np.zeros(1, dtype=np.int64), bands=5, step_s=900
    )
    assert np.isnan(found.share).all()
    assert found.coverage[0, 0] == 0.0


@pytest.mark.parametrize(
    ("day", "deep_hours"),
    [
        (date(2026, 10, 1), 6),  # National Day 2026 begins on 1 October
        (date(2026, 10, 3), 6),
        (date(2026, 10, 4), 0),  # only its first three days
        (date(2025, 10, 4), 4),  # the tariff before had them all, 10-14 h
        (date(2026, 7, 1), 0),
    ],
)
def test_deep_valley_on_the_named_holidays(day: date, deep_hours: int) -> None:
    assert int((bands(day) == Band.DEEP_VALLEY).sum()) / 4 == deep_hours


def test_there_is_no_schedule_before_the_first() -> None:
    assert POLICY.tariffs.bands(date(2024, 2, 29), POLICY.calendar, step_s=900) is None


def test_a_power_factor_has_two_decimals() -> None:
    found = power_factor(np.array([80.0, 100.0, 0.0, NAN, -5.0, 100.0]), np.array([60.0, 0.0, 10.0, 1.0, 1.0, NAN]))
    assert found[:2].tolist() == [0.8, 1.0]
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(
    ("standard", "factor", "percent"),
    [
        (0.90, 0.90, 0.0),
        (0.90, 0.89, 0.5),
        (0.90, 0.80, 5.0),
        (0.90, 0.70, 10.0),
        (0.90, 0.65, 15.0),
        (0.90, 0.60, 25.0),
        (0.90, 0.91, -0.15),
        (0.90, 0.95, -0.75),
        (0.90, 1.00, -0.75),
        (0.85, 0.65, 10.0),
        (0.85, 0.94, -1.10),
        (0.85, 0.98, -1.10),
        (0.80, 0.60, 10.0),
        (0.80, 0.92, -1.30),
    ],
)
def test_the_adjustment_is_the_tables(standard: float, factor: float, percent: float) -> None:
    """Source: domain facts 6.4."""
    table = next(s for s in POLICY.power_factor.standard if s.value == standard)
    rate = adjustment_rate(
        np.array([factor]), standard=standard, penalty=table.steps(table.penalty), reward=table.steps(table.reward)
    )
    assert rate[0] * 100 == pytest.approx(percent, abs=1e-9)


def test_the_standard_follows_capacity_and_names() -> None:
    table = POLICY.power_factor
    assert [getattr(table.of("E1", kva), "value", None) for kva in (None, 80.0, 100.0, 160.0, 1000.0)] == [
        None,
        None,
        0.85,
        0.90,
        0.90,
    ]
