"""Verdicts on measured loads from which a known shed was taken: error of the response, and false verdicts, by method.

    python -m bench.settlement_accuracy [--data ../shared/data] [--write FILE]

Hourly sites with temperature; the events are the ten hottest weekdays of each file, 14-18 h of site-local time. Of each
block 0, 5, 10 or 20 % is taken off, and everybody is held to 10 % of its mean load: at 0 and 5 % a "valid" is false, at
10 and 20 % an "invalid" is. Baselines are those an event can freeze: nothing of its own day is read. Rule 2.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from analytics.baselines.court import hear
from analytics.baselines.days import DayTable, complete_days
from analytics.baselines.registry import candidates
from analytics.settlement import Validity, settle
from bench.baseline_accuracy import FILES, HISTORY_DAYS, WINDOW, hottest, table_of
from bench.forecast_accuracy import read
from config.policy import load_policy
from domain.arrays import FloatArray
from domain.dr import Terms

SHEDS = (0.0, 0.05, 0.10, 0.20)
PROMISED = 0.10
HEAD = (
    "| baseline | events | error of response / load, median | median of absolute | 90 % within "
    "| valid at 0 % (false) | valid at 5 % (false) | valid at 10 % | valid at 20 % |"
)


def evidence_of(data: Path, name: str) -> dict[str, list[tuple[FloatArray, FloatArray]]]:
    """Of each method the baselines and loads (events, blocks) of every site of the file, whole events only."""
    policy = load_policy().baselines
    everyone = [each for each in candidates(policy, adjusted=False) if not each.same_day]
    found: dict[str, list[tuple[FloatArray, FloatArray]]] = defaultdict(list)
    for file in sorted((data / name).glob("*.csv.gz")):
        table = table_of(read(file))
        hot = hottest(table)
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
        heard = hear(some, everyone, hot - first, WINDOW)
        load = heard.load_kw.reshape(-1, heard.load_kw.shape[-1])
        for n, each in enumerate(everyone):
            base = heard.base_kw[n].reshape(load.shape)
            whole = ~np.isnan(base).any(axis=1) & ~np.isnan(load).any(axis=1) & (load.mean(axis=1) > 1.0)
            found[each.id].append((base[whole], load[whole]))
    return found


def line(name: str, pairs: list[tuple[FloatArray, FloatArray]], terms: Terms, step_s: int) -> str:
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    terms = load_policy().programmes.by_id("zj_dayahead").terms(date(2026, 7, 1))
    found: dict[str, list[tuple[FloatArray, FloatArray]]] = defaultdict(list)
    for name in FILES:
        for method, pairs in evidence_of(options.data, name).items():
            found[method] += pairs
    rows = [line(method, pairs, terms, 3600) for method, pairs in found.items()]
    text = "\n".join([HEAD, "|---" * 9 + "|", *rows])
    print(text)
    if options.write is not None:
        options.write.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
