"""The whole stop has one deadline: parts that hang share it, and the last resort ends the process."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from app.stopping import NOT_IN_TIME, StopDeadline, last_resort
from app.ticker import Ticker

HANGS = """
import threading
from app.stopping import StopDeadline, last_resort
deadline = StopDeadline(0.05)
with last_resort(deadline):
    deadline.begin()
    threading.Event().wait()
"""


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_parts_that_all_hang_end_within_the_deadline_and_each_gets_time() -> None:
    clock = Clock()
    deadline = StopDeadline(30.0, clock)
    deadline.begin()
    given = []
    for _ in range(12):
        given.append(deadline.share_s(10.0))
        clock.now_s += given[-1]
    assert all(seconds > 0 for seconds in given)
    assert given[:3] == [10.0, 10.0, 5.0]
    assert clock.now_s <= 130.0


def test_parts_that_end_at_once_leave_the_time_to_the_others() -> None:
    clock = Clock()
    deadline = StopDeadline(30.0, clock)
    deadline.begin()
    clock.now_s += 0.5
    deadline.begin()
    assert deadline.share_s(600.0) == 29.5 / 2


def test_before_the_stop_nothing_runs_out() -> None:
    clock = Clock()
    deadline = StopDeadline(30.0, clock)
    clock.now_s += 1e6
    assert not deadline.begun
    assert deadline.left_s() == 30.0


def test_a_task_that_hangs_is_left_after_its_share() -> None:
    clock = Clock()
    deadline = StopDeadline(0.02, clock)
    hangs, begun = threading.Event(), threading.Event()

    def task() -> None:
        begun.set()
        hangs.wait()

    with ExitStack() as stack:
        stack.callback(hangs.set)
        ticker = stack.enter_context(Ticker([("sick", task)], period_s=0.001, stop_s=lambda: deadline.share_s(10.0)))
        assert begun.wait(10)
        deadline.begin()
        ticker.__exit__(None, None, None)
        assert not hangs.is_set()


def test_a_stop_in_time_ends_nothing() -> None:
    ended: list[int] = []
    deadline = StopDeadline(60.0)
    with last_resort(deadline, end=ended.append):
        deadline.begin()
    assert not ended


def test_the_process_ends_when_the_deadline_has_passed() -> None:
    command = [sys.executable, "-c", HANGS]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == NOT_IN_TIME
    assert "process.stop_s" in done.stderr
    assert "MainThread" in done.stderr
