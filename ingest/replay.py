"""``yingfeng replay``: a recorded history over MQTT, each site on its own interval, at a chosen speed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from domain.errors import Invalid
from domain.events import Publisher
from domain.instants import Span, from_ms, to_ms
from domain.series import Matrix
from ingest.pace import Pace, clock_message
from ingest.sites import Site
from ingest.topics import reading_topic

ANNOUNCE_S = 1.0


@dataclass(slots=True)
class Replayed:
    """instant : the newest interval end sent; readings : sent by this run; share : of the span that is done."""

    instant: datetime
    readings: int = 0
    share: float = 0.0


class PositionFile:
    """How far a replay has come, so that it can go on after an interruption. Written whole or not at all."""

    def __init__(self, path: Path, source: str) -> None:
        self._path, self._source = path, source

    def load(self) -> int | None:
        """The last interval end sent, None when there is none. Raises Invalid for another file's position."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            source, end_ms = str(content["source"]), int(content["end_ms"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Invalid(f"{self._path}: is no position of a replay ({error}); delete it to begin anew") from error
        if source != self._source:
            raise Invalid(f"{self._path}: belongs to {source}, not to {self._source}; delete it to begin anew")
        return end_ms

    def save(self, end_ms: int) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_text(json.dumps({"source": self._source, "end_ms": end_ms}), encoding="utf-8")
        os.replace(fresh, self._path)


def timeline(parts: Sequence[Matrix], span: Span) -> Iterator[tuple[int, list[tuple[str, int, float]]]]:
    """Interval ends in order, each with the readings (site, start, mean power [kW]) that are complete then.

    Intervals that begin inside the span; missing values are not sent.
    """
    ends: dict[int, list[tuple[Matrix, int]]] = {}
    for part in parts:
        inside = np.flatnonzero((part.ts_ms >= span.start_ms) & (part.ts_ms < span.end_ms))
        for place in inside.tolist():
            ends.setdefault(int(part.ts_ms[place]) + part.step_s * 1000, []).append((part, place))
    for end_ms in sorted(ends):
        yield (
            end_ms,
            [
                (name, int(part.ts_ms[place]), float(value))
                for part, place in ends[end_ms]
                for name, value in zip(part.ids, part.values[:, place], strict=True)
                if not np.isnan(value)
            ],
        )


def replay(
    parts: Sequence[Matrix],
    sites: Mapping[str, Site],
    outlet: Publisher,
    *,
    district_id: str,
    pace: Pace,
    span: Span,
    position: PositionFile | None = None,
    stop: threading.Event | None = None,
    on_progress: Callable[[Replayed], None] | None = None,
) -> Replayed:
    """Send what the span holds as district time reaches the end of each interval.

    pace : begins at the span's start, or at the position where the replay was interrupted
    sites : the meter of each site, as ``find_sites`` gives it; sites without one are not sent
    """
    stop = stop or threading.Event()
    after_ms = position.load() if position is not None else None
    done = Replayed(span.start if after_ms is None else from_ms(after_ms))
    talk = _Talk(outlet, district_id, pace, on_progress, done)
    for end_ms, readings in timeline(parts, span):
        if after_ms is not None and end_ms <= after_ms:
            continue
        while pace.now_ms() < end_ms and not stop.is_set():
            talk.announce()
            stop.wait(min(pace.wait_s(end_ms), ANNOUNCE_S / 4))
        if stop.is_set():
            break
        talk.announce()
        for name, start_ms, power_kw in readings:
            site = sites.get(name)
            if site is not None and site.enterprise is not None:
                payload = json.dumps({"ts": start_ms, "p_kw": power_kw}).encode()
                outlet.publish(reading_topic(district_id, site.enterprise, site.meter), payload)
                done.readings += 1
        # Readings must not fall behind the clock they are judged by.
        pace.hold(end_ms)
        done.instant, done.share = from_ms(end_ms), (end_ms - span.start_ms) / (span.end_ms - span.start_ms)
        if position is not None:
            position.save(end_ms)
    talk.announce(now=True)
    return done


class _Talk:
    """Announces the clock and reports progress, about once a real second."""

    def __init__(
        self,
        outlet: Publisher,
        district_id: str,
        pace: Pace,
        on_progress: Callable[[Replayed], None] | None,
        done: Replayed,
    ) -> None:
        self._outlet, self._district, self._pace = outlet, district_id, pace
        self._on_progress, self._done = on_progress, done
        self._last = -ANNOUNCE_S

    def announce(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._last < ANNOUNCE_S:
            return
        self._last = time.monotonic()
        self._outlet.publish(*clock_message(self._district, self._pace.now_ms(), self._pace.speed))
        if self._on_progress is not None:
            self._on_progress(self._done)


def resume_instant(span: Span, position: PositionFile | None) -> datetime:
    """Where a replay's pace begins: at the span's start, or where it was interrupted."""
    after_ms = position.load() if position is not None else None
    return span.start if after_ms is None else from_ms(max(after_ms, to_ms(span.start)))
