"""``yingfeng dr`` beside the events: contracts, the province's figures, subsidy, objections, the day looked back on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import docx
import pytest

from app.cli import app
from domain.errors import Conflict, Invalid, NotFound
from tests.response.dr.district import END, OTTO, scene
from tests.response.dr.test_event import confirmed, run

Say = Callable[..., str]
EVENT = "2026-07-28-1"


@pytest.fixture
def say(dr_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """In a folder of its own, over a district whose event is published."""
    stage = scene(tmp_path, dr_template)
    ended = run(stage, confirmed(stage))
    stage.at(END + timedelta(days=1))
    stage.dr.settlements.verify(OTTO, EVENT, ended.version)
    stage.dr.settlements.publish(OTTO, EVENT, stage.dr.book.get(OTTO, EVENT).version)
    stage.store.close()
    stage.ledger.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YINGFENG_LEDGER__URL", f"sqlite:///{tmp_path}/ledger.sqlite")
    monkeypatch.setenv("YINGFENG_STORE__URL", f"duckdb:///{tmp_path}/store.duckdb")
    monkeypatch.setenv("YINGFENG_JOURNAL__PATH", str(tmp_path / "journal"))

    def said(*words: str) -> str:
        app(["dr", *words], standalone_mode=False)
        return capsys.readouterr().out

    return said


def test_contracts_from_a_file_with_mistakes_by_cell(say: Say, tmp_path: Path) -> None:
    known = json.loads(say("contracts", "--json"))["items"]
    good = tmp_path / "合同.csv"
    good.write_text(f"户号,约定容量(kW),合同起\n{known[0]['account']},777,2026-01-02\n", encoding="utf-8")
    assert "未写入" in say("import-contracts", str(good), "--programme", "zj_dayahead", "--dry-run")
    assert "written" in say("import-contracts", str(good), "--programme", "zj_dayahead")
    kw = {(c["account"], c["programme"]): c["contracted_kw"] for c in json.loads(say("contracts", "--json"))["items"]}
    assert kw[known[0]["account"], "zj_dayahead"] == 777
    bad = tmp_path / "bad.csv"
    bad.write_text("户号,约定容量(kW),合同起\n999,abc,2026-01-02\n", encoding="utf-8")
    with pytest.raises(Invalid, match="A2"):
        say("import-contracts", str(bad), "--programme", "zj_dayahead")
    with pytest.raises(NotFound):
        say("import-contracts", str(good), "--programme", "nowhere")


def test_objections_are_recorded_and_answered(say: Say) -> None:
    assert "有检修" in say("object", EVENT, "--enterprise", "E001", "--text", "当日有检修")
    [raised] = json.loads(say("objections", EVENT, "--json"))["items"]
    assert "已复核" in say("answer", EVENT, str(raised["id"]), "--text", "已复核")
    [done] = json.loads(say("objections", EVENT, "--json"))["items"]
    assert done["answer"] == "已复核"
    with pytest.raises(Conflict, match="事件公示中，不能催促，只能核算"):
        say("remind", EVENT, "--officer", "王科")


def test_the_provinces_figures_and_what_they_are_worth(say: Say, tmp_path: Path) -> None:
    account = json.loads(say("contracts", "--json"))["items"][0]["account"]
    file = tmp_path / "核定.csv"
    file.write_text(f"户号,核定响应量(kW),核定电量(kWh)\n{account},240,480\n", encoding="utf-8")
    assert "1 行" in say("import-official", EVENT, str(file))
    shown = json.loads(say("show", EVENT, "--json"))
    assert 240 in {each["official_verified_kw"] for each in shown["participants"]}
    found = json.loads(say("grants", "2026", "--json"))
    assert found["items"] == [], "a local event is not the province's: nothing is topped up"


def test_the_day_is_looked_back_on_and_written(say: Say) -> None:
    assert "如无措施" in say("review", "2026-07-28")
    found = json.loads(say("review", "2026-07-28", "--json"))
    assert found["restored_peak_kw"] > found["peak_kw"] * 0.99
    say("review", "2026-07-28", "--out", "复盘.docx")
    assert any("复盘" in p.text for p in docx.Document("复盘.docx").paragraphs)
    with pytest.raises(Invalid, match="docx"):
        say("review", "2026-07-28", "--out", "复盘.pdf")


def test_a_drill_is_begun_with_a_target(say: Say) -> None:
    made = json.loads(say("drill", "--programme", "zj_intraday", "--target-kw", "500", "--json"))
    assert made["drill"]
    assert made["target_kw"] == 500


def test_the_actor_is_the_person_at_the_terminal(say: Say) -> None:
    say("object", EVENT, "--enterprise", "E001", "--text", "当日有检修")
    [raised] = json.loads(say("objections", EVENT, "--json"))["items"]
    assert raised["raised_by"].startswith("command line")
