"""How far a reading may be trusted. Stored as text, carried in arrays as an int8 code."""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    OK = 0
    ESTIMATED = 1
    SPIKE = 2
    FROZEN = 3
    CATCH_UP = 4
    CLOCK = 5
    BAD = 6
    EDITED = 7

    @property
    def text(self) -> str:
        return self.name.lower()

    @staticmethod
    def parse(text: str) -> Quality:
        return Quality[text.upper()]


#: Not measured, but known: allowed in totals and charts (invariant 6).
FILLED = frozenset({Quality.ESTIMATED, Quality.EDITED})

#: Only these may set a maximum-demand record or settle an event (invariant 6).
TRUSTED = frozenset({Quality.OK})
