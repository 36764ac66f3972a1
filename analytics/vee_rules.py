"""The validation rules: each looks at one meter's day and says what does not fit.

Source: domain facts 7.4, the standard validation set. The figures come from the dated policy (config/policy/vee.toml).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from analytics.estimation import gaps_of
from config.vee_policy import VeeEdition
from domain.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MeterDay:
    """One meter's day on its own interval, raw.

    power_kw : shape (t,), NaN = missing [kW]; like_kw : shape (t,), mean of like days, NaN = unknown [kW]
    register_kwh : shape (t,), energy of each interval by the register, NaN = not told [kWh]
    register_total_kwh : whole day by the register, NaN = not told; like_energy_kwh : energies of like days [kWh]
    limit_kw : what the connection carries, inf where unknown; display_kwh : one unit of the display, primary [kWh]
    off_grid : rows that fit no interval of the day; conflicts : different values for one interval, in quarantine
    absent_channels, estimated_days : channels sent on earlier days and not on this one; days before it, back from it,
        that were estimated by more than the rule's share
    """

    step_s: int
    power_kw: FloatArray
    like_kw: FloatArray
    register_kwh: FloatArray
    register_total_kwh: float
    like_energy_kwh: FloatArray
    limit_kw: float
    display_kwh: float
    imports_only: bool
    off_grid: int = 0
    conflicts: int = 0
    absent_channels: tuple[str, ...] = ()
    estimated_days: int = 0

    @property
    def hours(self) -> float:
        return self.step_s / 3600

    @property
    def measured(self) -> BoolArray:
        return ~np.isnan(self.power_kw)

    @property
    def energy_kwh(self) -> float:
        """Sum of the intervals; NaN while one is missing."""
        return float(self.power_kw.sum() * self.hours)


@dataclass(frozen=True, slots=True)
class Finding:
    """Steps [start, end) of the day that a rule objects to, with the figure it saw and its bound; NaN = none."""

    rule: str
    start: int
    end: int
    value: float
    bound: float


Rule = Callable[[MeterDay, VeeEdition], Iterator[Finding]]


def _whole(day: MeterDay, rule: str, value: float, bound: float) -> Finding:
    return Finding(rule, 0, len(day.power_kw), value, bound)


def _duplicate(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    if day.conflicts > policy.duplicate.most:
        yield _whole(day, "duplicate", day.conflicts, policy.duplicate.most)


def _equal(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    """Same power ± 0 for hours while the register moves otherwise; without a register a standing value cannot be told
    from a steady load, and ingest's own flag speaks."""
    same = np.r_[False, day.power_kw[1:] == day.power_kw[:-1]]
    for start, end in gaps_of(same):
        start -= 1
        power, ran_h = float(day.power_kw[start]), (end - start) * day.hours
        moved = float(day.register_kwh[start:end].sum())
        if power == 0 or ran_h < policy.equal.hours or np.isnan(moved):
            continue
        if abs(moved - power * ran_h) > policy.equal.tolerance * abs(power) * ran_h + 2 * day.display_kwh:
            yield Finding("equal", start, end, ran_h, policy.equal.hours)


