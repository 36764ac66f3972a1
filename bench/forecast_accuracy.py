"""Accuracy of the forecasts on measured loads, beside the week before and statsforecast, at the same origins.

    python -m bench.forecast_accuracy [--origins 6] [--rivals 2] [--data ../shared/data] [--write FILE]

Sites are split by the first byte of the SHA-256 of their name: even ones are there to design with, odd ones are only
scored. Every forecast is given the load up to its origin and nothing else. The data hold no archived forecasts of the
weather, so none is given; the same hour of the day before ("persistence") and what was measured ("perfect") are
reported apart. Rivals: ``pip install 'yingfeng[bench]'``.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analytics.forecast import LEVELS, Refusal, forecast
from analytics.forecast_frame import Frame, plain_frame
from analytics.forecast_spread import peak_errors
from bench.measured_loads import Part, is_design, load_files, options, read, tell
from domain.arrays import FloatArray, IntArray

HISTORY_DAYS, RIVAL_DAYS, HORIZON_H = 84, 28, 48
#: Few sites are measured at 15 minutes: so many times as many origins are taken of them.
FINER = 4
P10, P50, P90 = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))


def origins(part: Part, count: int) -> list[int]:
    """Evenly over what follows the first twelve weeks, at 00, 06, 12 and 18 h in turn."""
    steps = np.linspace((HISTORY_DAYS + 1) * part.slots, len(part.day) - 4 * part.slots, count).astype(int)
    return [int(step - part.slot[step] + (i % 4) * part.slots // 4) for i, step in enumerate(steps)]


@dataclass(frozen=True, eq=False)
class Case:
    """An origin of one part with the sites that can be scored there."""

    part: Part
    origin: int
    sites: IntArray
    frame: Frame
    load_kw: FloatArray
    actual_kw: FloatArray
    peak_day: slice

    @property
    def per_hour(self) -> int:
        return 3600 // self.part.step_s


def cases(parts: list[Part], count: int, counted: Counter[str] | None = None) -> Iterator[Case]:
    """A day with 90 % of its values that follows one is owed a figure; ``counted`` tells what became of them."""
    for part in parts:
        ahead = HORIZON_H * 3600 // part.step_s
        for origin in origins(part, count):
            start = origin - HISTORY_DAYS * part.slots
            past, actual = part.load_kw[:, start:origin], part.load_kw[:, origin : origin + ahead]
            whole = (~np.isnan(past[:, -part.slots :])).mean(axis=1) >= 0.9
            owed = whole & ((~np.isnan(actual)).mean(axis=1) >= 0.9)
            if counted is not None:
                counted["owed"] += int(owed.sum())
            # The week before must be there as well, or nothing can be compared with it.
            fair = owed & ((~np.isnan(past[:, -7 * part.slots :])).mean(axis=1) >= 0.9)
            if counted is not None:
                counted["no week before to compare with"] += int((owed & ~fair).sum())
            sites = np.flatnonzero(fair)
            if not len(sites):
                continue
            where = slice(start, origin + ahead)
            frame = plain_frame(part.day[where], part.slot[where], known=origin - start, step_s=part.step_s)
            midnight = int(np.argmax(part.slot[origin : origin + ahead] == 0))
            yield Case(part, origin, sites, frame, past[sites], actual[sites], slice(midnight, midnight + part.slots))


@dataclass
class Found:
    """Errors by site: hour, day, next day and peak; quantile hits by stretch of leads."""

    errors: dict[str, list[tuple[float, float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    hits: dict[str, list[FloatArray]] = field(default_factory=lambda: defaultdict(list))

    def add(self, site: str, case: Case, place: int, expected_kw: FloatArray, peak_kw: float) -> None:
        actual, hour, day = case.actual_kw[place], case.per_hour - 1, case.part.slots
        error = np.abs(expected_kw - actual)
        peak = abs(float(np.nanmax(actual[case.peak_day])) - peak_kw)
        # The hour of a step that was not measured counts nowhere; day and peak have nine tenths of theirs.
        self.errors[site].append((error[hour], float(np.nanmean(error[:day])), float(np.nanmean(error[day:])), peak))


def weather_of(case: Case, kind: str) -> FloatArray | None:
    if kind == "none":
        return None
    start = case.origin - HISTORY_DAYS * case.part.slots
    values = case.part.temperature_c[start : start + len(case.frame.day)].copy()
    if kind == "persistence":
        ahead = np.arange(case.frame.horizon) % case.part.slots
        values[case.frame.known :] = values[case.frame.known - case.part.slots + ahead]
    return values


def ours(found: Found, case: Case, kind: str, refused: Counter[str]) -> None:
    temperature = weather_of(case, kind)
    issued = forecast(case.load_kw, case.frame, temperature_c=temperature)
    errors = peak_errors(issued.expected_kw[:, case.peak_day], issued.paths.within(case.peak_day))
    for place, site in enumerate(case.sites):
        name = case.part.ids[site]
        if issued.refusal[place] is not Refusal.NONE:
            refused[str(issued.refusal[place])] += 1
            continue
        top = issued.expected_kw[place, case.peak_day].max()
        peaks = top + np.nanquantile(errors[place], (0.1, 0.5, 0.9))
        found.add(name, case, place, issued.quantiles_kw[P50, place], float(peaks[1]))
        _hits(found, case, place, issued.quantiles_kw[:, place], peaks)


def _hits(found: Found, case: Case, place: int, levels_kw: FloatArray, peaks: FloatArray) -> None:
    actual, per_hour, day = case.actual_kw[place], case.per_hour, case.part.slots
    below = np.where(np.isnan(actual), np.nan, (actual <= levels_kw[[P10, P50, P90]]).astype(float))
    stretches = {"1 h": slice(0, per_hour), "1-6 h": slice(per_hour, 6 * per_hour), "6-24 h": slice(6 * per_hour, day)}
    stretches["24-48 h"] = slice(day, None)
    for name, steps in stretches.items():
        there = ~np.isnan(actual[steps])
        if there.any():
            found.hits[name].append(below[:, steps][:, there].mean(axis=1))
    found.hits["peak of day"].append((np.nanmax(actual[case.peak_day]) <= peaks).astype(float))


def week_before(case: Case) -> FloatArray:
    return case.load_kw[:, -7 * case.part.slots :][:, : case.frame.horizon]


def _bridged(load_kw: FloatArray) -> FloatArray:
    steps, there = np.arange(len(load_kw)), ~np.isnan(load_kw)
    return np.interp(steps, steps[there], load_kw[there])


def rivals() -> dict[str, Callable[[FloatArray, int, int], FloatArray]]:
    """Empty where statsforecast is not installed."""
    try:
        from statsforecast.models import MSTL, AutoETS
    except ImportError:
        print("statsforecast is not installed: pip install 'yingfeng[bench]'", file=sys.stderr)
        return {}

    def ets(past: FloatArray, slots: int, ahead: int) -> FloatArray:
        return np.asarray(AutoETS(season_length=slots).forecast(y=past, h=ahead)["mean"])

    def mstl(past: FloatArray, slots: int, ahead: int) -> FloatArray:
        model = MSTL(season_length=[slots, 7 * slots], trend_forecaster=AutoETS(model="ZZN"))
        return np.asarray(model.forecast(y=past, h=ahead)["mean"])

    return {"AutoETS": ets, "MSTL": mstl}


def run(parts: list[Part], count: int, rival_count: int) -> str:
    lines: list[str] = []
    groups = {"hourly": [p for p in parts if p.step_s == 3600], "15 min": [p for p in parts if p.step_s == 900]}
    counted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for group, members in groups.items():
        found, naive = Found(), Found()
        for case in cases(members, count if group == "hourly" else FINER * count, counted):
            ours(found, case, "none", refused)
            for place, site in enumerate(case.sites):
                curve = week_before(case)[place]
                naive.add(case.part.ids[site], case, place, curve, float(np.nanmax(curve[case.peak_day])))
            print(f"{group}: {case.part.ids[0]} {case.origin}", file=sys.stderr)
        lines += _against_week(group, found, naive) + _coverage(group, found)
    lines += _weather([p for p in groups["hourly"] if np.isfinite(p.temperature_c).any()], count)
    lines += _against_rivals(groups, rival_count)
    figures = counted["owed"] - counted["no week before to compare with"] - sum(refused.values())
    lines += ["### Figures and refusals", ""]
    lines += [f"- days with 90 % coverage on both sides of the origin: {counted['owed']}"]
    lines += [f"- not compared, for the week before is missing: {counted['no week before to compare with']}"]
    lines += [f"- of the rest a figure: {figures} ({figures / max(1, figures + sum(refused.values())):.1%})"]
    lines += [f"- refused, {reason}: {times}" for reason, times in sorted(refused.items())]
    return "\n".join(lines) + "\n"


def _ratios(found: Found, base: Found, sites: list[str]) -> FloatArray:
    """Mean error of each site over that of the base, shape (s, 4)."""
    rows = []
    for site in sites:
        above, below = (np.nanmean(np.array(each.errors[site]), axis=0) for each in (found, base))
        rows.append(np.divide(above, below, out=np.full(4, np.nan), where=below > 1e-9))
    return np.array(rows).reshape(-1, 4)


HEAD = ["| sites | n | 1 h | next 24 h | 24-48 h | peak of day |", "|---|---|---|---|---|---|"]


def _row(name: str, ratios: FloatArray) -> str:
    cells = " | ".join(f"{value:.2f}" for value in np.nanmedian(ratios, axis=0))
    return f"| {name} | {len(ratios)} | {cells} |"


def _against_week(group: str, found: Found, naive: Found) -> list[str]:
    title = f"### {group}: mean absolute error over that of the same hour last week, median site"
    lines = [title, "", *HEAD]
    for name, wanted in (("design", True), ("score only", False)):
        sites = [site for site in found.errors if is_design(site) is wanted]
        if sites:
            lines.append(_row(name, _ratios(found, naive, sites)))
    return [*lines, ""]


def _coverage(group: str, found: Found) -> list[str]:
    lines = [f"### {group}: share of what came at or below P10, P50, P90 (all sites)", ""]
    lines += ["| leads | P10 | P50 | P90 |", "|---|---|---|---|"]
    for name, hits in found.hits.items():
        cells = " | ".join(f"{share:.3f}" for share in np.nanmean(np.array(hits), axis=0))
        lines.append(f"| {name} | {cells} |")
    return [*lines, ""]


def _weather(parts: list[Part], count: int) -> list[str]:
    found = {kind: Found() for kind in ("persistence", "perfect", "none")}
    for case in cases(parts, count):
        for kind in found:
            ours(found[kind], case, kind, Counter())
    lines = ["### What the weather adds: error over that without it, median site with temperature", "", *HEAD]
    for kind in ("perfect", "persistence"):
        for name, wanted in (("design", True), ("score only", False)):
            sites = [site for site in found[kind].errors if is_design(site) is wanted]
            lines.append(_row(f"{kind}, {name}", _ratios(found[kind], found["none"], sites)))
    return [*lines, ""]


def _against_rivals(groups: dict[str, list[Part]], count: int) -> list[str]:
    models = rivals() if count else {}
    if not models:
        return []
    lines = [f"### Error over that of each rival, median site, {count} origins each", ""]
    lines += ["| against | sites | n | 1 h | next 24 h | 24-48 h | peak of day |", "|---|---|---|---|---|---|---|"]
    for group, members in groups.items():
        found, other = Found(), {name: Found() for name in models}
        for case in cases(members, count):
            ours(found, case, "none", Counter())
            for place, site in enumerate(case.sites):
                past = _bridged(case.load_kw[place, -RIVAL_DAYS * case.part.slots :])
                for name, model in models.items():
                    began = time.perf_counter()
                    curve = model(past, case.part.slots, case.frame.horizon)
                    other[name].add(case.part.ids[site], case, place, curve, float(np.nanmax(curve[case.peak_day])))
                    print(f"{name} {case.part.ids[site]} {time.perf_counter() - began:.1f} s", file=sys.stderr)
        for name, errors in other.items():
            for split, wanted in (("design", True), ("score only", False)):
                sites = [site for site in found.errors if is_design(site) is wanted]
                if sites:
                    lines.append(f"| {name} {_row(f'{group}, {split}', _ratios(found, errors, sites))}")
    return [*lines, ""]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--origins", type=int, default=6)
    parser.add_argument("--rivals", type=int, default=2, help="origins at which the rivals are run; 0 leaves them out")
    chosen = parser.parse_args()
    parts = [read(file) for file in load_files(chosen.data)]
    tell(run(parts, chosen.origins, chosen.rivals), chosen.write)


if __name__ == "__main__":
    main()
