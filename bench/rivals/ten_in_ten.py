"""The event the 10-in-10 of both rivals is asked about: the afternoon of a workday, ten sample days of 45."""

from __future__ import annotations

EVENT_DAY = 260
#: Blocks of the event, 14:00 to 18:00.
WINDOW = (56, 72)
SAMPLE_DAYS, FEWEST_DAYS, LOOKBACK = 10, 3, 45
