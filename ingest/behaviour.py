"""What a meter usually does, and readings that do not fit: spike, catch-up after a gap, frozen value.

The rules run on the source's own interval and look only at the meter's own past (domain: VEE). A reading is judged by
what was known when it came; nothing is ever judged again later, so the same stream always gives the same flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.instants import HOUR_MS, MINUTE_MS
from domain.quality import Quality

DAY_MS = 24 * HOUR_MS
#: The usual maximum is the highest third-highest value of a day among so many days with data.
DAYS_REMEMBERED = 7
#: A day counts once it holds readings for this long.
DAY_ENOUGH_MS = 12 * HOUR_MS
#: A high value that lasts this long, and three intervals, is a new level and no spike.
LEVEL_MS = 30 * MINUTE_MS
#: After a gap or a standing value, energy of the missing time in one interval shows already at this multiple.
CATCH_UP_FACTOR = 1.5
#: Below this excess over the usual maximum nothing is called a spike [kW].
SPIKE_FLOOR_KW = 2.0
#: A standing power is real where the register moves as fast as it says, within this share.
REGISTER_SHARE = 0.02
FROZEN_READINGS = 4
#: A coarse meter often repeats a value: a standing run must be less likely than this by the meter's own habit.
FROZEN_CHANCE = 1e-4
HABIT_WEIGHT = 0.01
HABIT_UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Observed:
    """Readings of one interval each, at most one per meter. ``energy_kwh`` is the import register, NaN = absent."""

    slot: IntArray
    ts_ms: IntArray
    interval_ms: IntArray
    power_kw: FloatArray
    energy_kwh: FloatArray


_INT_COLUMNS = (
    "last_ts",
    "last_interval",
    "equal_since",
    "equal_count",
    "high_since",
    "high_count",
    "day",
    "day_count",
    "last_done",
)
_FLOAT_COLUMNS = ("last_kw", "equal_energy", "equal_share", "top_1", "top_2", "top_3")


class MeterMemory:
    """The recent past of every meter as columns, indexed by slot; grows as meters appear (about 200 bytes each)."""

    def __init__(self, *, spike_factor: float, frozen_hours: float) -> None:
        self._spike = 1.0 + spike_factor
        self._frozen_ms = frozen_hours * HOUR_MS
        self._size = 0
        self._i = {name: np.zeros(0, dtype=np.int64) for name in _INT_COLUMNS}
        self._f = {name: np.zeros(0) for name in _FLOAT_COLUMNS}
        self._days = np.zeros((0, DAYS_REMEMBERED))

    def reserve(self, count: int) -> None:
        if count <= self._size:
            return
        more = max(count, 2 * self._size, 256) - self._size
        for name, ints in self._i.items():
            fill = -1 if name in ("last_ts", "high_since", "day", "last_done") else 0
            self._i[name] = np.concatenate([ints, np.full(more, fill, dtype=np.int64)])
        for name, floats in self._f.items():
            fill_kw = HABIT_UNKNOWN if name == "equal_share" else np.nan
            self._f[name] = np.concatenate([floats, np.full(more, fill_kw)])
        self._days = np.concatenate([self._days, np.full((more, DAYS_REMEMBERED), np.nan)])
        self._size += more

    def judge(self, seen: Observed) -> CodeArray:
        """Quality code of each reading, shape (n,); remembers the readings that are newer than the last."""
        codes = np.full(len(seen.slot), Quality.OK, dtype=np.int8)
        known = ~np.isnan(seen.power_kw)
        if not known.any():
            return codes
        if not known.all():
            codes[known] = self.judge(_where(seen, known))
            return codes
        newer = seen.ts_ms > self._i["last_ts"][seen.slot]
        if newer.all():
            return self._judge_newer(seen)
        # A late or repeated reading is held against the usual maximum only; order-bound rules would misjudge it.
        codes[~newer & self._high(np.abs(seen.power_kw), self._usual(seen.slot), self._spike)] = Quality.SPIKE
        if newer.any():
            codes[newer] = self._judge_newer(_where(seen, newer))
        return codes

    def _judge_newer(self, seen: Observed) -> CodeArray:
        slot, size_kw = seen.slot, np.abs(seen.power_kw)
        self._turn_day(slot, seen.ts_ms // DAY_MS)
        usual = self._usual(slot)
        first = self._i["last_ts"][slot] < 0
        gap = ~first & (seen.ts_ms - self._i["last_ts"][slot] - self._i["last_interval"][slot] >= seen.interval_ms)
        stood = self._i["equal_count"][slot] >= 3
        high = self._high(size_kw, usual, self._spike)
        returned = (gap | stood) & self._high(size_kw, usual, CATCH_UP_FACTOR)
        lasting = self._note_high(seen, high | returned)
        frozen = self._note_equal(seen, gap | first)
        codes = np.full(len(slot), Quality.OK, dtype=np.int8)
        codes[frozen] = Quality.FROZEN
        codes[high & ~lasting] = Quality.SPIKE
        codes[returned & ~lasting] = Quality.CATCH_UP
        usable = codes == Quality.OK
        self._note_top(slot[usable], size_kw[usable], seen.interval_ms[usable])
        self._i["last_ts"][slot] = seen.ts_ms
        self._i["last_interval"][slot] = seen.interval_ms
        self._f["last_kw"][slot] = seen.power_kw
        return codes

    @staticmethod
    def _high(size_kw: FloatArray, usual: FloatArray, factor: float) -> BoolArray:
        # Comparison with NaN (no usual maximum known yet) is false.
        found: BoolArray = (size_kw > factor * usual) & (size_kw - usual > SPIKE_FLOOR_KW)
        return found

    def usual_kw(self, slot: IntArray) -> FloatArray:
        """The usual maximum of each meter [kW]; NaN until a day was seen."""
        return self._usual(slot)

    def _usual(self, slot: IntArray) -> FloatArray:
        """The usual maximum of each meter; NaN until a day was seen."""
        past = np.fmax.reduce(self._days[slot], axis=1)
        usual: FloatArray = np.where(np.isnan(past), np.nan, np.fmax(past, self._f["top_3"][slot]))
        return usual

    def _turn_day(self, slot: IntArray, day: IntArray) -> None:
        turned = day != self._i["day"][slot]
        if not turned.any():
            return
        slot, day = slot[turned], day[turned]
        enough = self._i["day_count"][slot] >= DAY_ENOUGH_MS
        done = slot[enough]
        # What a meter did before weeks of silence is a measure of its return only, not of the days that follow.
        before, ended = self._i["last_done"][done], self._i["day"][done]
        self._days[done[(before >= 0) & (ended - before > DAYS_REMEMBERED)]] = np.nan
        self._i["last_done"][done] = ended
        self._days[done] = np.concatenate([self._days[done, 1:], self._f["top_3"][done][:, None]], axis=1)
        self._i["day"][slot] = day
        self._i["day_count"][slot] = 0
        for name in ("top_1", "top_2", "top_3"):
            self._f[name][slot] = np.nan

    def _note_top(self, slot: IntArray, size_kw: FloatArray, interval_ms: IntArray) -> None:
        self._i["day_count"][slot] += interval_ms
        for name in ("top_1", "top_2", "top_3"):
            held = self._f[name][slot]
            self._f[name][slot] = np.fmax(held, size_kw)
            size_kw = np.fmin(held, size_kw)
            size_kw = np.where(np.isnan(held), np.nan, size_kw)

    def _note_high(self, seen: Observed, high: BoolArray) -> BoolArray:
        """Whether a high value has lasted long enough to be a level; keeps the run."""
        slot = seen.slot
        since = np.where(self._i["high_since"][slot] >= 0, self._i["high_since"][slot], seen.ts_ms)
        # After a level was accepted its own values raise the usual maximum, and the run ends by itself.
        count = self._i["high_count"][slot] + 1
        lasting: BoolArray = high & (count >= 3) & (seen.ts_ms - since >= LEVEL_MS)
        self._i["high_since"][slot] = np.where(high, since, -1)
        self._i["high_count"][slot] = np.where(high, count, 0)
        return lasting

    def _note_equal(self, seen: Observed, broken: BoolArray) -> BoolArray:
        """Whether the power has stood still for too long; keeps the run of equal values."""
        slot = seen.slot
        equal = ~broken & (seen.power_kw == self._f["last_kw"][slot])
        since = np.where(equal, self._i["equal_since"][slot], seen.ts_ms)
        count = np.where(equal, self._i["equal_count"][slot] + 1, 1)
        begun = np.where(equal, self._f["equal_energy"][slot], seen.energy_kwh)
        self._i["equal_since"][slot], self._i["equal_count"][slot] = since, count
        self._f["equal_energy"][slot] = begun
        ran_h = (seen.ts_ms - since) / HOUR_MS
        long_enough = (seen.ts_ms + seen.interval_ms - since >= self._frozen_ms) & (count >= FROZEN_READINGS)
        expected_kwh = np.abs(seen.power_kw) * ran_h
        # NaN (no register) compares false: then only the standing power speaks.
        moved = np.abs(seen.energy_kwh - begun - expected_kwh) <= REGISTER_SHARE * expected_kwh + 1.0
        unlikely = self._habit(slot, equal, count, seen.power_kw) < FROZEN_CHANCE
        frozen: BoolArray = long_enough & (seen.power_kw != 0) & ~moved & unlikely
        return frozen

    def _habit(self, slot: IntArray, equal: BoolArray, count: IntArray, power_kw: FloatArray) -> FloatArray:
        """How likely this meter repeats a value so often by habit. Standing values do not teach the habit."""
        share = self._f["equal_share"][slot]
        learns = (count < FROZEN_READINGS) & (power_kw != 0)
        share = np.where(learns, share + HABIT_WEIGHT * (equal - share), share)
        self._f["equal_share"][slot] = share
        chance: FloatArray = share ** (count - 1)
        return chance

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Copies of the columns, for saving."""
        return {
            **{k: v.copy() for k, v in self._i.items()},
            **{k: v.copy() for k, v in self._f.items()},
            "days": self._days.copy(),
        }

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        self._i = {name: saved[name].astype(np.int64) for name in _INT_COLUMNS}
        self._f = {name: saved[name].astype(np.float64) for name in _FLOAT_COLUMNS}
        self._days = saved["days"].astype(np.float64).reshape(-1, DAYS_REMEMBERED)
        self._size = len(self._days)


def _where(seen: Observed, chosen: BoolArray) -> Observed:
    return Observed(
        seen.slot[chosen], seen.ts_ms[chosen], seen.interval_ms[chosen], seen.power_kw[chosen], seen.energy_kwh[chosen]
    )
