"""Slows down guessing of passwords: failures are counted per name and address, and per address."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from domain.errors import YingfengError

FREE_FAILURES = 5
FREE_ADDRESS_FAILURES = 50
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0
REMEMBER = 10_000


class TooManyAttempts(YingfengError):
    """Tried too often; ``retry_after_s`` seconds from now another attempt is taken."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"登录失败次数过多，请在 {retry_after_s} 秒后重试 / too many failures, wait {retry_after_s} s")
        self.retry_after_s = retry_after_s


class LoginThrottle:
    """After five failures each further one doubles the wait, from 5 s to 15 minutes; a success forgets them.

    Many addresses cannot grow the memory: the oldest of 10,000 entries is dropped. Waits are real seconds,
    not district seconds: an accelerated twin must not hasten a guesser.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        with self._lock:
            until = max(self._until((name, address)), self._until(("", address)))
        wait = until - self._now()
        if wait > 0:
            raise TooManyAttempts(math.ceil(wait))

    def failed(self, name: str, address: str) -> None:
        with self._lock:
            self._count((name, address), FREE_FAILURES)
            self._count(("", address), FREE_ADDRESS_FAILURES)

    def succeeded(self, name: str, address: str) -> None:
        # The address's own count stays: knowing one password is no licence to guess others.
        with self._lock:
            self._failures.pop((name, address), None)

    def __len__(self) -> int:
        return len(self._failures)

    def _until(self, key: tuple[str, str]) -> float:
        return self._failures.get(key, (0, -math.inf))[1]

    def _count(self, key: tuple[str, str], free: int) -> None:
        failures, until = self._failures.pop(key, (0, -math.inf))
        now = self._now()
        if failures and now - until > LONGEST_WAIT_S:
            failures = 0
        failures += 1
        over = failures - free
        wait = 0.0 if over < 0 else min(FIRST_WAIT_S * 2.0 ** min(over, 20), LONGEST_WAIT_S)
        self._failures[key] = (failures, now + wait)
        while len(self._failures) > REMEMBER:
            self._failures.popitem(last=False)
