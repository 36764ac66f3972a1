"""``yingfeng journal`` as a person uses it, beside a process that holds the journal and without one."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.journal import Journal, JournalRecord
from ingest.segments import Segment
from tests.app.test_cli import process


def test_show_and_check_beside_a_running_journal_and_after_damage(tmp_path: Path) -> None:
    at = {"YINGFENG_JOURNAL__PATH": str(tmp_path / "journal")}
    none = process(tmp_path, "journal", "show", **at)
    assert none.returncode == 2
    assert "journal.path" in none.stderr
    with Journal(tmp_path / "journal") as journal:
        reader = journal.reader("store")
        journal.append([JournalRecord(1_000, f"t/{n}", b"x" * 100) for n in range(10)])
        reader.commit(reader.read(4, 0.0)[-1][0])
        shown = process(tmp_path, "journal", "show", **at)
        assert shown.returncode == 0, shown.stderr
        assert "in use" in shown.stdout
        assert "10 records" in shown.stdout
        checked = process(tmp_path, "journal", "check", **at)
        assert checked.returncode == 0, checked.stderr
        assert "all 10 records can be read" in checked.stdout
    (segment,) = Segment.all(tmp_path / "journal")
    content = bytearray(segment.path.read_bytes())
    content[200] ^= 0xFF
    segment.path.write_bytes(content)
    told = process(tmp_path, "journal", "check", "--json", **at)
    assert told.returncode == 1
    (found,) = json.loads(told.stdout)["journals"]
    assert (found["sound"], found["lost_records"], found["records"], found["in_use"]) == (False, 1, 9, False)
    assert found["readers"][0]["lag_records"] == 6
    assert "9 records can be read" in process(tmp_path, "journal", "check", **at).stdout
