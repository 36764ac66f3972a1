"""The replay as a process of its own, as `yingfeng replay` is: its sending does not share our interpreter."""

from __future__ import annotations

import multiprocessing
import multiprocessing.queues
from collections.abc import Mapping, Sequence

from config.settings import MqttSettings
from domain.instants import Span
from domain.series import Matrix
from ingest.outlet import Outlet
from ingest.pace import FASTEST, Pace
from ingest.replay import replay
from ingest.sites import Site

PATIENCE_S = 150.0


def replay_elsewhere(
    parts: Sequence[Matrix], sites: Mapping[str, Site], broker: str, district_id: str, span: Span
) -> int:
    """Send a span as fast as the broker takes it, with its clock; how many readings were sent."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_send, args=(list(parts), dict(sites), broker, district_id, span, answers))
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode == 0, f"the replay ended with {process.exitcode}"
    assert not answers.empty(), "the replay ended before it began"
    sent: int = answers.get()
    return sent


def _send(
    parts: Sequence[Matrix],
    sites: Mapping[str, Site],
    broker: str,
    district_id: str,
    span: Span,
    answers: multiprocessing.queues.SimpleQueue[int],
) -> None:
    with Outlet(MqttSettings(url=broker), client_id="replay") as outlet:
        done = replay(parts, sites, outlet, district_id=district_id, pace=Pace(span.start, FASTEST), span=span)
    answers.put(done.readings)
