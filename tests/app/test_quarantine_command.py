"""``yingfeng quarantine replay``: by number, or all that one mended cause had held."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters import open_journal, open_ledger
from app.clock import SystemClock
from app.commands.quarantine import replay
from config.settings import load_settings
from domain.errors import Invalid
from storage.ledger_ports import Quarantined

AT = datetime(2026, 7, 22, 2, 33, tzinfo=UTC)


def test_what_one_reason_held_is_taken_in_again_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YINGFENG_LEDGER__URL", f"sqlite:///{tmp_path}/ledger.sqlite")
    monkeypatch.setenv("YINGFENG_JOURNAL__PATH", str(tmp_path / "journal"))
    settings = load_settings(None)
    held = [Quarantined(0, AT, "t", b"%d" % n, "future" if n else "unparseable", "", None, "held") for n in range(4)]
    with closing(open_ledger(settings.ledger, SystemClock())) as ledger:
        ledger.quarantine.hold(held)
        with pytest.raises(Invalid, match="--reason"):
            replay()
        with pytest.raises(Invalid, match="--reason"):
            replay(items=[1], reason="future")
        replay(reason="future")
        assert capsys.readouterr().out.startswith("3 replayed")
        assert ledger.quarantine.counts() == {"unparseable": 1}
    with open_journal(settings.journal) as journal:
        again = journal.reader("test").read(10, 0.1)
    assert [record.payload for _, record in again] == [b"1", b"2", b"3"]
