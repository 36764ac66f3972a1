"""Accuracy of baselines on measured loads: the court's choice beside CAISO 10-in-10, on placebo events.

    python -m bench.baseline_accuracy [--data ../shared/data] [--write FILE] [--events FILE] [--opendsm FILE]

Hourly sites with temperature. The placebo events are the ten hottest weekdays of each file, 14-18 h of site-local time.
For each of them and each site the court chooses on the workdays before it and is scored on it alone. Sites are split as
in bench.forecast_accuracy: even ones are there to design with, odd ones are only scored. Holidays of these countries
are not known here: every method meets them alike. For OpenDSM see bench/baseline_opendsm.py.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from analytics.baselines.court import Candidate, Evidence, hear, judge
from analytics.baselines.days import DayTable, Window, complete_days
from analytics.baselines.registry import ADJUSTED, candidates
from analytics.baselines.scores import scores
from bench.measured_loads import ZONES, Part, is_design, load_files, options, read, tell
from config.policy import load_policy
from domain.arrays import BoolArray, FloatArray, IntArray

WINDOW = Window(14, 18)
HOT_DAYS, HISTORY_DAYS = 10, 130
RIVAL = "caiso_10in10"
LEAST_EVENTS = 5
FAVOUR = load_policy().baselines.favour()
HEAD = (
    "| baseline | sites | RRMSE, median site | over 10-in-10: of medians (median of sites) "
    "| over 10-in-10 adjusted | bias, median site | bias, mean of sites |"
)
FILES = ("bdg2_us_hourly", "cambridge_uk_hourly")


def table_of(part: Part) -> DayTable:
    """Of the hour that comes twice the later counts, of the one that is skipped nothing."""
    days = int(part.day[-1] - part.day[0]) + 1
    load = np.full((len(part.ids), days, part.slots), np.nan)
    warm = np.full((days, part.slots), np.nan)
    load[:, part.day - part.day[0], part.slot] = part.load_kw
    warm[part.day - part.day[0], part.slot] = part.temperature_c
    weekday = (np.arange(days) + int(part.day[0]) + 3) % 7
    none = np.zeros((len(part.ids), days), dtype=np.bool_)
    return DayTable(load, weekday < 5, np.zeros(days, dtype=np.bool_), none, none, warm, part.step_s)


def hottest(table: DayTable) -> IntArray:
    """Weekdays with the highest temperature, after enough days to learn from; in order of time."""
    known = ~np.isnan(table.temperature_c).any(axis=1)
    warmest = np.where(known & table.works, np.nan_to_num(table.temperature_c, nan=-99.0).max(axis=1), -99.0)
    warmest[: int(np.argmax(known)) + 72] = -99.0
    return np.sort(np.argsort(-warmest, kind="stable")[:HOT_DAYS])


@dataclass(frozen=True, eq=False)
class Heard:
    """Evidence on the hot days and on the workdays before them; hot : places of the hot days in it."""

    ids: tuple[str, ...]
    evidence: Evidence
    hot: IntArray

    def trial(self, hot_day: int, count: int) -> BoolArray:
        """The newest workdays before a hot day, on which the court may choose."""
        before = np.flatnonzero(self.evidence.days < hot_day)[-count:]
        chosen = np.zeros(len(self.evidence.days), dtype=np.bool_)
        chosen[before] = True
        return chosen


def heard(part: Part, everyone: list[Candidate], trial_days: int) -> Heard:
    table = table_of(part)
    hot = hottest(table)
    works = np.flatnonzero(table.works)
    days = np.unique(np.concatenate([[day, *works[works < day][-trial_days:].tolist()] for day in hot.tolist()]))
    # Days nothing is asked about need not be carried along.
    first = max(0, int(days[0]) - HISTORY_DAYS)
    some = DayTable(
        table.load_kw[:, first:],
        table.works[first:],
        table.holiday[first:],
        table.event[:, first:],
        table.outage[:, first:] | ~complete_days(table.load_kw[:, first:]),
        table.temperature_c[first:],
        table.step_s,
    )
    began = time.perf_counter()
    found = hear(some, everyone, days - first, WINDOW)
    print(f"{part.ids[0]}: {len(days)} days heard in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    evidence = Evidence(found.ids, days, found.base_kw, found.load_kw)
    return Heard(part.ids, evidence, np.flatnonzero(np.isin(days, hot)))


def court_choice(case: Heard, among: list[int], trial_days: int) -> tuple[FloatArray, list[str]]:
    """Baseline of the candidate chosen before each hot day, shape (s, h, w), and the names chosen."""
    evidence = case.evidence
    some = Evidence(tuple(evidence.ids[n] for n in among), evidence.days, evidence.base_kw[among], evidence.load_kw)
    base = np.full((len(case.ids), len(case.hot), WINDOW.end - WINDOW.first), np.nan)
    names: list[str] = []
    for place, event in enumerate(case.hot.tolist()):
        trial = case.trial(int(evidence.days[event]), trial_days)
        until = np.flatnonzero(trial | (np.arange(len(trial)) == event))
        part = Evidence(some.ids, some.days[until], some.base_kw[:, :, until], some.load_kw[:, until])
        verdict = judge(part, trial=part.days < evidence.days[event], favour=FAVOUR)
        for site, choice in enumerate(verdict.choice.tolist()):
            if choice >= 0:
                base[site, place] = some.base_kw[choice, site, event]
                names.append(some.ids[choice])
    return base, names


@dataclass(frozen=True, eq=False)
class Row:
    """rrmse, bias : shape (sites of all files,), NaN where fewer than LEAST_EVENTS were scored"""

    name: str
    rrmse: FloatArray
    bias: FloatArray


def row(name: str, cases: list[Heard], bases: list[FloatArray]) -> Row:
    found = [scores(base, case.evidence.load_kw[:, case.hot]) for case, base in zip(cases, bases, strict=True)]
    enough = np.concatenate([each.events >= LEAST_EVENTS for each in found])
    rrmse, bias = (np.concatenate([getattr(each, name) for each in found]) for name in ("rrmse", "bias"))
    return Row(name, np.where(enough, rrmse, np.nan), np.where(enough, bias, np.nan))


def lines(row: Row, rivals: dict[str, Row], sites: BoolArray) -> str:
    """Name, sites, median RRMSE, over each rival's (median of sites), bias of the median site and of all sites."""
    cells = [f"{np.nanmedian(row.rrmse[sites]):.1%}"]
    for rival in rivals.values():
        over = row.rrmse[sites] / np.where(rival.rrmse[sites] > 0, rival.rrmse[sites], np.nan)
        medians = np.nanmedian(row.rrmse[sites]) / np.nanmedian(rival.rrmse[sites])
        cells.append(f"{medians:.2f} ({np.nanmedian(over):.2f})")
    cells += [f"{np.nanmedian(row.bias[sites]):+.1%}", f"{np.nanmean(row.bias[sites]):+.1%}"]
    return f"| {row.name} | {int(np.isfinite(row.rrmse[sites]).sum())} | " + " | ".join(cells) + " |"


