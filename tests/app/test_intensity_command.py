"""``yingfeng intensity`` as a person types it: statements in, figures out, mistakes by cell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import app, main
from domain.ids import EnterpriseId
from domain.registry import ALWAYS, Enterprise
from storage.ledger import SqlLedger
from tests.support.clock import HandClock

Say = Callable[..., str]
HEADING = "企业编号,月份,能源品种,单位,购进量\n"


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs the command in a folder of its own with a registry of one enterprise; what it printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    ledger = SqlLedger(f"sqlite:///{tmp_path}/var/ledger.sqlite", clock=HandClock(datetime(2026, 7, 1, tzinfo=UTC)))
    ledger.registry.put_versions("test", enterprises=[Enterprise(EnterpriseId("E001"), ALWAYS, "甲", sector="C39")])
    ledger.close()

    def run(*words: str) -> str:
        app(["intensity", *words], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_statements_become_figures(say: Say, tmp_path: Path) -> None:
    (tmp_path / "energy.csv").write_text(f"{HEADING}E001,2026-03,电力,万千瓦时,100\n", encoding="utf-8")
    assert "1 行 rows" in say("import-energy", "energy.csv", "--dry-run")
    assert "corrected 1" in say("import-energy", "energy.csv")
    assert "corrected 0" in say("import-energy", "energy.csv")
    [group] = json.loads(say("show", "--from", "2026-03", "--json"))["groups"]
    assert group["energy_tce"]["equivalent"]["value"] == pytest.approx(285.0)
    assert group["energy_tce"]["calorific"]["value"] == pytest.approx(122.9)
    assert group["reconciliation_tce"]["value"] == pytest.approx(162.1)
    shown = say("show", "--from", "2026-03", "--by", "sector")
    assert "C39" in shown
    assert "285.00" in shown
    assert "缺少增加值" in shown


def test_a_wrong_cell_is_named_and_nothing_is_written(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "E001,2026-03,电力,kWh,1\nE001,2026-03,天然气,立方米,1\n"
    (tmp_path / "wrong.csv").write_text(HEADING + rows, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["yingfeng", "intensity", "import-energy", "wrong.csv"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "D3" in told
    assert "标准立方米" in told
    assert json.loads(say("show", "--from", "2026-03", "--json"))["groups"][0]["members_known"] == 0


OUTPUT = "企业编号,月份,增加值(万元),价格,基年\n"


def test_every_question_has_its_command(say: Say, tmp_path: Path) -> None:
    both = ("2023-03", "2024-03")
    (tmp_path / "energy.csv").write_text(HEADING + "".join(f"E001,{m},电力,万千瓦时,100\n" for m in both), "utf-8")
    (tmp_path / "output.csv").write_text(OUTPUT + "".join(f"E001,{m},{m[3]}00,可比价,2020\n" for m in both), "utf-8")
    (tmp_path / "scope.csv").write_text("企业编号\nE001\n", "utf-8")
    say("import-energy", "energy.csv")
    assert "corrected 2" in say("import-output", "output.csv")
    assert "joined 1" in say("import-scope", "scope.csv", "--year", "2024")
    assert "新增 joined 1: E001" in say("scope", "--year", "2024")
    span = ("--from", "2024-03")
    assert "1/1" in say("rank", *span)
    assert "合计 total" in say("explain", *span)
    assert "C39" in say("explain", "--window", "month", "--to", "2024-03", "--scope-year", "2024")
    assert "本年任务 下降 3.50%" in say("progress", "--to", "2024-03")
    assert "全年预测" in say("outlook", "--year", "2024")
    told = say("co2", *span)
    assert "497.4" in told
    assert "2023年数据" in told
    assert "stands in" in told
    assert json.loads(say("key-users", "--year", "2024", "--json")) == []
    assert json.loads(say("rank", *span, "--json"))["rows"][0]["place"] == 1


def test_energy_review_from_approval_to_the_next_project(say: Say, tmp_path: Path) -> None:
    months = [f"2025-{n:02d}" for n in range(7, 13)] + [f"2026-{n:02d}" for n in range(1, 7)]
    (tmp_path / "energy.csv").write_text(HEADING + "".join(f"E001,{m},电力,万千瓦时,100\n" for m in months), "utf-8")
    (tmp_path / "r.csv").write_text(
        "区域编号,区域名称,批复文号,批复日期,批复总量(tce),口径\nR1,高新区,文,2023-05-10,10000,等价值\n", "utf-8"
    )
    (tmp_path / "p.csv").write_text(
        "项目编号,企业编号,项目名称,批复文号,批复日期,批复等价值,投产月份,区域编号\n"
        "P1,E001,一期,文,2023-05-10,3000,2024-01,R1\n",
        "utf-8",
    )
    say("import-energy", "energy.csv")
    assert "corrected 1" in say("import-regions", "r.csv")
    assert "corrected 1" in say("import-projects", "p.csv")
    shown = say("review", "--to", "2026-06")
    assert "3,420.00" in shown  # 12 GWh at 0.285
    assert "超批复" in shown
    told = say("region", "R1", "--to", "2026-06", "--next", "2000", "--calorific", "1500", "--coal", "0")
    assert "余量 left 6,580.00 tce" in told
    assert "承诺备案，" in told
