"""Files as staff get them, each a folder: what is read, asked or refused, by cell. ``make_golden`` writes them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from domain.errors import Invalid
from domain.instants import to_ms
from ingest.file_history import History, read_history
from ingest.file_layouts import Ambiguous, Wanted, parse_interval
from tests.ingest.files.make_golden import GOLDEN

FOLDERS = sorted(path.name for path in GOLDEN.iterdir())


def wanted_of(options: dict[str, Any]) -> Wanted:
    return Wanted(
        zone=ZoneInfo(options["tz"]),
        unit=options.get("unit"),
        label=options.get("label"),
        multiplier=options.get("multiplier"),
        interval_s=parse_interval(options["interval"]) if "interval" in options else None,
    )


def test_there_are_golden_files() -> None:
    assert len(FOLDERS) >= 40


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_is_read_as_it_was_meant(name: str) -> None:
    case = json.loads((GOLDEN / name / "case.json").read_text(encoding="utf-8"))
    path, wanted, expected = GOLDEN / name / case["file"], wanted_of(case["options"]), case["expected"]
    if "asks" in expected:
        with pytest.raises(Ambiguous) as asked:
            read_history(path, wanted)
        assert asked.value.option == expected["asks"]
        assert list(asked.value.choices) == expected["choices"]
    elif "error" in expected:
        with pytest.raises(Invalid) as refused:
            read_history(path, wanted)
        assert not isinstance(refused.value, Ambiguous)
        assert expected["error"] in str(refused.value)
    else:
        check(read_history(path, wanted), expected)


def check(history: History, expected: dict[str, Any]) -> None:
    assert [(e.cell, e.value) for e in history.errors] == [(cell, value) for cell, value, _ in expected["errors"]]
    for error, (_, _, reason) in zip(history.errors, expected["errors"], strict=True):
        assert reason in error.reason_zh
    assert history.registers == expected.get("registers", False)
    (part,) = history.parts
    assert list(part.ids) == list(expected["kw"])
    assert part.step_s == expected.get("step_s", 900)
    trim = expected.get("trim", 0)
    assert int(part.ts_ms[0]) == to_ms(datetime.fromisoformat(expected["first"])) + trim * part.step_s * 1000
    for values, site in zip(part.values, part.ids, strict=True):
        figures = [np.nan if v is None else v for v in expected["kw"][site]][trim:]
        assert values == pytest.approx(figures, nan_ok=True, rel=1e-9), site
    assert history.repeats == expected.get("repeats", 0)
    for note in expected.get("notes", ()):
        assert history.sheets is not None
        assert any(note in told for told in history.sheets.notes)
