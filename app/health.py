"""What a process asks its parts to say whether it is well."""

from __future__ import annotations

from collections.abc import Callable

from api.services import HealthCheck
from domain.errors import YingfengError


class Checks:
    """In the order they were added, which is the order people read them in."""

    def __init__(self) -> None:
        self._checks: list[HealthCheck] = []

    def watch(self, name: str, problem: Callable[[], str]) -> None:
        """problem : empty while the part works, or one sentence that says what is wrong"""
        self._checks.append(HealthCheck(name, lambda: problem() or None))

    def watch_answer(self, name: str, ping: Callable[[], str]) -> None:
        """ping : raises YingfengError when the part does not answer"""

        def probe() -> str | None:
            try:
                ping()
            except YingfengError as error:
                return str(error)
            return None

        self._checks.append(HealthCheck(name, probe))

    def all(self) -> tuple[HealthCheck, ...]:
        return tuple(self._checks)
