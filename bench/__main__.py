"""Runs the measurements of docs/measures.md, one after the other: ``make bench``, or ``python -m bench NAME ...``."""

from __future__ import annotations

import subprocess
import sys

#: What takes minutes; the sixteen weeks need the real loads and are started by name.
USUAL = (
    "ingest_throughput",
    "mapping_cost",
    "stores_write",
    "analytics_speed",
    "monitor_scale",
    "alert_latency",
    "notice_drain",
    "autosave",
    "characteristics_rivals",
    "intensity_speed",
    "report_speed",
    "allocation",
    "rehearsal",
    "live_compliance",
)


def main(names: list[str]) -> int:
    worst = 0
    for name in names or USUAL:
        print(f"== python -m bench.{name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
