"""DuckDB: the shared contract, and what a file can do to its owner."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import Unavailable
from storage.readings.duckdb import DuckDbStore
from tests.storage.readings.contract import Place, ReadingStoreContract
from tests.storage.readings.rows import batch, minutes, reading

# A process that may not grow files stands for a full disk: the write fails in the same place, for any user.
_FULL_DISK = """
import resource, signal, sys
import numpy as np
from domain.errors import Unavailable
from domain.readings import ReadingBatch
from storage.readings.duckdb import DuckDbStore

def rows(n):
    k = np.arange(n)
    values = np.random.default_rng(1).normal(size=(n, 7))
    meter = np.array([f"M{i % 97:03d}" for i in k], dtype=object)
    return ReadingBatch(meter, 1_700_000_000_000 + k, values, np.zeros(n, dtype=np.int8), k)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = DuckDbStore(sys.argv[1])
store.write(rows(500))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, most))
try:
    store.write(rows(200_000))
except Unavailable as error:
    print("unavailable", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
outcome = store.write(rows(200_000))
print("then", outcome.accepted, outcome.repeats, len(outcome.rejected))
store.close()
"""

_HOLD = """
import sys
from storage.readings.duckdb import DuckDbStore
store = DuckDbStore(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


class TestDuckDbStore(ReadingStoreContract):
    # Opening a file again is what takes the time here.
    examples = 6

    @pytest.fixture
    def new_place(self, tmp_path: Path) -> Callable[[], Place]:
        numbers = itertools.count()

        def make() -> Place:
            path = tmp_path / f"{next(numbers)}" / "readings.duckdb"
            return lambda: DuckDbStore(path)

        return make


def test_a_file_held_by_another_process_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(Unavailable, match="another process has it open"):
            DuckDbStore(path)
        other.communicate()
    DuckDbStore(path).close()


def test_a_full_disk_is_unavailable_and_writing_resumes(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path / "readings.duckdb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    first, second = ran.stdout.splitlines()
    assert first.startswith("unavailable")
    assert "the disk is full: free space" in first
    assert second == "then 199500 500 0"


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    program = (
        "import os, signal, sys\n"
        "from storage.readings.duckdb import DuckDbStore\n"
        "from tests.storage.readings.rows import batch, reading\n"
        "store = DuckDbStore(sys.argv[1])\n"
        "assert store.write(batch(*(reading('m', i) for i in range(40)))).accepted == 40\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -9
    store = DuckDbStore(path)
    assert len(store.read(["m"], minutes(0, 60))) == 40
    assert store.write(batch(reading("m", 39))).repeats == 1
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable, match=r"another path.*not a valid DuckDB"):
        DuckDbStore(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(Unavailable, match=r"check the path of store\.url"):
        DuckDbStore(tmp_path / "file" / "readings.duckdb")
