"""Each rule on a day that breaks it, and on the same day whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.vee_rules import RULES, MeterDay, check
from config.policy import load_policy
from domain.arrays import FloatArray

POLICY = load_policy().vee.on(date(2026, 7, 28))
SHAPE = 100.0 + 50.0 * np.sin(np.arange(96) / 96 * 2 * np.pi)


def whole_day(power: FloatArray = SHAPE) -> MeterDay:
    return MeterDay(
        step_s=900,
        power_kw=power.copy(),
        like_kw=SHAPE.copy(),
        register_kwh=power * 0.25,
        register_total_kwh=float(np.nansum(power * 0.25)),
        like_energy_kwh=np.full(8, SHAPE.sum() * 0.25),
        limit_kw=1_000.0,
        display_kwh=0.01,
        imports_only=True,
    )


def changed(where: slice, value: float) -> MeterDay:
    day = whole_day()
    day.power_kw[where] = value
    return day


def test_a_whole_day_breaks_no_rule() -> None:
    assert check(whole_day(), POLICY) == []


@pytest.mark.parametrize(
    ("rule", "day", "where"),
    [
        ("duplicate", replace(whole_day(), conflicts=1), (0, 96)),
        ("equal", changed(slice(20, 40), 131.0), (20, 40)),
        ("zero", changed(slice(30, 50), 0.0), (30, 50)),
        ("interval", replace(whole_day(), off_grid=20), (0, 96)),
        ("spike", changed(slice(50, 51), 700.0), (50, 51)),
        ("spike", changed(slice(50, 51), 1_200.0), (50, 51)),
        ("high", replace(whole_day(), like_energy_kwh=np.full(8, 500.0)), (0, 96)),
        ("low", replace(whole_day(), like_energy_kwh=np.full(8, 20_000.0)), (0, 96)),
        ("multiplier", replace(whole_day(), register_kwh=SHAPE * 0.25 * 30), (0, 96)),
        ("negative", changed(slice(10, 12), -20.0), (10, 12)),
        ("sum_check", replace(whole_day(), register_total_kwh=2_500.0), (0, 96)),
        ("unit", replace(whole_day(), like_energy_kwh=np.full(8, 2.4)), (0, 96)),
        ("prolonged", replace(whole_day(), estimated_days=3), (0, 96)),
        ("sibling", replace(whole_day(), absent_channels=("energy_import_kwh",)), (0, 96)),
    ],
)
def test_a_rule_finds_its_own_fault_and_its_place(rule: str, day: MeterDay, where: tuple[int, int]) -> None:
    found = {(f.rule, f.start, f.end) for f in check(day, POLICY)}
    assert (rule, *where) in found


def test_a_wrong_multiplier_or_unit_is_named_and_not_also_blamed_on_the_sum_or_the_history() -> None:
    wrong = replace(whole_day(), register_kwh=SHAPE * 0.25 * 30, register_total_kwh=float(SHAPE.sum() * 0.25 * 30))
    assert [f.rule for f in check(wrong, POLICY)] == ["multiplier"]
    assert check(wrong, POLICY)[0].value == pytest.approx(1 / 30)
    watts = replace(whole_day(SHAPE * 1000), like_energy_kwh=np.full(8, SHAPE.sum() * 0.25), limit_kw=np.inf)
    assert [f.rule for f in check(watts, POLICY)] == ["unit"]


def test_a_shift_a_peaky_load_and_a_factory_that_rests_are_no_faults() -> None:
    shift = np.where((np.arange(96) >= 32) & (np.arange(96) < 68), 400.0 + np.arange(96), 20.0 + 0.1 * np.arange(96))
    day = replace(whole_day(shift), like_kw=shift, like_energy_kwh=np.full(8, shift.sum() * 0.25))
    assert check(day, POLICY) == []
    rests = np.where(np.arange(96) < 40, 0.0, SHAPE)
    day = replace(whole_day(rests), like_kw=rests, like_energy_kwh=np.full(8, rests.sum() * 0.25))
    assert check(day, POLICY) == []


def test_nothing_measured_breaks_nothing() -> None:
    empty = whole_day(np.full(96, np.nan))
    assert check(empty, POLICY) == []


def test_every_rule_has_its_figures_and_a_source() -> None:
    for name in RULES:
        rule = getattr(POLICY, name)
        assert rule.source
        assert rule.meaning
