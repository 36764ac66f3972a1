"""``yingfeng orderly`` beside a running server that holds the store: the server answers, and its clock counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import app
from app.local_server import leave_access
from domain.errors import Conflict, Invalid
from tests.api.conftest import District
from tests.api.fakes import NOW
from tests.api.test_stream import Server
from tests.e2e.running import environment_of, settings_in

Said = Callable[..., str]


@pytest.fixture
def said(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Said]:
    """What the command prints; its store cannot be opened, as that of a running server cannot."""
    (tmp_path / "held.duckdb").mkdir()
    settings = settings_in(tmp_path, store={"url": f"duckdb:///{tmp_path}/held.duckdb"})
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    with Server(district) as server:
        leave_access(settings, f"http://127.0.0.1:{server.port}", district.tokens["otto"])

        def run(*words: str) -> str:
            app(["orderly", *words], standalone_mode=False)
            return capsys.readouterr().out

        yield run


def test_what_is_left_out_is_now_by_the_clock_of_the_server(district: District, said: Said) -> None:
    said("instruct", "7号", "--issuer", "市能源局", "--level", "A")
    given = district.ledger.orderly.instructions.get("7号")
    assert given is not None
    assert given.received_at == NOW
    said("visit", "E001", "--finding", "容量不符", "--by", "王工")
    assert [each.at for each in district.ledger.orderly.visits.all() if each.finding == "容量不符"] == [NOW]
    # Hours without a day are of the server's today: the order's own hours, so nothing is changed.
    with pytest.raises(Invalid, match="没有改动"):
        said("revise", "20260728-0001", "--hours", "14:00-16:00")


def test_a_plan_goes_out_and_comes_in_over_the_server(district: District, said: Said, tmp_path: Path) -> None:
    out = tmp_path / "方案.xlsx"
    said("plan", "export", "2025-1", "--out", str(out))
    assert "1 户" in said("plan", "import", str(out), "--year", "2025", "--dry-run")
    assert "2025-1" in said("plan", "diff", "2025-1", "2025-2")
    said("plan", "survey", "--year", "2025", "--out", str(tmp_path / "调查表.xlsx"))
    assert (tmp_path / "调查表.xlsx").read_bytes().startswith(b"PK")
    said("plan", "approve", "2025-2", "--by", "陈局长", "--document", "1号")
    with pytest.raises(Conflict):
        said("plan", "approve", "2025-2", "--by", "陈局长", "--document", "1号")
