"""False alarms of the anomaly tests on measured loads, and how many faults put into them are found, by their size.

    python -m bench.anomaly_rates [--data ../shared/data] [--write FILE]

Sites are split as in bench.forecast_accuracy. What is told on the loads as they are counts as a false alarm, though
some of it is true (these loads have gaps, level shifts and stuck meters): the rate is an upper bound. Faults are put
into the series one at a time, where the weeks before are whole; one that would have been told without it is not found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from analytics.anomalies import Anomaly, AnomalyKind, find_anomalies, find_imbalances
from analytics.forecast_frame import Frame, plain_frame
from bench.measured_loads import Part, is_design, load_files, options, read, tell
from domain.arrays import FloatArray

WARM_DAYS, LOOK_DAYS = 60, 10
PLACES = (0.3, 0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Fault:
    """size : of the mean load, of the night's own load, hours of a flat line, or of the sub-meters' sum"""

    kind: AnomalyKind
    size: float
    words: str


FAULTS = (
    *(Fault(AnomalyKind.RESIDUAL, size, f"five hours up by {size:.0%} of the mean") for size in (0.2, 0.5, 1.0)),
    *(Fault(AnomalyKind.FLAT, hours, f"{hours} hours at one value, from 9 h") for hours in (3, 6, 24)),
    *(Fault(AnomalyKind.STEP, size, f"up by {size:.0%} of the mean") for size in (0.05, 0.1, 0.2, 0.4)),
    *(Fault(AnomalyKind.STEP, -size, f"down by {size:.0%} of the mean") for size in (0.2, 0.4)),
    *(Fault(AnomalyKind.NIGHT_BASE, size, f"0-6 h up by {size:.0%} of itself") for size in (0.1, 0.2, 0.4, 0.6)),
    *(Fault(AnomalyKind.BALANCE, size, f"sub-meters {size:.0%} lower for a day") for size in (0.02, 0.05, 0.1, 0.2)),
)


def frame_of(part: Part, first: int, last: int) -> Frame:
    return plain_frame(part.day[first:last], part.slot[first:last], known=last - first, step_s=part.step_s)


def spoilt(load_kw: FloatArray, frame: Frame, day: int, fault: Fault) -> FloatArray:
    """The load with a fault from ``day`` on, shape (s, n)."""
    level = np.nanmean(np.abs(load_kw), axis=1, keepdims=True)
    hour = frame.slot / frame.per_hour
    steps = np.arange(len(frame.slot))
    morning = int(np.flatnonzero((frame.day == day) & (hour == 9))[0])
    match fault.kind:
        case AnomalyKind.RESIDUAL:
            where = (steps >= morning) & (steps < morning + 5 * frame.per_hour)
            return np.where(where, load_kw + fault.size * level, load_kw)
        case AnomalyKind.FLAT:
            where = (steps >= morning) & (steps < morning + fault.size * frame.per_hour)
            return np.where(where, load_kw[:, [morning]], load_kw)
        case AnomalyKind.STEP:
            return np.where(frame.day >= day, load_kw + fault.size * level, load_kw)
        case _:
            return np.where((frame.day >= day) & (hour < 6), load_kw + fault.size * np.abs(load_kw), load_kw)


@dataclass
class Counted:
    """alarms, found, put : by kind, and by fault"""

    months: float = 0.0
    main_months: float = 0.0
    alarms: Counter[AnomalyKind] = field(default_factory=Counter)
    found: Counter[Fault] = field(default_factory=Counter)
    put: Counter[Fault] = field(default_factory=Counter)

    def count(self, fault: Fault, put: int, told: set[tuple[AnomalyKind, int]]) -> None:
        self.put[fault] += put
        self.found[fault] += sum(kind is fault.kind for kind, _ in told)


def measure(parts: list[Part], *, design: bool) -> Counted:
    counted = Counted()
    for part in parts:
        rows = [i for i, name in enumerate(part.ids) if is_design(name) is design]
        if not rows:
            continue
        load, frame = part.load_kw[rows], frame_of(part, 0, len(part.day))
        counted.alarms.update(each.kind for each in find_anomalies(load, frame, first_day=28))
        whole = (~np.isnan(frame.daily(load))).mean(axis=2) >= 0.75
        counted.months += float(whole[:, 28:].sum()) / 30.4
        main, subs = _mains(load)
        counted.alarms.update(each.kind for each in find_imbalances(main, subs, frame, first_day=28))
        whole_mains = (~np.isnan(frame.daily(main - subs))).mean(axis=2) >= 0.75
        counted.main_months += float(whole_mains[:, 28:].sum()) / 30.4
        for at in PLACES:
            _inject(part, load, at, counted)
    return counted


def _inject(part: Part, load: FloatArray, at: float, counted: Counted) -> None:
    middle = int(at * len(part.day)) // part.slots * part.slots
    first, last = middle - WARM_DAYS * part.slots, middle + LOOK_DAYS * part.slots
    if first < 0:
        return
    frame = frame_of(part, first, last)
    own = load[:, first:last]
    own = own[(~np.isnan(own)).mean(axis=1) > 0.95]
    if not len(own):
        return
    day = WARM_DAYS + 1
    without = _sites(find_anomalies(own, frame, first_day=day))
    for fault in FAULTS:
        if fault.kind is not AnomalyKind.BALANCE:
            told = find_anomalies(spoilt(own, frame, day, fault), frame, first_day=day)
            counted.count(fault, len(own), _sites(told) - without)
    main, subs = _mains(own)
    without = _sites(find_imbalances(main, subs, frame, first_day=day))
    for fault in FAULTS:
        if fault.kind is AnomalyKind.BALANCE:
            lower = np.where(frame.day == day, 1 - fault.size, 1.0) * subs
            counted.count(fault, len(main), _sites(find_imbalances(main, lower, frame, first_day=day)) - without)


def _mains(load_kw: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Four sites as the load behind one main meter, three of them with a sub-meter; shapes (s // 4, n)."""
    fours = load_kw[: len(load_kw) // 4 * 4].reshape(-1, 4, load_kw.shape[1])
    return fours.sum(axis=1), fours[:, :3].sum(axis=1)


def _sites(told: list[Anomaly]) -> set[tuple[AnomalyKind, int]]:
    return {(each.kind, each.site) for each in told}


def table(parts: list[Part]) -> str:
    both = [measure(parts, design=design) for design in (True, False)]
    lines = ["| kind | fault put in | found, design | found, score only |", "|---|---|---:|---:|"]
    for fault in FAULTS:
        shares = [f"{each.found[fault] / max(1, each.put[fault]):.0%} of {each.put[fault]}" for each in both]
        lines.append(f"| {fault.kind} | {fault.words} | {' | '.join(shares)} |")
    lines += ["", "| told without a fault | alarms a site-month, design | score only |", "|---|---:|---:|"]
    single = [kind for kind in AnomalyKind if kind is not AnomalyKind.BALANCE]
    for kind in single:
        lines.append(f"| {kind} | {' | '.join(f'{each.alarms[kind] / each.months:.2f}' for each in both)} |")
    sums = [sum(each.alarms[kind] for kind in single) / each.months for each in both]
    lines.append(f"| all of these | {' | '.join(f'{each:.2f}' for each in sums)} |")
    balance = [each.alarms[AnomalyKind.BALANCE] / max(1, each.main_months) for each in both]
    lines.append(f"| balance, a main meter and month | {' | '.join(f'{each:.2f}' for each in balance)} |")
    lines.append(
        f"| months of sites and of main meters | {' | '.join(f'{e.months:,.0f}, {e.main_months:,.0f}' for e in both)} |"
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    chosen = options(__doc__).parse_args()
    tell(table([read(file) for file in load_files(chosen.data)]), chosen.write)


if __name__ == "__main__":
    main()