def tables(cases: list[Heard], everyone: list[Candidate], plain_days: int, all_days: int) -> str:
    def of(number: int) -> list[FloatArray]:
        return [case.evidence.base_kw[number][:, case.hot] for case in cases]

    before = [n for n, each in enumerate(everyone) if not each.same_day]
    chosen = {
        "court, nothing of the event day": [court_choice(case, before, plain_days) for case in cases],
        "court, all methods": [court_choice(case, list(range(len(everyone))), all_days) for case in cases],
        "court, all but the point before": [
            court_choice(case, [n for n, c in enumerate(everyone) if c.id != "jiangsu_realtime_2015"], all_days)
            for case in cases
        ],
    }
    rows = {each.id: row(each.id, cases, of(n)) for n, each in enumerate(everyone)}
    courts = {name: row(f"**{name}**", cases, [base for base, _ in found]) for name, found in chosen.items()}
    rivals = {RIVAL: rows[RIVAL], RIVAL + ADJUSTED: rows[RIVAL + ADJUSTED]}
    ids = [name for case in cases for name in case.ids]
    text: list[str] = []
    for title, wanted in (("Score-only sites", False), ("Design sites", True)):
        sites = np.array([is_design(name) is wanted for name in ids])
        text += [f"### {title}", "", HEAD, "|---|---|---|---|---|---|---|"]
        text += [lines(each, rivals, sites) for each in [*courts.values(), *rows.values()]]
        text += [""]
    text += ["### What the court chose, of all sites and events", ""]
    for name, found in chosen.items():
        counted = Counter(each for _, names in found for each in names)
        text += [f"- {name}: " + ", ".join(f"{key} {count}" for key, count in counted.most_common(6))]
    return "\n".join(text) + "\n"


