"""The wheel, unpacked elsewhere, finds its tables, migrations and dashboards."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = set(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]
)
ASKS = """
import json, pathlib, sys
from config.policy import load_policy
from config.settings import load_settings
from dashboards.grafana.wanted import wanted_state
from storage.ledger import migrate
import config, domain

assert pathlib.Path(domain.__file__).is_relative_to(sys.argv[1]), domain.__file__
load_policy()
assert (pathlib.Path(config.__file__).parent / "default.toml").exists()
assert (pathlib.Path(config.__file__).parent / "mosquitto.conf").exists()
settings = load_settings(None, {"YINGFENG_STORE__URL": "influxdb://127.0.0.1:8086"})
print(json.dumps({"boards": len(wanted_state(settings).boards), "ledger": migrate("sqlite:///ledger.sqlite")}))
"""


def run(*words: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_wheel_has_what_it_needs_and_no_tests(tmp_path: Path) -> None:
    source = tmp_path / "source"
    copied = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        check=True,
    )
    for name in copied.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), ".", cwd=source)
    (wheel,) = tmp_path.glob("yingfeng-*.whl")
    unpacked = tmp_path / "elsewhere"
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        assert not [name for name in names if name.startswith(("tests/", "bench/"))]
        modules = {str(path.relative_to(source)) for room in ROOMS for path in (source / room).rglob("*.py")}
        assert sorted(modules - names) == [], "packages that pyproject.toml does not list"
        packed.extractall(unpacked)
    place = tmp_path / "place"
    place.mkdir()
    said = run("-c", ASKS, str(unpacked), cwd=place, PYTHONPATH=str(unpacked), PATH="/usr/bin:/bin")
    boards = len(list((ROOT / "dashboards" / "grafana" / "generated").glob("*.json")))
    assert f'"boards": {boards},' in said
    assert '"ledger": "0' in said
