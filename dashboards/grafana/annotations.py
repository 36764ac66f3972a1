"""Marks of events and alerts as annotations of a Grafana: written once, changed when they change, never twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from config.settings import GrafanaSettings
from dashboards.grafana.provision import client_of, errors_of
from domain.instants import Span
from response.marks import Mark

#: What the layers of the boards ask for, beside the kind of mark.
TAG = "yingfeng"
MOST = 5_000


def annotate(settings: GrafanaSettings, marks: Iterable[Mark], span: Span) -> int:
    """How many annotations were written or changed. Errors as in ``plan_dashboards``."""
    api = client_of(settings).annotations
    written = 0
    with errors_of(settings):
        held = api.get_annotation(time_from=span.start_ms, time_to=span.end_ms, tags=[TAG], limit=MOST)
        known = {tag: each for each in held for tag in each["tags"]}
        for mark in marks:
            fields = _fields(mark)
            there = known.get(mark.key)
            if there is None:
                api.add_annotation(**fields)
            elif _differs(there, fields):
                api.update_annotation(there["id"], **fields)
            else:
                continue
            written += 1
    return written


def _fields(mark: Mark) -> dict[str, Any]:
    """One that is not over is an instant: Grafana draws no open end."""
    return {
        "time_from": mark.start_ms,
        "time_to": mark.start_ms if mark.end_ms is None else mark.end_ms,
        "tags": [TAG, mark.key, *mark.tags],
        "text": f"{mark.title}\n{mark.text}",
    }


def _differs(there: dict[str, Any], fields: dict[str, Any]) -> bool:
    shown = (there["time"], there["timeEnd"], sorted(there["tags"]), there["text"])
    return shown != (fields["time_from"], fields["time_to"], sorted(fields["tags"]), fields["text"])
