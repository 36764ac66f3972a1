"""One meter over some days, as the rules and the estimation see it: raw, registers, decisions of people, like days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.estimation import Gap, Limits, estimate, gaps_of, register_total_kwh
from analytics.registers import Booked, Exchange, book
from analytics.vee_rules import DISTRUSTED, Finding, MeterDay
from config.vee_policy import EstimationRule, VeeEdition
from domain.arrays import BoolArray, FloatArray, IntArray, TextArray
from domain.instants import BLOCK_MS, Span, day_span
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES, ReadingBatch
from domain.registry import Meter, MeterRole, RegistryView, Stamp
from domain.vee import BY_HAND, VeeBatch, VeeFlag
from storage.exchange_ports import MeterExchange

BLOCKS = 96


@dataclass(frozen=True, slots=True, eq=False)
class LikeDays:
    """kw : shape (96,), mean of like days by quarter hour, NaN = unknown; energy_kwh : energies of whole like days."""

    kw: FloatArray
    energy_kwh: FloatArray


@dataclass(frozen=True, slots=True)
class Made:
    """An estimate of one interval: power and the rule that made it."""

    at: int
    value_kw: float
    rule: str


class MeterSpan:
    """A grid of one meter's intervals over whole local days, with a day on both sides so that gaps are seen whole."""

    def __init__(
        self,
        meter: Meter,
        view: RegistryView,
        span: Span,
        raw: ReadingBatch,
        newest: VeeBatch,
        exchanges: list[MeterExchange],
        *,
        capacity_factor: float,
    ) -> None:
        self.meter = meter
        self.step_s = meter.interval_s
        step_ms = self.step_s * 1000
        self.ts_ms: IntArray = np.arange(span.start_ms, span.end_ms, step_ms, dtype=np.int64)
        n = len(self.ts_ms)
        self.raw_kw = np.full(n, np.nan)
        self.quality = np.zeros(n, dtype=np.int8)
        place, off = np.divmod(raw.ts_ms - span.start_ms, step_ms)
        on = (off == 0) & (place >= 0) & (place < n)
        self.off_grid_ms: IntArray = raw.ts_ms[off != 0]
        self.raw_kw[place[on]] = raw.values[on, POWER]
        self.quality[place[on]] = raw.quality[on]
        self.present: BoolArray = np.zeros((n, len(QUANTITIES)), dtype=np.bool_)
        self.present[place[on]] = ~np.isnan(raw.values[on])
        self.limit_kw = _limit_kw(view, meter, capacity_factor)
        self.scale = 1.0 if meter.primary_values else meter.multiplier
        self.booked = self._book(raw, exchanges)
        self.register_kwh = self._by_interval(self.booked)
        self._fill_from_registers(raw, place, on)
        self.flag: TextArray = np.full(n, "", dtype=object)
        self.value_kw = np.full(n, np.nan)
        self.seen_kw = np.full(n, np.nan)
        self._overlay(newest, span.start_ms, step_ms)

    def _book(self, raw: ReadingBatch, exchanges: list[MeterExchange]) -> Booked:
        at_ms = raw.ts_ms + (self.step_s * 1000 if self.meter.stamp is Stamp.END else 0)
        primary = self.meter.primary_values
        changes = tuple(
            Exchange(
                round(e.at.timestamp() * 1000),
                e.closing_kwh * (1.0 if primary else e.old_multiplier),
                e.opening_kwh * (1.0 if primary else e.new_multiplier),
            )
            for e in exchanges
        )
        return book(
            at_ms,
            raw.values[:, ENERGY_IMPORT],
            trusted=raw.quality != Quality.CLOCK,
            limit_kw=self.limit_kw,
            modulus_kwh=self.meter.register_modulus_kwh * self.scale,
            exchanges=changes,
        )

    def _by_interval(self, booked: Booked) -> FloatArray:
        step_ms = self.step_s * 1000
        found = np.full(len(self.ts_ms), np.nan)
        one = (booked.to_ms - booked.from_ms == step_ms) & ((booked.from_ms - self.ts_ms[0]) % step_ms == 0)
        at = (booked.from_ms[one] - self.ts_ms[0]) // step_ms
        inside = (at >= 0) & (at < len(found))
        found[at[inside]] = booked.energy_kwh[one][inside]
        return found

    def _fill_from_registers(self, raw: ReadingBatch, place: IntArray, on: BoolArray) -> None:
        """A meter that sends registers only: power between two of them, trusted as the one that ends the interval."""
        self.bare = bool(np.isnan(raw.values[:, POWER]).all()) and len(raw) > 0
        if not self.bare:
            return
        self.raw_kw = self.register_kwh / (self.step_s / 3600)
        if self.meter.stamp is not Stamp.END:
            ended = np.zeros_like(self.quality)
            at = place[on] - 1
            ended[at[at >= 0]] = raw.quality[on][at >= 0]
            self.quality = ended

    def _overlay(self, newest: VeeBatch, start_ms: int, step_ms: int) -> None:
        place, off = np.divmod(newest.ts_ms - start_ms, step_ms)
        on = (off == 0) & (place >= 0) & (place < len(self.ts_ms))
        self.flag[place[on]] = newest.flag[on]
        self.value_kw[place[on]] = newest.value_kw[on]
        self.seen_kw[place[on]] = newest.raw_kw[on]

    def by_hand(self) -> BoolArray:
        found: BoolArray = np.isin(self.flag, tuple(BY_HAND))
        return found

    def day(self, number: slice, like: LikeDays, policy: VeeEdition, **known: object) -> MeterDay:
        steps = self.ts_ms[number]
        step_ms = self.step_s * 1000
        inside = (self.booked.from_ms >= steps[0]) & (self.booked.to_ms <= steps[-1] + step_ms)
        energies = self.booked.energy_kwh[inside]
        whole = bool(inside.any()) and (
            int((self.booked.to_ms - self.booked.from_ms)[inside].sum()) == int(steps[-1]) + step_ms - int(steps[0])
        )
        imports = self.meter.role not in (MeterRole.GENERATION, MeterRole.STORAGE, MeterRole.BOUNDARY)
        return MeterDay(
            step_s=self.step_s,
            power_kw=self.raw_kw[number],
            like_kw=on_steps(like.kw, len(steps), self.step_s),
            register_kwh=self.register_kwh[number],
            register_total_kwh=float(energies.sum()) if whole else float("nan"),
            like_energy_kwh=like.energy_kwh,
            limit_kw=self.limit_kw,
            display_kwh=policy.sum_check.resolution_kwh * self.scale,
            imports_only=imports,
            **known,  # type: ignore[arg-type]
        )

    def trusted_kw(self, findings: list[Finding]) -> FloatArray:
        """Measured and believed by rules and people, NaN elsewhere; what people entered stands."""
        believed = self.quality == Quality.OK
        for finding in findings:
            if finding.rule in DISTRUSTED:
                believed[finding.start : finding.end] = False
        believed |= self.flag == VeeFlag.ACCEPTED
        power = np.where(believed, self.raw_kw, np.nan)
        power[self.flag == VeeFlag.EXCLUDED] = np.nan
        edited = self.flag == VeeFlag.EDITED
        power[edited] = self.value_kw[edited]
        return power

    def estimates(
        self, power_kw: FloatArray, like_kw: FloatArray, rule: EstimationRule, *, until: int
    ) -> tuple[list[Made], list[tuple[Gap, str]]]:
        """Estimates for the gaps of the grid's first ``until`` steps, and every gap with the method that filled it
        (empty: left missing)."""
        made: list[Made] = []
        gaps: list[tuple[Gap, str]] = []
        limits = Limits(
            rule.line_hours, rule.like_day_hours, rule.side_hours, rule.scale_low, rule.scale_high, self.limit_kw
        )
        power_kw, like_kw = power_kw[:until], like_kw[:until]
        for start, end in gaps_of(np.isnan(power_kw)):
            clocked = (self.quality[start:end] == Quality.CLOCK) & ~np.isnan(self.raw_kw[start:end])
            if clocked.all():
                # The value is right, only its minute is doubtful: it is the best estimate of itself.
                made += [Made(at, float(self.raw_kw[at]), "clock") for at in range(start, end)]
                gaps.append((Gap(start, end), "clock"))
                continue
            gap = self._gap(power_kw, start, end, rule)
            found = estimate(power_kw, gap, step_s=self.step_s, like_kw=like_kw, limits=limits)
            if found is None and gap.source == "catch_up":
                gap = Gap(start, end)
                found = estimate(power_kw, gap, step_s=self.step_s, like_kw=like_kw, limits=limits)
            gaps.append((gap, "" if found is None else found[1]))
            if found is not None:
                made += [Made(start + i, float(value), found[1]) for i, value in enumerate(found[0])]
        return made, gaps

    def _gap(self, power_kw: FloatArray, start: int, end: int, rule: EstimationRule) -> Gap:
        total = register_total_kwh(self.booked, self.ts_ms[: len(power_kw)], power_kw, start, end, step_s=self.step_s)
        if total is not None:
            return Gap(start, end, total, "register")
        last = end - 1
        caught = self.quality[last] == Quality.CATCH_UP and not np.isnan(self.raw_kw[last])
        if rule.catch_up and caught and end - start > 1 and np.isnan(self.raw_kw[start:last]).all():
            return Gap(start, end, float(self.raw_kw[last]) * self.step_s / 3600, "catch_up")
        return Gap(start, end)


