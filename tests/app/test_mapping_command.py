"""``yingfeng mapping``: what a payload becomes, and why."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from domain.errors import Invalid

GOLDEN = Path(__file__).parents[1] / "ingest" / "golden" / "mappings"
RUN = CliRunner()


def tried(family: str, case: str, *more: str) -> str:
    done = RUN.invoke(app, ["mapping", "test", family, "--sample", str(GOLDEN / family / case / "payload"), *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_step_is_shown_with_path_raw_value_conversion_and_result() -> None:
    said = tried("cet", "upload")
    for part in ("CET/NX/upload", "gateway CET-NX", "MWh x 1000", "7500", "10:15:00+08:00"):
        assert part in said
    assert "ignored 忽略: ts , version" in said
    assert "passed over 略过: 2" in said
    assert '"result":1' in said


def test_refused_elements_are_told_with_their_reason_and_paths_whole() -> None:
    said = tried("acrel_direct", "history_bad_rows_among_good")
    assert "point[id=13].val" in said
    assert said.count("refused 拒绝") == 4
    assert "is not of the form YYYYMMDDhhmmss" in said


def test_the_same_as_json() -> None:
    told = json.loads(tried("dlt645", "reading", "--topic", "dlt645/G1/000000123456", "--json"))
    assert told["readings"][0]["values"]["energy_import_kwh"] == 0.26
    assert told["readings"][0]["meter"] == "000000123456"
    assert {step["field"] for step in told["steps"]} >= {"meter", "time", "quality", "power_kw"}
    assert not told["topic_made_up"]


def test_the_instant_of_reception_may_be_given() -> None:
    at = ("--received", "2026-07-20T10:15:05+08:00")
    assert json.loads(tried("acrel_gateway", "data", "--json", *at))["readings"][0]["quality"] == "ok"
    assert json.loads(tried("acrel_gateway", "data", "--json"))["readings"][0]["quality"] == "clock"


def test_a_payload_that_cannot_be_read_says_why_and_exits_2() -> None:
    sample = GOLDEN / "acrel_gateway" / "error_power_true" / "payload"
    done = RUN.invoke(app, ["mapping", "test", "acrel_gateway", "--sample", str(sample)])
    assert isinstance(done.exception, Invalid)
    assert "wrong_type" in str(done.exception)
    assert "p" in done.output


def test_list_says_what_is_shipped_and_what_is_in_use(tmp_path: Path) -> None:
    config = tmp_path / "yingfeng.toml"
    config.write_text('[mqtt]\nmappings = ["cet"]\n', encoding="utf-8")
    done = RUN.invoke(app, ["mapping", "list", "--json", "--config", str(config)])
    rows = {row["name"]: row for row in json.loads(done.output)["items"]}
    assert rows["cet"]["in_use"]
    assert not rows["dlt645"]["in_use"]
    assert rows["acrel_gateway"]["history"]


def test_check_config_lists_the_mistakes_of_a_mapping_file_with_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('format = 1\ntitle = "t"\n[[message]]\ntopic = "a/#"\n', encoding="utf-8")
    config = tmp_path / "yingfeng.toml"
    config.write_text(f'[mqtt]\nmappings = ["{tmp_path}/mine.toml", "nonesuch"]\n', encoding="utf-8")
    done = RUN.invoke(app, ["check-config", "--config", str(config)])
    for part in ("accept_loss", "mine.toml: source", "levels of plain text", "nonesuch"):
        assert part in str(done.exception)
