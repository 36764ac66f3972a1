"""Marks of events and alerts in a Grafana: one each, changed with what it stands for, found by the boards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from time import time_ns
from typing import Any

import pytest

from config.settings import GrafanaSettings
from dashboards.grafana.annotations import annotate
from dashboards.grafana.generate import FOLDER
from domain.instants import MINUTE_MS, Span, from_ms
from response.marks import Mark
from tests.dashboards.grafana.fake_grafana import FakeGrafana, serving
from tests.servers.grafana import WAYS, Grafana, named_grafana

START_MS = 1_785_218_400_000
HOUR_MS = 60 * MINUTE_MS
SPAN = Span(from_ms(START_MS) - timedelta(days=7), from_ms(START_MS) + timedelta(days=2))
EVENT = Mark(
    "dr:test-1", START_MS, START_MS + 2 * HOUR_MS, "【演练】日内削峰", "confirmed", ("demand response", "shed")
)
ALERT = Mark("alert:test-1", START_MS + HOUR_MS, None, "district", "达 95 %", ("alert", "load_quota", "serious"))


@pytest.fixture(params=("documented", *WAYS))
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    if request.param == "named":
        yield named_grafana()
        return
    with serving(FakeGrafana(username="admin", password="right")) as url:
        yield Grafana(url, "admin", "right")


def shown(grafana: Grafana, tags: list[str]) -> dict[str, dict[str, Any]]:
    """What a layer of a board that asks for these tags gets, by the key of the mark."""
    query: dict[str, str | list[str]] = {
        "from": str(SPAN.start_ms),
        "to": str(SPAN.end_ms),
        "limit": "500",
        "tags": tags,
    }
    _, found = grafana.ask("GET", "/api/annotations", **query)
    return {key: each for each in found for key in each["tags"] if key.endswith("-test-1")}


def test_each_event_and_alert_is_one_annotation_that_the_layers_of_the_boards_find(grafana: Grafana) -> None:
    settings = GrafanaSettings.model_validate(grafana.section)
    annotate(settings, [EVENT, ALERT], SPAN)
    assert annotate(settings, [EVENT, ALERT], SPAN) == 0
    ended = replace(ALERT, end_ms=ALERT.start_ms + HOUR_MS, text="达 95 %，已解除")
    assert annotate(settings, [EVENT, ended], SPAN) == 1
    board = json.loads((FOLDER / "district.json").read_text(encoding="utf-8"))
    layers = {each["name"]: each["target"]["tags"] for each in board["annotations"]["list"]}
    alerts = shown(grafana, layers["告警 alerts"])
    events = shown(grafana, layers["需求响应 demand response"])
    assert (list(alerts), list(events)) == (["alert-test-1"], ["dr-test-1"])
    assert alerts["alert-test-1"]["timeEnd"] == ended.end_ms
    assert "已解除" in str(alerts["alert-test-1"]["text"])
    assert (events["dr-test-1"]["time"], events["dr-test-1"]["timeEnd"]) == (EVENT.start_ms, EVENT.end_ms)
    assert "【演练】" in str(events["dr-test-1"]["text"])


def test_an_alert_that_grows_worse_is_still_one_annotation_though_its_tag_is_new(grafana: Grafana) -> None:
    settings = GrafanaSettings.model_validate(grafana.section)
    annotate(settings, [EVENT, ALERT], SPAN)
    worse = replace(ALERT, tags=("alert", "load_quota", f"critical-{time_ns()}"))
    assert annotate(settings, [EVENT, worse], SPAN) == 1
    assert annotate(settings, [EVENT, worse], SPAN) == 0
    (found,) = shown(grafana, ["yingfeng", "alert", "alert-test-1"]).values()
    assert set(worse.tags) <= set(found["tags"])
