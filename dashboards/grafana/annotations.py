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
            there = known.get(_key_tag(mark))
            if there is not None and not _differs(there, fields):
                continue
            if there is not None and set(there["tags"]) == set(fields["tags"]):
                api.update_annotation(there["id"], **fields)
            else:
                # Grafana 9.3 on SQLite locks its database for good when an update brings a tag it does not know yet.
                if there is not None:
                    api.delete_annotations_by_id(there["id"])
                api.add_annotation(**fields)
            written += 1
    return written


def _fields(mark: Mark) -> dict[str, Any]:
    """One that is not over is an instant: Grafana draws no open end."""
    return {
        "time_from": mark.start_ms,
        "time_to": mark.start_ms if mark.end_ms is None else mark.end_ms,
        "tags": [TAG, _key_tag(mark), *mark.tags],
        "text": f"{mark.title}\n{mark.text}",
    }


def _key_tag(mark: Mark) -> str:
    """Without a colon: of ``alert:1`` Grafana makes a key ``alert``, and a layer that asks for ``alert`` finds two tags
    where it wants one, and so nothing."""
    return mark.key.replace(":", "-")


def _differs(there: dict[str, Any], fields: dict[str, Any]) -> bool:
    shown = (there["time"], there["timeEnd"], sorted(there["tags"]), there["text"])
    return shown != (fields["time_from"], fields["time_to"], sorted(fields["tags"]), fields["text"])
