"""How many whole days of measured loads get a figure, and why the others do not.

    python -m bench.answered_days [--data ../shared/data] [--write FILE]

A day with 90 % of its values is owed a daily characteristic, a forecast issued at its midnight from the days before as
the product keeps them, and a baseline of its hours 14-18 by every method. Refusals are counted by the reason the
product gives. Holidays of these countries are not known here. Every FULL_EVERY-th day is forecast to the end, so that
"a figure" is a number and no promise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from analytics.baselines.days import DayTable, Window, complete_days
from analytics.baselines.estimate import Method, in_window
from analytics.baselines.estimate import Refusal as BaselineRefusal
from analytics.baselines.members import Combination
from analytics.baselines.registry import candidates
from analytics.day_figures import day_figures
from analytics.forecast import Refusal, forecast, judge
from analytics.forecast_frame import plain_frame
from analytics.verdicts import Verdict
from bench.baseline_accuracy import WINDOW, table_of
from bench.measured_loads import Part, load_files, options, read, tell
from config.policy import load_policy
from domain.arrays import BoolArray, CodeArray, FloatArray
from monitor.forecasting import HISTORY_DAYS

FULL_EVERY = 28


@dataclass
class Answered:
    """Of one question: days owed, figures given, refusals by reason."""

    owed: int = 0
    figures: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, reasons: list[str]) -> None:
        """One entry a day, empty where there is a figure."""
        self.owed += len(reasons)
        self.figures += reasons.count("")
        self.refused.update(reason for reason in reasons if reason)

    def line(self, name: str) -> str:
        told = ", ".join(f"{reason} {times:,}" for reason, times in self.refused.most_common()) or "–"
        return f"| {name} | {self.owed:,} | {self.figures:,} | {self.figures / max(1, self.owed):.2%} | {told} |"


Book = dict[str, Answered]


def whole_days(table: DayTable) -> BoolArray:
    """Shape (s, d)"""
    return complete_days(table.load_kw)


def characteristics(book: Book, table: DayTable) -> None:
    figures = day_figures(table.load_kw, step_s=table.step_s)
    owed = whole_days(table)
    _of(book, "maximum, mean, energy of the day").add(_words(figures.verdict[owed], Verdict))
    no_ratio = np.where(np.isnan(figures.load_factor), Verdict.NO_LOAD, Verdict.OK)
    _of(book, "load factor of the day").add(_words(np.where(figures.counted, no_ratio, figures.verdict)[owed], Verdict))


def forecasts(book: Book, part: Part, table: DayTable) -> None:
    owed = whole_days(table)
    for origin in np.flatnonzero(part.slot == 0).tolist():
        day = int(part.day[origin] - part.day[0])
        sites = np.flatnonzero(owed[:, day])
        start, end = max(0, origin - HISTORY_DAYS * part.slots), min(origin + part.slots, len(part.day))
        if not len(sites):
            continue
        if origin == start:
            _of(book, "forecast at its midnight").add([str(Refusal.NO_DATA)] * len(sites))
            continue
        frame = plain_frame(part.day[start:end], part.slot[start:end], known=origin - start, step_s=part.step_s)
        load = part.load_kw[sites, start:end]
        _of(book, "forecast at its midnight").add([str(each) for each in judge(load, frame)[1]])
        if day % FULL_EVERY == 0:
            found = forecast(load, frame)
            finite = [bool(np.isfinite(found.quantiles_kw[:, place]).all()) for place in range(len(sites))]
            _of(book, f"of these, every {FULL_EVERY}th day forecast to the end").add(
                [str(each) or ("" if good else "not finite") for each, good in zip(found.refusal, finite, strict=True)]
            )


def baselines(book: Book, table: DayTable) -> None:
    owed = whole_days(table)
    everyone = candidates(load_policy().baselines, adjusted=False)
    known: dict[str, dict[int, FloatArray]] = {each.id: {} for each in everyone}
    window = Window(WINDOW.first * table.per_hour, WINDOW.end * table.per_hour)
    for day in range(table.load_kw.shape[1]):
        sites = owed[:, day]
        if not sites.any():
            continue
        anyone = np.zeros(int(sites.sum()), dtype=np.bool_)
        for each in everyone:
            codes = _refusals(each.method, table.until(day), day, window, known[each.id])[sites]
            anyone |= codes == BaselineRefusal.NONE
            _of(book, f"baseline {each.id}").add(_words(codes, BaselineRefusal))
        _of(book, "baseline by any method").add(["" if good else "refused by every method" for good in anyone])


def _refusals(method: Method, past: DayTable, day: int, window: Window, known: dict[int, FloatArray]) -> CodeArray:
    """known : what members of a combination said of other days"""
    if isinstance(method, Combination):
        return in_window(method.combined(past, day, window, known), window).refusal
    return in_window(method(past, day, window), window).refusal


def _of(book: Book, name: str) -> Answered:
    return book.setdefault(name, Answered())


def _words(codes: CodeArray, kind: type[IntEnum]) -> list[str]:
    words = {each.value: "" if each.value == 0 else each.name.lower() for each in kind}
    return [words[code] for code in codes.tolist()]


def answered(parts: list[Part]) -> str:
    book: Book = {}
    tables = [table_of(part) for part in parts]
    for table in tables:
        characteristics(book, table)
    for part, table in zip(parts, tables, strict=True):
        forecasts(book, part, table)
    for table in tables:
        baselines(book, table)
    days = sum(table.load_kw[:, :, 0].size for table in tables)
    whole = sum(int(whole_days(table).sum()) for table in tables)
    sites = sum(len(part.ids) for part in parts)
    lines = [f"{sites} sites, {days:,} days, {whole:,} of them with 90 % of their values.", ""]
    lines += ["| question | days owed | figures | share | refused, by reason |", "|---|---:|---:|---:|---|"]
    return "\n".join([*lines, *(each.line(name) for name, each in book.items())]) + "\n"


def main() -> None:
    chosen = options(__doc__).parse_args()
    tell(answered([read(file) for file in load_files(chosen.data)]), chosen.write)


if __name__ == "__main__":
    main()
