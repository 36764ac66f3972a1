"""Verdicts on measured loads from which a known shed was taken: error of the response, and false verdicts, by method.

    python -m bench.settlement_accuracy [--data ../shared/data] [--write FILE]

Hourly sites with temperature: the events are the ten hottest weekdays of each file. 15-minute sites, which have none:
ten weekdays evenly over June to September. All 14-18 h of site-local time. Of each block 0, 5, 10 or 20 % is taken off,
and everybody is held to 10 % of its mean load: at 0 and 5 % a "valid" is false, at 10 and 20 % an "invalid" is.
Baselines are those an event can freeze: nothing of its own day is read. Rule 2.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from analytics.baselines.court import hear
from analytics.baselines.days import DayTable, Window, complete_days
from analytics.baselines.registry import candidates
from analytics.settlement import Validity, settle
from bench.baseline_accuracy import FILES, HISTORY_DAYS, HOT_DAYS, WINDOW, hottest, table_of
from bench.measured_loads import Part, options, read, tell
from config.policy import load_policy
from domain.arrays import FloatArray, IntArray
from domain.dr import Terms

QUARTER_FILES = ("industrial_15min",)
SUMMER = range(6, 10)
SHEDS = (0.0, 0.05, 0.10, 0.20)
PROMISED = 0.10
HEAD = (
    "| baseline | events | error of response / load, median | median of absolute | 90 % within "
    "| valid at 0 % (false) | valid at 5 % (false) | valid at 10 % | valid at 20 % |"
)


Pairs = list[tuple[FloatArray, FloatArray]]


def event_days(part: Part, table: DayTable) -> IntArray:
    """The hottest weekdays where temperature is known, else weekdays evenly over the summer; places in the table."""
    if not np.isnan(part.temperature_c).all():
        return hottest(table)
    first = int(part.day[0]) + date(1970, 1, 1).toordinal()
    summer = [n for n in np.flatnonzero(table.works).tolist() if date.fromordinal(first + n).month in SUMMER]
    chosen = np.linspace(0, len(summer) - 1, HOT_DAYS).astype(int).tolist()
    return np.array([summer[n] for n in chosen], dtype=np.int64)


def evidence_of(data: Path, name: str) -> dict[str, Pairs]:
    """Of each method the baselines and loads (events, blocks) of every site of the file, whole events only."""
    policy = load_policy().baselines
    everyone = [each for each in candidates(policy, adjusted=False) if not each.same_day]
    found: dict[str, Pairs] = defaultdict(list)
    for file in sorted((data / name).glob("*.csv.gz")):
        part = read(file)
        table = table_of(part)
        per_hour = 3600 // part.step_s
        window = Window(WINDOW.first * per_hour, WINDOW.end * per_hour)
        hot = event_days(part, table)
        first = max(0, int(hot[0]) - HISTORY_DAYS)
        some = DayTable(
            table.load_kw[:, first:],
            table.works[first:],
            table.holiday[first:],
            table.event[:, first:],
            table.outage[:, first:] | ~complete_days(table.load_kw[:, first:]),
            table.temperature_c[first:],
            table.step_s,
        )
        heard = hear(some, everyone, hot - first, window)
        load = heard.load_kw.reshape(-1, heard.load_kw.shape[-1])
        for n, each in enumerate(everyone):
            base = heard.base_kw[n].reshape(load.shape)
            whole = ~np.isnan(base).any(axis=1) & ~np.isnan(load).any(axis=1) & (load.mean(axis=1) > 1.0)
            found[each.id].append((base[whole], load[whole]))
    return found


def line(name: str, pairs: Pairs, terms: Terms, step_s: int) -> str:
    base = np.concatenate([pair[0] for pair in pairs])
    load = np.concatenate([pair[1] for pair in pairs])
    mean = load.mean(axis=1)
    shares, errors = [], np.zeros(0)
    for shed in SHEDS:
        judged = settle(base, load * (1 - shed), PROMISED * mean, terms, step_s=step_s)
        shares.append(float((judged.validity == Validity.VALID).mean()))
        errors = (judged.response_kw - shed * mean) / mean
    absolute = np.abs(errors)
    cells = [
        name,
        f"{len(mean)}",
        f"{np.median(errors):+.1%}",
        f"{np.median(absolute):.1%}",
        f"{np.quantile(absolute, 0.9):.1%}",
        *(f"{share:.0%}" for share in shares),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    chosen = options(__doc__).parse_args()
    terms = load_policy().programmes.by_id("zj_dayahead").terms(date(2026, 7, 1))
    texts = []
    for names, step_s in ((FILES, 3600), (QUARTER_FILES, 900)):
        found: dict[str, Pairs] = defaultdict(list)
        for name in names:
            for method, pairs in evidence_of(chosen.data, name).items():
                found[method] += pairs
        known = {method: pairs for method, pairs in found.items() if any(len(base) for base, _ in pairs)}
        rows = [line(method, pairs, terms, step_s) for method, pairs in known.items()]
        texts.append("\n".join([f"{step_s // 60} min", "", HEAD, "|---" * 9 + "|", *rows]))
    tell("\n\n".join(texts), chosen.write)


if __name__ == "__main__":
    main()
