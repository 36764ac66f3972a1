"""The command line as a person uses it: its exit codes and what it says, once as a process, then as its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from app.cli import main

ROWS = "ts,kw\n" + "".join(
    f"2026-07-20T{h:02d}:{m:02d}:00+08:00,{100 + h}\n" for h in range(24) for m in (0, 15, 30, 45)
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "load.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


class Said(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Said]


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run(*words, **environment)``: the entry point, called where the file lies."""
    monkeypatch.chdir(place)

    def called(*words: str, **environment: str) -> Said:
        with monkeypatch.context() as changed:
            changed.setattr(sys, "argv", ["yingfeng", *words])
            for name, value in environment.items():
                changed.setenv(name, value)
            code = 0
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return called


def process(place: Path, *words: str, **environment: str) -> Said:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("YINGFENG_")}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=place,
        env={**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_strangers_file_is_analysed_without_a_server(place: Path, run: Run) -> None:
    told = process(place, "import", "load.csv", "--register", "--interval", "15m", "--label", "start", "--unit", "kw")
    assert told.returncode == 0, told.stderr
    assert "stored 96" in told.stdout
    days = json.loads(process(place, "load", "indices", "--from", "2026-07-20", "--json").stdout)
    assert days["items"][0]["maximum_kw"]["value"] == 123.0
    assert days["items"][0]["mean_kw"]["value"] == 111.5
    peak = run("load", "peaks", "--from", "2026-07-20")
    assert "123.0 kW" in peak.stdout
    again = run("import", "load.csv", "--interval", "15m", "--label", "start", "--unit", "kw")
    assert "repeated 96" in again.stdout


def test_a_command_loads_only_its_own_libraries(place: Path) -> None:
    script = "import sys; sys.argv = ['yingfeng', 'user', 'list']; import app.cli; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    loaded = set(told.stdout.split())
    assert "app.commands.people" in loaded, told.stderr
    assert not loaded & {"nicegui", "app.commands.serve", "app.commands.load"}


def test_numpy_begins_no_threads_of_its_own() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    script = "import app, numpy, os; print(len(os.listdir('/proc/self/task')))"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], env=kept, capture_output=True, text=True
    )
    assert told.stdout.strip() == "1", told.stderr


def test_help_shows_every_command(run: Run) -> None:
    shown = run("--help").stdout
    assert all(word in shown for word in ("serve", "load", "vee", "intensity", "quality", "growth", "weather"))
    assert "cooling" in run("load", "--help").stdout


def test_a_dry_run_shows_the_first_day_and_writes_nothing(place: Path, run: Run) -> None:
    told = run("import", "load.csv", "--dry-run", "--label", "start", "--unit", "kw")
    assert told.returncode == 0, told.stderr
    assert "2026-07-20 00:00  100.00" in told.stdout
    assert not (place / "var").exists()


def test_insufficient_data_is_exit_3_and_says_so(run: Run) -> None:
    run("import", "load.csv", "--register", "--interval", "15m", "--label", "start", "--unit", "kw")
    told = run("load", "peaks", "--from", "2031-01-01")
    assert told.returncode == 3
    assert "no block" in told.stderr


def test_a_store_that_is_not_there_is_exit_4(run: Run) -> None:
    told = run("load", "current", YINGFENG_STORE__URL="influxdb://127.0.0.1:1")
    assert told.returncode == 4
    assert "does not answer" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lod",), "No such command"),
        (("load", "curve", "--scope", "planet:x"), "scope 'planet:x'"),
        (("load", "curve", "--from", "yesterday"), "'yesterday' is not a day"),
        (("serve",), "mqtt.accept_loss"),
        (("check-config", "--role", "chef"), "unknown role chef"),
        (("demo", "--day", "someday"), "is not a day"),
    ],
)
def test_wrong_words_are_exit_2_with_what_to_do(run: Run, words: tuple[str, ...], says: str) -> None:
    told = run(*words)
    assert told.returncode == 2
    assert says in told.stderr


def test_accounts_are_made_from_the_command_line(run: Run) -> None:
    made = run("user", "create", "duty", "--role", "officer", YINGFENG_NEW_PASSWORD="long-enough-2026")
    assert made.returncode == 0, made.stderr
    assert json.loads(run("user", "list", "--json").stdout)[0]["role"] == "officer"
    short = run("user", "create", "other", "--role", "officer", YINGFENG_NEW_PASSWORD="short")
    assert short.returncode == 2
    assert "at least 10 characters" in short.stderr
