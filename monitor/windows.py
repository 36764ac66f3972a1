"""Live windows: a ring of one-minute cells of mean power for every meter, filled by readings on their own interval.

The ring lies between two minutes that its owner sets by the district clock; readings move neither of them. A cell keeps
the first value it was given, as the store does, so the order and the repetition of readings change nothing.
"""

from __future__ import annotations

import numpy as np

from analytics.energy import register_energy_kwh
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.instants import MINUTE_MS
from domain.quality import Quality
from domain.readings import ENERGY_EXPORT, ENERGY_IMPORT, POWER, POWER_FACTOR, REACTIVE, ReadingBatch
from monitor.fine_cells import FineCells
from monitor.roster import Roster

#: Marks power taken from registers: a power that comes later in its own right replaces it.
FROM_REGISTER = 16
_CODE = 15


class Windows:
    """Cells of the minutes [bottom, top), counted from the epoch. Not thread-safe: the owner holds a lock.

    About 9 bytes a cell and meter, 4 more once reactive power and 8 more once a register without power was seen.
    """

    def __init__(self, cells: int, *, top: int) -> None:
        self.cells = cells
        self.top = top
        self._power = np.full((cells, 0), np.nan)
        self._quality = np.zeros((cells, 0), dtype=np.int8)
        self._reactive: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None = None
        self._register: FloatArray | None = None
        self._register_quality = np.zeros((cells, 0), dtype=np.int8)
        self._fine = FineCells(cells)

    @property
    def bottom(self) -> int:
        return self.top - self.cells

    @property
    def slots(self) -> int:
        return self._power.shape[1]

    @property
    def nbytes(self) -> int:
        extra = sum(ring.nbytes for ring in (self._reactive, self._register) if ring is not None)
        return self._power.nbytes + self._quality.nbytes + extra

    def reserve(self, slots: int) -> None:
        """Room for that many meters; grows by at least a quarter so that a growing registry is not copied each time."""
        if slots <= self.slots:
            return
        more = slots - self.slots if self.slots == 0 else max(slots - self.slots, self.slots // 4)
        wide = ((0, 0), (0, more))
        self._power = np.pad(self._power, wide, constant_values=np.nan)
        self._quality = np.pad(self._quality, wide)
        if self._reactive is not None:
            self._reactive = np.pad(self._reactive, wide, constant_values=np.nan)
        if self._register is not None:
            self._register = np.pad(self._register, wide, constant_values=np.nan)
            self._register_quality = np.pad(self._register_quality, wide)

    def advance(self, top: int) -> None:
        """Move the ring's end forward; the minutes that fall out at the bottom are forgotten."""
        if top <= self.top:
            return
        rows = np.arange(max(self.top, top - self.cells), top) % self.cells
        self._power[rows] = np.nan
        self._quality[rows] = Quality.OK
        for ring in (self._reactive, self._register):
            if ring is not None:
                ring[rows] = np.nan
        self.top = top

    def accept(self, batch: ReadingBatch, slot: IntArray, roster: Roster) -> tuple[IntArray, IntArray]:
        """Fill cells from readings; ``slot`` is of each row and not negative.

        Returns (slots, minutes) of the cells that changed, shape (c,) each
        """
        self.reserve(len(roster))
        changed = [self._accept_power(batch, slot, roster), self._accept_registers(batch, slot, roster)]
        return np.concatenate([c[0] for c in changed]), np.concatenate([c[1] for c in changed])

    def power(self, minutes: IntArray) -> tuple[FloatArray, CodeArray]:
        """Power and quality codes of whole minutes, shape (minutes, slots) each. Minutes outside the ring are empty."""
        rows = minutes % self.cells
        power, quality = self._power[rows], self._quality[rows] & _CODE
        outside = (minutes < self.bottom) | (minutes >= self.top)
        power[outside] = np.nan
        return power, quality

    def power_at(self, minutes: IntArray, slot: IntArray) -> tuple[FloatArray, CodeArray]:
        """Power and quality codes of chosen cells; the two arrays are broadcast against each other."""
        rows = minutes % self.cells
        power, quality = self._power[rows, slot], self._quality[rows, slot] & _CODE
        inside = (minutes >= self.bottom) & (minutes < self.top)
        return np.where(inside, power, np.nan), quality

    def reactive(self, minutes: IntArray) -> FloatArray | None:
        """Reactive power of whole minutes, shape (minutes, slots) [kvar]; None while no meter has sent any."""
        return None if self._reactive is None else self._reactive[minutes % self.cells].astype(np.float64)

    def _accept_power(self, batch: ReadingBatch, slot: IntArray, roster: Roster) -> tuple[IntArray, IntArray]:
        chosen = np.flatnonzero(~np.isnan(batch.values[:, POWER]) & roster.builds[slot])
        if not chosen.size:
            return chosen, chosen
        # Rows in reverse: of two for one cell the one that came first is assigned last and stays.
        chosen = chosen[::-1]
        slot, ts_ms = slot[chosen], batch.ts_ms[chosen]
        power, quality = batch.values[chosen, POWER], batch.quality[chosen]
        reactive = _reactive_kvar(batch.values[chosen])
        fine = roster.interval_s[slot] < 60
        found = [self._put(slot[~fine], ts_ms[~fine], roster, power[~fine], quality[~fine], reactive[~fine])]
        if fine.any():
            interval = roster.interval_s[slot[fine]]
            mean, worst = self._fine.add(slot[fine], ts_ms[fine], interval, power[fine], quality[fine])
            self._clear(slot[fine], ts_ms[fine] // MINUTE_MS)
            found.append(self._put(slot[fine], ts_ms[fine], roster, mean, worst, reactive[fine]))
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def _clear(self, slot: IntArray, minute: IntArray) -> None:
        inside = (minute >= self.bottom) & (minute < self.top)
        self._power[minute[inside] % self.cells, slot[inside]] = np.nan

    def _put(
        self,
        slot: IntArray,
        ts_ms: IntArray,
        roster: Roster,
        power_kw: FloatArray,
        quality: CodeArray,
        reactive_kvar: FloatArray,
    ) -> tuple[IntArray, IntArray]:
        """Hold each reading over the cells of its interval, where nothing stands yet."""
        slots, minutes, source = self._cells_of(slot, ts_ms // MINUTE_MS, roster)
        rows = minutes % self.cells
        if not np.isnan(reactive_kvar).all():
            self._put_reactive(rows, slots, reactive_kvar[source])
        free = np.isnan(self._power[rows, slots]) | (self._quality[rows, slots] & FROM_REGISTER > 0)
        free |= self._estimated(rows, slots) & (quality[source] & _CODE == Quality.OK)
        rows, slots, minutes, source = rows[free], slots[free], minutes[free], source[free]
        self._power[rows, slots] = power_kw[source]
        self._quality[rows, slots] = quality[source]
        return slots, minutes

    def _estimated(self, rows: IntArray, slots: IntArray) -> BoolArray:
        """Cells that hold an estimate: a measured value that comes after all takes its place."""
        held: BoolArray = self._quality[rows, slots] & _CODE == Quality.ESTIMATED
        return held

    def forget(self, slots: IntArray, minutes: IntArray) -> None:
        """Empty the cells of these slots in these minutes, to fill them anew from what the store holds now."""
        inside = minutes[(minutes >= self.bottom) & (minutes < self.top)]
        at = np.ix_(inside % self.cells, slots)
        self._power[at] = np.nan
        self._quality[at] = Quality.OK
        for ring in (self._reactive, self._register):
            if ring is not None:
                ring[at] = np.nan
        self._fine.forget(slots, inside)

    def _cells_of(self, slot: IntArray, first: IntArray, roster: Roster) -> tuple[IntArray, IntArray, IntArray]:
        """Every (slot, minute) the readings cover inside the ring, and the row each comes from."""
        length = roster.minutes[slot]
        source = np.repeat(np.arange(len(slot)), length)
        step = np.arange(len(source)) - np.repeat(np.cumsum(length) - length, length)
        minutes = first[source] + step
        inside = (minutes >= self.bottom) & (minutes < self.top)
        return slot[source[inside]], minutes[inside], source[inside]

    def _put_reactive(self, rows: IntArray, slots: IntArray, kvar: FloatArray) -> None:
        if self._reactive is None:
            self._reactive = np.full(self._power.shape, np.nan, dtype=np.float32)
        free = np.isnan(self._reactive[rows, slots]) & ~np.isnan(kvar)
        self._reactive[rows[free], slots[free]] = kvar[free]

    def _accept_registers(self, batch: ReadingBatch, slot: IntArray, roster: Roster) -> tuple[IntArray, IntArray]:
        """Power of meters that send registers only: the difference of two readings one interval apart."""
        bare = np.isnan(batch.values[:, POWER]) & ~np.isnan(batch.values[:, ENERGY_IMPORT])
        chosen = np.flatnonzero(bare)[::-1]
        none = np.zeros(0, dtype=np.int64)
        if not chosen.size:
            return none, none
        if self._register is None:
            self._register = np.full(self._power.shape, np.nan)
            self._register_quality = np.zeros(self._power.shape, dtype=np.int8)
        slot = slot[chosen]
        length = roster.minutes[slot]
        at = batch.ts_ms[chosen] // MINUTE_MS + np.where(roster.register_end[slot], length, 0)
        inside = (at >= self.bottom) & (at < self.top)
        at, slot, chosen, length = at[inside], slot[inside], chosen[inside], length[inside]
        exported = batch.values[chosen, ENERGY_EXPORT]
        net = batch.values[chosen, ENERGY_IMPORT] - np.where(np.isnan(exported), 0.0, exported)
        held = self._register[at % self.cells, slot]
        new = np.isnan(held)
        self._register[at % self.cells, slot] = np.where(new, net, held)
        self._register_quality[at[new] % self.cells, slot[new]] = batch.quality[chosen[new]]
        before = self._register_power(slot, at - length, length, roster)
        after = self._register_power(slot, at, length, roster)
        return np.concatenate([before[0], after[0]]), np.concatenate([before[1], after[1]])

    def _register_power(
        self, slot: IntArray, start: IntArray, length: IntArray, roster: Roster
    ) -> tuple[IntArray, IntArray]:
        """Fill [start, start + length) of each slot where both of its registers are there.

        How far the difference is trusted was judged of the register that ends it.
        """
        register = self._register
        whole = (start >= self.bottom) & (start + length < self.top)
        slot, start, length = slot[whole], start[whole], length[whole]
        if register is None or not slot.size:
            return slot, start
        pair = np.stack([register[start % self.cells, slot], register[(start + length) % self.cells, slot]], axis=1)
        # The bound on what an interval can hold was checked by validation, which knows the account's capacity.
        energy = register_energy_kwh(pair, modulus_kwh=roster.modulus_kwh[slot][:, None], limit_kwh=np.inf)[:, 0]
        known = ~np.isnan(energy)
        slot, start, length = slot[known], start[known], length[known]
        power = energy[known] * 60.0 / length
        quality = self._register_quality[(start + length) % self.cells, slot]
        codes = (quality | FROM_REGISTER).astype(np.int8)
        none = np.full(len(slot), np.nan)
        first = start % self.cells
        standing = ~np.isnan(self._power[first, slot]) & ~(self._estimated(first, slot) & (quality == Quality.OK))
        fresh = ~standing
        return self._put(slot[fresh], start[fresh] * MINUTE_MS, roster, power[fresh], codes[fresh], none[fresh])


def _reactive_kvar(values: FloatArray) -> FloatArray:
    """Reactive power as sent, or from the power factor: |Q| = |P| * sqrt(1 / pf^2 - 1)."""
    sent, factor = values[:, REACTIVE], np.abs(values[:, POWER_FACTOR])
    usable: BoolArray = np.isnan(sent) & (factor > 0.0) & (factor <= 1.0)
    derived = np.abs(values[:, POWER]) * np.sqrt(1.0 / np.square(np.where(usable, factor, 1.0)) - 1.0)
    return np.where(usable, derived, sent)
