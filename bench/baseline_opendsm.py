"""OpenDSM's hourly model on the placebo events of bench.baseline_accuracy. Runs in an environment of its own.

    python -m venv opendsm && opendsm/bin/pip install opendsm==1.2.7 'multimethod<2'
    python -m bench.baseline_accuracy --events events.json
    opendsm/bin/python bench/baseline_opendsm.py events.json predictions.json [--data ../shared/data]
    python -m bench.baseline_accuracy --opendsm predictions.json

One model a site and event, fitted on the year before the event, as ours read everything before it; where the data have
less than a year of temperature before it, on what there is, with OpenDSM's own disqualification ignored. What it cannot
answer is counted by its own reason.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
from opendsm import eemeter

LEAST_DAYS = 60


def predictions(
    loads: Any, warmth: Any, days: list[str], hours: range, refused: Counter[str]
) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {}
    frame = pd.DataFrame({"temperature": warmth, "observed": loads})
    for day in days:
        first = pd.Timestamp(day, tz=frame.index.tz)
        year = frame[(frame.index >= first - pd.Timedelta(days=365)) & (frame.index < first)]
        if len(year.dropna()) < LEAST_DAYS * 24:
            refused[f"less than {LEAST_DAYS} days of load and temperature before it"] += 1
            continue
        try:
            found[day] = _event(frame, year, day, hours)
        except (ValueError, KeyError, IndexError) as error:
            refused[f"{type(error).__name__}: {str(error).splitlines()[0][:90]}"] += 1
    return found


def _event(frame: Any, year: Any, day: str, hours: range) -> list[float | None]:
    """year : what the model is fitted on; what was measured on the asked day is not shown to it."""
    model = eemeter.HourlyModel().fit(
        eemeter.HourlyBaselineData(year, is_electricity_data=True), ignore_disqualification=True
    )
    reporting = eemeter.HourlyReportingData(frame.loc[day:day, ["temperature"]], is_electricity_data=True)
    values = model.predict(reporting, ignore_disqualification=True)["predicted"]
    inside = values[[stamp.hour in hours for stamp in values.index]]
    return [None if pd.isna(value) else float(value) for value in inside]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    events = json.loads(options.events.read_text(encoding="utf-8"))
    answer: dict[str, dict[str, dict[str, list[float | None]]]] = {}
    refused: Counter[str] = Counter()
    for file, part in events["files"].items():
        table = pd.read_csv(options.data / file)
        table.index = pd.to_datetime(table.pop("ts"), utc=True).dt.tz_convert(part["zone"])
        warmth = table.pop("temp_c")
        answer[file] = {}
        for site in table.columns:
            began = time.perf_counter()
            answer[file][site] = predictions(table[site], warmth, part["days"], range(*events["hours"]), refused)
            print(f"{site} {time.perf_counter() - began:.1f} s", file=sys.stderr)
            options.predictions.write_text(json.dumps(answer), encoding="utf-8")
    for reason, times in refused.most_common():
        print(f"not answered, {reason}: {times}")


if __name__ == "__main__":
    main()
