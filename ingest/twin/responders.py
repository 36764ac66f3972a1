"""Enterprises of the twin that answer what they are told: some at once, some late, some short, some not at all."""

from __future__ import annotations

import json
import queue
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from domain.instants import MINUTE_MS
from ingest.topics import reply_topic
from ingest.twin.district import District
from ingest.twin.noise import uniform
from ingest.twin.stream import Message, MeterStream

_MANNER = 71


class Manner(StrEnum):
    GOOD = "good"
    LATE = "late"  # begins a quarter of an hour late
    SHORT = "short"  # gives half of what it promised
    SILENT = "silent"  # answers nothing and gives nothing


#: Upper bounds of the share of enterprises that behave so.
SHARES = ((0.6, Manner.GOOD), (0.75, Manner.LATE), (0.9, Manner.SHORT), (1.0, Manner.SILENT))
LATE_MS = 15 * MINUTE_MS
#: Of what was asked for. Who means it takes off more: what counts is the baseline, and that is never quite its load.
DONE, HALF_DONE = 1.25, 0.5


@dataclass(frozen=True, slots=True)
class _Heard:
    enterprise: str
    payload: bytes


class Responders:
    """Beside a stream of readings: ``hear`` may be called on any thread, ``minute`` on the stream's alone."""

    def __init__(self, stream: MeterStream, district: District, district_id: str) -> None:
        self._stream = stream
        self._district = district
        self._id = district_id
        self._heard: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
        self._place = {str(each.id): number for number, each in enumerate(district.enterprises)}

    def hear(self, topic: str, payload: bytes) -> None:
        """A notice to one of the enterprises."""
        self._heard.put(_Heard(topic.split("/")[-2], payload))

    def manner(self, enterprise: str) -> Manner:
        drawn = uniform(self._district.seed + _MANNER, self._place[enterprise], np.array([0]))[0]
        return next(manner for bound, manner in SHARES if drawn < bound)

    def minute(self, end_ms: int) -> list[Message]:
        answers = []
        while not self._heard.empty():
            heard = self._heard.get()
            answer = self._answer(heard, end_ms) if heard.enterprise in self._place else None
            if answer is not None:
                answers.append(Message(reply_topic(self._id, heard.enterprise), json.dumps(answer).encode(), 0))
        return [*answers, *self._stream.minute(end_ms)]

    def _answer(self, heard: _Heard, now_ms: int) -> dict[str, Any] | None:
        told = json.loads(heard.payload)
        asked, manner = told.get("reply"), self.manner(heard.enterprise)
        if told["kind"] == "orderly.lifted":
            self._district.resume(heard.enterprise, told["reference"], now_ms)
        if asked is None or manner is Manner.SILENT:
            return None
        kw = asked["max_kw"] or 0.0
        if told["kind"] == "dr.invitation":
            return {"notice": told["notice"], "answer": "can", "power_kw": kw, "id": told["notice"]}
        if told["kind"] in ("dr.cleared", "orderly.order"):
            start = max(asked["start"], now_ms) + (LATE_MS if manner is Manner.LATE else 0)
            given = kw * (HALF_DONE if manner is Manner.SHORT else DONE)
            self._district.shed(heard.enterprise, start, asked["end"], given, told["reference"])
            return {"notice": told["notice"], "answer": "received", "id": told["notice"]}
        return None
