"""Requests to devices for readings they have kept: who asked for what, and whether an answer was seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BackfillState(StrEnum):
    """waiting: for the device to be heard and for its turn; sent: no answer yet."""

    WAITING = "waiting"
    SENT = "sent"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


#: The actor of requests the program makes by itself after a gap.
AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Backfill:
    """One request for [start, end) of one meter.

    rows_before : readings stored in the span when it was sent; rows_received : how many more are stored since
    note : why it is not sent yet, or why it was given up
    """

    id: int
    meter: str
    start: datetime
    end: datetime
    actor: str
    reason: str
    state: BackfillState
    made_at: datetime
    sent_at: datetime | None = None
    closed_at: datetime | None = None
    topic: str = ""
    payload: str = ""
    rows_before: int = 0
    rows_received: int = 0
    note: str = ""
