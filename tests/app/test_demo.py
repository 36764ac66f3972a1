"""The demo from start to scorecard: it ends by itself, exits 0, and every reading sent is accounted for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def numbers(line: str) -> dict[str, int]:
    return {name: int(value.replace(",", "")) for name, value in re.findall(r"(\w+) ([\d,]+)(?:\s|$)", line)}


def test_the_demo_tells_its_story_and_its_sums_are_right() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--for", "6", "--enterprises", "30"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "open http://127.0.0.1:" in done.stdout
    assert "password" in done.stdout
    counted = numbers(next(line for line in done.stdout.splitlines() if "readings:" in line))
    assert counted["sent"] > 200
    assert counted["sent"] == counted["stored"] + counted["repeated"] + counted["quarantined"]
    assert "Traceback" not in done.stdout + done.stderr
