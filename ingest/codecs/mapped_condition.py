"""`when` and `where` of a mapping file: whether a rule speaks of this element at all."""

from __future__ import annotations

from config.json_path import ABSENT, JsonPath, Place, same
from config.mapping_table import Conditions, scalar_text

#: In conditions: something stands there; nothing stands there.
SOMETHING, NOTHING = "*", "!"


class Condition:
    __slots__ = ("_nothing", "_read", "_something", "_wanted")

    def __init__(self, path: str, wanted: frozenset[str]) -> None:
        self._read = JsonPath.parse(path).reader()
        self._wanted = wanted
        self._something, self._nothing = SOMETHING in wanted, NOTHING in wanted

    @classmethod
    def of(cls, conditions: Conditions) -> tuple[Condition, ...]:
        return tuple(
            cls(path, frozenset(scalar_text(v) for v in (value if isinstance(value, tuple) else (value,))))
            for path, value in conditions.items()
        )

    def holds(self, place: Place) -> bool:
        found = self._read(place)
        if found is ABSENT:
            return self._nothing
        if self._something:
            return True
        if isinstance(found, str):
            return found in self._wanted
        return any(same(found, text) for text in self._wanted)


def hold(conditions: tuple[Condition, ...], place: Place) -> bool:
    # A loop: all() with a generator takes three times as long for the one or two conditions there are.
    for condition in conditions:  # noqa: SIM110
        if not condition.holds(place):
            return False
    return True
