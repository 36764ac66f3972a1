"""``yingfeng store init`` and ``store status`` as a person runs them, on DuckDB and on a real InfluxDB."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from tests.servers.influx import Influx

run = CliRunner()


def config(path: Path, lines: dict[str, object]) -> str:
    file = path / "yingfeng.toml"
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())
    file.write_text(f"[store]\n{text}\n", encoding="utf-8")
    return str(file)


def test_a_duckdb_file_is_made_once(tmp_path: Path) -> None:
    file = config(tmp_path, {"url": f"duckdb:///{tmp_path}/readings.duckdb"})
    for arguments, state in (["--dry-run"], "missing"), ([], "made"), ([], "exists"):
        answer = run.invoke(app, ["store", "init", "--json", "--config", file, *arguments])
        assert answer.exit_code == 0, answer.output
        assert [item["state"] for item in json.loads(answer.output)["items"]] == [state]
    shown = run.invoke(app, ["store", "status", "--config", file]).output
    assert "demand_15m" in shown
    assert "readings.duckdb" in shown


def test_influxdb_is_set_up_and_told_apart_from_the_settings(influx: Influx, tmp_path: Path) -> None:
    settings = influx.settings("by_hand", retention_days=30)
    fields = settings.model_dump(exclude={"timeout_s", "batch_rows"})
    file = config(tmp_path, fields)
    assert "missing" in run.invoke(app, ["store", "init", "--dry-run", "--config", file]).output
    assert "made" in run.invoke(app, ["store", "init", "--config", file]).output
    again = run.invoke(app, ["store", "init", "--json", "--config", file])
    assert {i["state"] for i in json.loads(again.output)["items"]} == {"exists", "not_needed"}
    status = json.loads(run.invoke(app, ["store", "status", "--json", "--config", file]).output)
    assert {"name": "by_hand", "retention_days": 30.0, "holds_readings": True} in status["buckets"]
    other = config(tmp_path, {**fields, "retention_days": 10})
    refused = run.invoke(app, ["store", "init", "--config", other])
    assert "differs" in refused.output
    assert "not as the settings say" in str(refused.exception)


def test_a_store_in_memory_has_nothing_to_set_up(tmp_path: Path) -> None:
    refused = run.invoke(app, ["store", "init", "--config", config(tmp_path, {"url": "memory://"})])
    assert "nothing to set up" in str(refused.exception)
