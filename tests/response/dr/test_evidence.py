"""The evidence pack: every figure again from the pack alone, and what was altered is named."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import Invalid
from response.dr.evidence import bundle, root_of
from response.dr.evidence_check import check
from storage.ledger import SqlLedger
from tests.support.clock import HandClock
from tests.support.dr import END, put_events


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, dr_template: Path) -> bytes:
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "ledger.sqlite").write_bytes((dr_template / "ledger.sqlite").read_bytes())
    ledger = SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=HandClock(END))
    event = put_events(ledger.dr)
    made = bundle(event, ledger.dr.baselines(event.id), ledger.dr.settlements(event.id)[-1], "9.9.9")
    again = bundle(event, ledger.dr.baselines(event.id), ledger.dr.settlements(event.id)[-1], "9.9.9")
    ledger.close()
    assert made == again, "the same revision is the same bytes"
    return made


def changed(pack: bytes, name: str, change: Callable[[str], str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack)) as old, zipfile.ZipFile(buffer, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            if each == name:
                text = content.decode()
                assert change(text) != text
                content = change(text).encode()
            new.writestr(each, content)
    return buffer.getvalue()


def test_every_figure_comes_out_again(pack: bytes) -> None:
    report = check(pack, root=root_of(pack))
    assert report.sound, report
    assert report.figures == 24
    assert (report.event, report.revision) == ("2026-07-28-1", 1)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("E001,event,2026-07-28,37,", "E001 2026-07-28 09:15 (event)"),
        ("E002,baseline,2026-07-27,40,", "E002 2026-07-27 10:00 (baseline)"),
    ],
)
def test_an_altered_reading_is_named_and_its_figures_differ(pack: bytes, mark: str, said: str) -> None:
    def alter(text: str) -> str:
        start = text.index(mark) + len(mark)
        return text[:start] + "1" + text[start:]

    report = check(changed(pack, "readings.csv", alter))
    assert not report.sound
    assert [line for line in report.altered_readings if said in line]
    assert len(report.altered_readings) == 1
    assert "readings.csv" in report.altered_files
    assert any(line.startswith(mark[:4]) for line in report.differences)


def remade(pack: bytes) -> bytes:
    """With a manifest of its own: only what is computed again can show the change."""
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        told = json.loads(files.read("manifest.json"))
        told["files"] = {name: hashlib.sha256(files.read(name)).hexdigest() for name in told["files"]}
    return changed(pack, "manifest.json", lambda _: json.dumps(told))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("settlement.json", '"penalty_yuan": 0.0', '"penalty_yuan": 5.0', "E001 penalty_yuan: 5.0 in the pack, 0 "),
        ("inputs.json", '"first_block": 36', '"first_block": 35', "E001 baseline: frozen from "),
        ("event.json", '"price_yuan_per_kwh": 4.0', '"price_yuan_per_kwh": 3.0', "E001 pay_yuan: "),
        ("event.json", '"penalty_factor": 0.0', '"penalty_factor": 2.0', "E002 penalty_yuan: "),
    ],
)
def test_a_change_under_a_new_manifest_is_found_by_computing_again(
    pack: bytes, name: str, old: str, new: str, said: str
) -> None:
    report = check(remade(changed(pack, name, lambda text: text.replace(old, new, 1))))
    assert report.altered_files == ()
    assert [line for line in report.differences if line.startswith(said)]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("settlement.json", '"energy_kwh"', '"energy_kwh":1e9,"was"'),
        ("event.json", '"cleared_kw": 200.0', '"cleared_kw": 20.0'),
        ("event.json", '"response_share": 0.8', '"response_share": 0.1'),
    ],
)
def test_an_altered_figure_or_term_shows(pack: bytes, name: str, old: str, new: str) -> None:
    report = check(changed(pack, name, lambda text: text.replace(old, new, 1)))
    assert report.altered_files == (name,)
    assert not report.sound


def test_a_pack_made_over_as_a_whole_differs_from_the_signed_paper(pack: bytes) -> None:
    report = check(pack, root="0" * 64)
    assert not report.sound
    assert "signed paper" in report.altered_files[0]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip"])
def test_what_is_no_pack_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="evidence pack"):
        check(content)


@pytest.mark.parametrize("name", ["event.json", "inputs.json", "settlement.json", "manifest.json", "readings.csv"])
def test_a_pack_with_a_broken_file_is_refused_not_crashed_on(pack: bytes, name: str) -> None:
    with pytest.raises(Invalid):
        check(changed(pack, name, lambda text: text[: len(text) // 2] if name != "readings.csv" else "x"))