def against(
    cases: list[Heard], everyone: list[Candidate], plain_days: int, all_days: int, asked: Any, rival: Any
) -> str:
    """The same baselines on the events OpenDSM answers, sites with three of them or more."""
    theirs = []
    for case, (file, part) in zip(cases, asked.items(), strict=True):
        base = np.full((len(case.ids), len(case.hot), WINDOW.end - WINDOW.first), np.nan)
        for row_, site in enumerate(case.ids):
            for place, day in enumerate(part["days"]):
                told = rival.get(file, {}).get(site, {}).get(day)
                if told is not None and len(told) == base.shape[2]:
                    base[row_, place] = [np.nan if value is None else value for value in told]
        theirs.append(base)
    ids = tuple(each.id for each in everyone)
    before = [n for n, each in enumerate(everyone) if not each.same_day]
    ours = {
        "court, nothing of the event day": [court_choice(case, before, plain_days)[0] for case in cases],
        "court, all methods": [court_choice(case, list(range(len(ids))), all_days)[0] for case in cases],
        **{
            name: [case.evidence.base_kw[ids.index(name)][:, case.hot] for case in cases]
            for name in (RIVAL, RIVAL + ADJUSTED, "temperature_regression")
        },
    }
    sites = np.concatenate([[is_design(site) for site in case.ids] for case in cases])
    text = ["", "### On the events OpenDSM's hourly model answers", ""]
    text += ["| baseline | sites | RRMSE, design | RRMSE, score only | bias, score only |", "|---|---|---|---|---|"]
    for name, bases in {"OpenDSM hourly": theirs, **ours}.items():
        found = []
        for case, own, other in zip(cases, bases, theirs, strict=True):
            there = ~np.isnan(other).any(axis=2, keepdims=True)
            found.append(
                scores(np.where(there, own, np.nan), np.where(there, case.evidence.load_kw[:, case.hot], np.nan))
            )
        enough = np.concatenate([each.events >= 3 for each in found])
        rrmse, bias = (np.concatenate([getattr(each, part) for each in found]) for part in ("rrmse", "bias"))
        cells = [f"{np.nanmedian(rrmse[enough & (sites == wanted)]):.1%}" for wanted in (True, False)]
        cells.append(f"{np.nanmedian(bias[enough & ~sites]):+.1%}")
        text.append(f"| {name} | {int(enough.sum())} | " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


def events(files: list[Path]) -> dict[str, Any]:
    """The placebo days of each file, for a rival in an environment of its own."""
    found = {}
    for file in files:
        part = read(file)
        days = [date.fromordinal(int(day + part.day[0]) + 719_163).isoformat() for day in hottest(table_of(part))]
        zone = next(zone for start, zone in ZONES.items() if file.name.startswith(start))
        found[f"{file.parent.name}/{file.name}"] = {"zone": zone, "days": days}
    return {"hours": [WINDOW.first, WINDOW.end], "files": found}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--events", type=Path, help="write the placebo events to this file, and end")
    parser.add_argument("--opendsm", type=Path, help="predictions of bench/baseline_opendsm.py, to stand beside")
    chosen = parser.parse_args()
    files = load_files(chosen.data, *(f"{folder}/*.csv.gz" for folder in FILES))
    if chosen.events:
        chosen.events.write_text(json.dumps(events(files)), encoding="utf-8")
        return
    policy = load_policy().baselines
    all_days = round(policy.court.placebo_days * policy.court.first_choice_share)
    everyone = candidates(policy, adjusted=True)
    cases = [heard(read(file), everyone, all_days) for file in files]
    found = tables(cases, everyone, policy.court.newest_choice_days, all_days)
    if chosen.opendsm:
        rival = json.loads(chosen.opendsm.read_text(encoding="utf-8"))
        asked = events(files)["files"]
        found += against(cases, everyone, policy.court.newest_choice_days, all_days, asked, rival)
    tell(found, chosen.write)


if __name__ == "__main__":
    main()
