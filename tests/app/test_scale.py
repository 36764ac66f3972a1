"""The same analyses on a Dask scheduler with two worker processes over TCP: equal to one process, byte for byte."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from app.scale import map_chunks
from bench.chunk_work import summary
from bench.site_year import loads
from domain.errors import Unavailable
from tests.servers.process import accepts, free_port

ROOT = Path(__file__).parents[2]


def _wait_for_workers(address: str, count: int) -> None:
    client: Any = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    with client:
        client.wait_for_workers(count, timeout=60)


def _start(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    started = [_start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show")]
    try:
        deadline = time.monotonic() + 60
        while not accepts(port):
            assert started[0].poll() is None, "the scheduler ended"
            assert time.monotonic() < deadline, "the scheduler did not come up"
            time.sleep(0.1)
        words = ("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        started += [_start(*words) for _ in range(2)]
        _wait_for_workers(address, 2)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def test_two_workers_find_what_one_process_finds(scheduler: str) -> None:
    chunks = [loads(3, seed=seed) for seed in range(6)]
    here = map_chunks(summary, chunks)
    there = map_chunks(summary, chunks, scheduler=scheduler)
    assert [one.keys() for one in here] == [one.keys() for one in there]
    for one, other in zip(here, there, strict=True):
        for name in one:
            if name != "process":
                assert one[name].tobytes() == other[name].tobytes(), name
    # Both worked, and neither was this process.
    workers = {int(other["process"]) for other in there}
    assert len(workers) == 2
    assert int(here[0]["process"]) not in workers


def test_a_scheduler_that_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        map_chunks(np.sum, [np.ones(3)], scheduler=f"tcp://127.0.0.1:{free_port()}")