def on_steps(quarters: FloatArray, steps: int, step_s: int) -> FloatArray:
    """The 96 quarters of a day on steps of another length; a day of 23 or 25 hours repeats or drops at its end."""
    if step_s >= BLOCK_MS // 1000:
        per = step_s // (BLOCK_MS // 1000)
        wide = quarters[: BLOCKS // per * per].reshape(-1, per).mean(axis=1)
    else:
        wide = np.repeat(quarters, BLOCK_MS // 1000 // step_s)
    return np.resize(wide, steps)


def day_slices(ts_ms: IntArray, first: date, last: date, zone: ZoneInfo) -> list[tuple[date, slice]]:
    """The steps of each local day."""
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        span = day_span(day, zone)
        low, high = np.searchsorted(ts_ms, (span.start_ms, span.end_ms))
        found.append((day, slice(int(low), int(high))))
    return found


def _limit_kw(view: RegistryView, meter: Meter, capacity_factor: float) -> float:
    """As ingest judges: what the installed transformers cannot carry is implausible."""
    account = view.accounts.get(meter.account) if meter.account is not None else None
    kva = 0.0 if account is None else max(account.running_capacity_kva or 0.0, account.contract_capacity_kva or 0.0)
    return capacity_factor * kva if kva > 0 else float("inf")
