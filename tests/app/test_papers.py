"""A paper in a form there is none of is refused before anything is opened or written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cli import main


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["dr", "grants", "2026"], ".docx or .xlsx"),
        (["dr", "review", "2026-07-28"], ".docx or .xlsx"),
        (["profile", "E001"], "end in .docx"),
    ],
)
def test_a_form_there_is_none_of_is_refused(
    command: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "list.pdf"
    monkeypatch.setattr(sys, "argv", ["yingfeng", *command, "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not out.exists()