def _zero(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    usual = float(np.nanmean(day.like_kw)) if not np.isnan(day.like_kw).all() else 0.0
    for start, end in gaps_of(day.power_kw == 0):
        expected = day.like_kw[start:end]
        known = expected[~np.isnan(expected)]
        long_enough = (end - start) * day.hours >= policy.zero.hours
        if long_enough and known.size and float(known.mean()) > policy.zero.usual_share * max(usual, 1e-9):
            yield Finding("zero", start, end, 0.0, float(known.mean()))


def _interval(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    if day.off_grid > policy.interval.share * len(day.power_kw):
        yield _whole(day, "interval", day.off_grid, policy.interval.share * len(day.power_kw))


def _spike(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    rule, size = policy.spike, np.abs(day.power_kw)
    ordered = np.sort(size[day.measured])[::-1]
    beyond = size > day.limit_kw
    odd = beyond.copy()
    if ordered.size >= 4:
        third = float(ordered[2])
        high = size - third > np.maximum(rule.ratio * third, rule.floor_kw)
        middle = float(np.median(ordered))
        spread = 1.4826 * float(np.median(np.abs(ordered - middle)))
        # The two say the same where a day is even; where it has shifts, only what is above both is odd.
        robust = (size - middle > rule.robust_z * spread) & (size - third > rule.floor_kw)
        odd |= high | (robust & (size > (1 + rule.ratio / 2) * third))
    for start, end in gaps_of(odd):
        yield Finding(
            "spike",
            start,
            end,
            float(np.nanmax(size[start:end])),
            min(day.limit_kw, float(ordered[min(2, ordered.size - 1)])),
        )


def _history(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    rule = policy.history
    if day.like_energy_kwh.size < rule.days or np.isnan(day.energy_kwh):
        return
    usual = float(np.median(day.like_energy_kwh))
    if usual <= 0 or _unit_factor(day, policy) is not None:
        return
    ratio = day.energy_kwh / usual
    if ratio > rule.high:
        yield _whole(day, "high", ratio, rule.high)
    elif ratio < rule.low:
        yield _whole(day, "low", ratio, rule.low)


def _factors(day: MeterDay) -> FloatArray:
    """Power's energy over the register's, of each interval where both say something."""
    energy = day.power_kw * day.hours
    usable = day.measured & (day.register_kwh > 10 * day.display_kwh) & (energy > 0)
    return np.asarray(energy[usable] / day.register_kwh[usable])


def _wrong_factor(day: MeterDay, policy: VeeEdition) -> float | None:
    factors = _factors(day)
    if factors.size < 4:
        return None
    factor = float(np.median(factors))
    constant = bool((np.abs(factors / factor - 1) <= policy.multiplier.tolerance).mean() >= 0.9)
    return factor if constant and max(factor, 1 / factor) >= policy.multiplier.least else None


def _multiplier(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    factor = _wrong_factor(day, policy)
    if factor is not None:
        yield _whole(day, "multiplier", factor, 1.0)


def _negative(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    if day.imports_only:
        for start, end in gaps_of(day.power_kw < -policy.negative.least_kw):
            yield Finding("negative", start, end, float(day.power_kw[start:end].min()), 0.0)


def _sum_check(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    """Register difference against the sum of the intervals, where both are whole."""
    total, by_register = day.energy_kwh, day.register_total_kwh
    if np.isnan(total) or np.isnan(by_register) or _wrong_factor(day, policy) is not None:
        return
    bound = max(policy.sum_check.tolerance * abs(by_register), 2 * day.display_kwh)
    if abs(total - by_register) > bound:
        yield _whole(day, "sum_check", total - by_register, bound)


def _unit_factor(day: MeterDay, policy: VeeEdition) -> float | None:
    if day.like_energy_kwh.size == 0 or np.isnan(day.energy_kwh):
        return None
    usual = float(np.median(day.like_energy_kwh))
    if usual <= 0 or day.energy_kwh <= 0:
        return None
    factor = policy.unit.factor
    for ratio in (day.energy_kwh / usual, usual / day.energy_kwh):
        if factor / 3 <= ratio <= 3 * factor:
            return day.energy_kwh / usual
    return None


def _unit(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    factor = _unit_factor(day, policy)
    if factor is not None:
        yield _whole(day, "unit", factor, policy.unit.factor)


def _prolonged(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    if day.estimated_days >= policy.prolonged.days:
        yield _whole(day, "prolonged", day.estimated_days, policy.prolonged.days)


def _sibling(day: MeterDay, policy: VeeEdition) -> Iterator[Finding]:
    if day.absent_channels:
        yield _whole(day, "sibling", len(day.absent_channels), policy.sibling.days)


RULES: dict[str, Rule] = {
    "duplicate": _duplicate,
    "equal": _equal,
    "zero": _zero,
    "interval": _interval,
    "spike": _spike,
    "history": _history,
    "multiplier": _multiplier,
    "negative": _negative,
    "sum_check": _sum_check,
    "unit": _unit,
    "prolonged": _prolonged,
    "sibling": _sibling,
}
#: Rules whose steps are not believed and are estimated where that is possible.
DISTRUSTED = frozenset({"spike", "equal", "negative"})


def check(day: MeterDay, policy: VeeEdition) -> list[Finding]:
    """What every rule finds, by place in the day."""
    found = [finding for rule in RULES.values() for finding in rule(day, policy)]
    return sorted(found, key=lambda f: (f.start, f.rule))
