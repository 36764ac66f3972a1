"""``yingfeng report`` as a person types it: drafted, read, signed, sent, corrected."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from app.cli import app, main
from app.local_server import LocalServer
from app.report_office import Office
from domain.people import Role
from storage.ledger import SqlLedger
from tests.response.intensity.conftest import ledger
from tests.response.reports.conftest import OTTO, fill, office
from tests.response.reports.conftest import Office as Desk

__all__ = ["ledger", "office"]
Say = Callable[..., str]
MONTHLY = "monthly"


@pytest.fixture
def say(ledger: SqlLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs the command in a folder of its own, over the small district's books; what it printed."""
    fill(ledger)
    ledger.people.create_user("test", "zhang", "correct-horse-battery", Role.OFFICER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YINGFENG_LEDGER__URL", f"sqlite:///{tmp_path}/ledger.sqlite")
    monkeypatch.setenv("YINGFENG_STORE__URL", "memory:")

    def run(*words: str) -> str:
        app(["report", *words], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_a_report_from_draft_to_sending(say: Say, tmp_path: Path) -> None:
    assert "能耗监测月报" in say("kinds")
    made = json.loads(say("draft", MONTHLY, "2026-06", "--json"))
    shown = json.loads(say("show", made["id"], "--json"))
    assert shown["version"]["digest"] == made["digest"]
    assert "分行业能耗" in say("show", made["id"])
    assert "第1版" in say("sign", made["id"], "--by", "zhang", "--digest", made["digest"][:8])
    assert "zhang" in say("list", "--signed")

    say("send", made["id"], "--to", "市能源局", "--channel", "邮件", "--out", "copy.docx")
    assert "市能源局" in docx.Document("copy.docx").sections[0].header.paragraphs[0].text
    [sending] = json.loads(say("sent", "--file", "copy.docx", "--json"))["items"]
    assert (sending["recipient"], sending["version"]) == ("市能源局", made["id"])
    path = say("export", made["id"], "--form", "xlsx", "--anonymised").split()[0]
    rows = openpyxl.load_workbook(path)["企业能耗明细"].iter_rows(min_row=4, max_row=6, max_col=1, values_only=True)
    assert {row[0] for row in rows} == {"企业1", "企业2", "企业3"}
    assert json.loads(say("diff", made["id"], "--json"))["differences"] == []


class Slow(LocalServer):
    """A running server whose draft takes longer than its caller's patience; what it was told to end."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "")
        self.ended: list[str] = []

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return {"id": "r1", "state": "running", "share": 0.2, "note": ""}

    def get(self, path: str, **query: str | list[str]) -> Any:
        raise KeyboardInterrupt

    def delete(self, path: str) -> Any:
        self.ended.append(path)


def test_ctrl_c_ends_the_draft_of_the_server_too(office: Desk, ledger: SqlLedger) -> None:
    server = Slow()
    with pytest.raises(KeyboardInterrupt):
        Office(office.desk, ledger, server).draft(OTTO, MONTHLY, "", "2026-06")
    assert server.ended == ["runs/r1"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["draft", "weekly", "2026-06"], "no kind of report"),
        (["draft", MONTHLY, "2026"], "2026-07"),
        (["sign", "none", "--by", "nobody", "--digest", "x"], "no user nobody"),
        (["show", "none"], "no report none"),
    ],
)
def test_a_mistake_is_told_and_exits_2(
    say: Say, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["yingfeng", "report", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
