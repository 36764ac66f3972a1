"""The committed JSON is what the builders make, and what the pinned Grafana's models can read."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import influxql
from dashboards.grafana.generate import FOLDER, generated, write
from dashboards.grafana.panels import SOURCE_UID, InfluxQuery, register_query_model
from dashboards.grafana.wanted import SOURCE_UID as WANTED_SOURCE_UID
from domain.scopes import ScopeKind
from tests.servers.grafana import WAYS, named_grafana

FILES = sorted(FOLDER.glob("*.json"))


def boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in FILES]


def test_the_committed_files_are_what_the_builders_make() -> None:
    made = generated()
    assert {path.name for path in FILES} == set(made)
    for path in FILES:
        assert path.read_text(encoding="utf-8") == made[path.name], "run: python -m dashboards.grafana.generate"


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in FILES}


def known_to_the_models(document: dict[str, Any]) -> bool:
    """Decoding drops what the schema does not know; what comes back whole is all known to Grafana 10.1."""
    register_default_plugins()
    register_query_model()
    decoded = Dashboard.from_json(json.loads(json.dumps(document)))
    queries = [target for panel in decoded.panels or [] for target in panel.targets or []]  # type: ignore[union-attr]
    again: object = json.loads(json.dumps(decoded, cls=JSONEncoder))
    return again == document and all(isinstance(target, InfluxQuery) for target in queries)


def known_to_the_server(document: dict[str, Any]) -> bool:
    """By the schema the named Grafana carries. That of 9.3 lists no time zones but utc and browser, though it keeps
    and shows any, so the zone is left out."""
    text = json.dumps({key: value for key, value in document.items() if key != "timezone"})
    status, answer = named_grafana().ask("POST", "/api/dashboards/validate", {"dashboard": text})
    assert status in (200, 422), answer
    return bool(answer["isValid"])


JUDGES = (known_to_the_models, *([known_to_the_server] if WAYS else []))


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_grafana_there_is_knows_every_key(judge: Callable[[dict[str, Any]], bool], path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["schemaVersion"] == 36
    assert judge(document)
    document["panels"][0]["gridPos"]["width"] = 3
    assert not judge(document)


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_panels_fill_the_grid_without_overlap(board: dict[str, Any]) -> None:
    taken: Counter[tuple[int, int]] = Counter()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        taken.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
    assert max(taken.values()) == 1
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_every_panel_reads_our_data_source_in_its_time_range(board: dict[str, Any]) -> None:
    known = {variable["name"] for variable in board["templating"]["list"]} | {"timeFilter", "__interval"}
    for panel in board["panels"]:
        assert panel["title"]
        assert panel["datasource"]["uid"] == SOURCE_UID == WANTED_SOURCE_UID
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == SOURCE_UID
            assert "$timeFilter" in target["query"]
            assert set(re.findall(r"\$(\w+)", target["query"])) <= known
    assert board["uid"].startswith("yingfeng-")


def test_a_field_the_store_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not a field of the store"):
        influxql.curve(influxql.of_scope(ScopeKind.DISTRICT), {"demand_mw": "x"})
