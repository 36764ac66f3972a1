"""False alarms of the anomaly tests on measured loads, and how many faults put into them are found.

    python -m bench.anomaly_rates [--data ../shared/data] [--write FILE]

Sites are split as in bench.forecast_accuracy. What is told on the loads as they are counts as a false alarm, though
some of it is true (these loads have gaps, level shifts and stuck meters): the rate is an upper bound. Faults are put
into the series one at a time, where the weeks before are whole.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from analytics.anomalies import AnomalyKind, find_anomalies, find_imbalances
from analytics.forecast_frame import Frame, plain_frame
from bench.forecast_accuracy import Part, is_design, read
from domain.arrays import FloatArray

LOOK_DAYS = 10


def frame_of(part: Part, first: int, last: int) -> Frame:
    return plain_frame(part.day[first:last], part.slot[first:last], known=last - first, step_s=part.step_s)


def faults(load_kw: FloatArray, frame: Frame, day: int) -> dict[AnomalyKind, FloatArray]:
    """The load with one fault each from ``day`` on, shape (s, n)."""
    level = np.nanmean(np.abs(load_kw), axis=1, keepdims=True)
    hour = frame.slot / frame.per_hour
    on_day = frame.day == day
    after = frame.day >= day
    noon = on_day & (hour >= 9) & (hour < 14)
    start = int(np.flatnonzero(noon)[0])
    return {
        AnomalyKind.RESIDUAL: np.where(noon, load_kw + level, load_kw),
        AnomalyKind.FLAT: np.where(noon, load_kw[:, [start]], load_kw),
        AnomalyKind.STEP: np.where(after, load_kw + 0.5 * level, load_kw),
        AnomalyKind.NIGHT_BASE: np.where(after & (hour < 6), load_kw + 0.4 * level, load_kw),
    }


def measure(parts: list[Part], *, design: bool) -> tuple[Counter[str], float, Counter[str], Counter[str]]:
    """False alarms by kind, site-months looked at, faults found and put in."""
    alarms, found, put = Counter[str](), Counter[str](), Counter[str]()
    months = 0.0
    for part in parts:
        rows = [i for i, name in enumerate(part.ids) if is_design(name) is design]
        if not rows:
            continue
        load, frame = part.load_kw[rows], frame_of(part, 0, len(part.day))
        alarms.update(str(each.kind) for each in find_anomalies(load, frame, first_day=28))
        whole = (~np.isnan(frame.daily(load))).mean(axis=2) >= 0.75
        months += float(whole[:, 28:].sum()) / 30.4
        for at in (0.3, 0.5, 0.7):
            _inject(part, load, at, found, put)
    return alarms, months, found, put


def _inject(part: Part, load: FloatArray, at: float, found: Counter[str], put: Counter[str]) -> None:
    middle = int(at * len(part.day)) // part.slots * part.slots
    first, last = middle - 60 * part.slots, middle + LOOK_DAYS * part.slots
    if first < 0:
        return
    frame = frame_of(part, first, last)
    own = load[:, first:last]
    good = (~np.isnan(own)).mean(axis=1) > 0.95
    if not good.any():
        return
    own = own[good]
    day = 61
    for kind, spoilt in faults(own, frame, day).items():
        told = find_anomalies(spoilt, frame, first_day=day)
        put[str(kind)] += len(own)
        found[str(kind)] += len({each.site for each in told if each.kind is kind})
    parts = own * 0.95
    parts[:, frame.day == day] *= 0.8
    put["balance"] += len(own)
    found["balance"] += len({each.site for each in find_imbalances(own, parts, frame, first_day=day)})


def table(parts: list[Part]) -> str:
    lines = ["| sites | kind | alarms per site-month | faults found |", "|---|---|---|---|"]
    for name, design in (("design", True), ("score only", False)):
        alarms, months, found, put = measure(parts, design=design)
        for kind in AnomalyKind:
            share = f"{found[str(kind)]} of {put[str(kind)]} ({found[str(kind)] / max(1, put[str(kind)]):.0%})"
            rate = "–" if kind is AnomalyKind.BALANCE else f"{alarms[str(kind)] / months:.2f}"
            lines.append(f"| {name} | {kind} | {rate} | {share} |")
        lines.append(f"| {name} | all, {months:,.0f} site-months | {sum(alarms.values()) / months:.2f} | |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    files = sorted(options.data.glob("*/*.csv.gz"))
    if not files:
        raise SystemExit(f"no load files under {options.data}; give their folder with --data")
    told = table([read(file) for file in files])
    print(told)
    if options.write:
        options.write.write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
