"""Wire form of a window of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from api.schemas.base import Body, Wire, local
from domain.orderly import Window

#: As a reader of the API's document would copy them.
WINDOW = {"start": "2026-07-28T14:00:00+08:00", "end": "2026-07-28T16:00:00+08:00"}


class WindowBody(Body):
    start: AwareDatetime = Field(examples=[WINDOW["start"]])
    end: AwareDatetime = Field(examples=[WINDOW["end"]])

    def window(self) -> Window:
        return Window(self.start, self.end)


class WindowOut(Wire):
    start: datetime
    end: datetime

    @classmethod
    def of(cls, window: Window, zone: ZoneInfo) -> Self:
        return cls(start=local(window.start, zone), end=local(window.end, zone))
