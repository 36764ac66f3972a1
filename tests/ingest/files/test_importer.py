"""A stranger's file into a store and a registry, once or twice alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import SystemClock
from domain.errors import Invalid
from domain.instants import days_span, to_ms
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER
from domain.registry import ALWAYS, Account, Enterprise, Meter, Stamp
from ingest.file_history import read_history
from ingest.file_layouts import Wanted
from ingest.importer import ImportReport, describe, errors_as_lines, import_file
from ingest.sites import site_id
from storage.ledger.sql import SqlLedger
from storage.ports import ReadingStore
from storage.readings.memory import MemoryStore
from tests.support.registry import FACTORY, FACTORY_ACCOUNT, FACTORY_MAIN

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 7, 13)
WANTED = Wanted(unit="kw", zone=ZONE)


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    return SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=SystemClock())


def load_file(directory: Path, header: str = "ts,工厂 A,E902", *, days: int = 2, rows: list[str] | None = None) -> Path:
    lines = [
        f"{(START + k * timedelta(minutes=15)).strftime('%Y-%m-%d %H:%M')},{100 + k % 96},{50 + k % 7}"
        for k in range(96 * days)
    ]
    path = directory / "load.csv"
    path.write_text("\n".join([header, *(rows or lines)]), encoding="utf-8")
    return path


def do_import(path: Path, store: ReadingStore, ledger: SqlLedger, *, register: bool = True) -> ImportReport:
    return import_file(
        path,
        WANTED,
        store=store,
        registry=ledger.registry,
        zone=ZONE,
        actor="officer",
        now_ms=1_000,
        register=register,
    )


def test_a_strangers_file_is_registered_and_stored(tmp_path: Path, ledger: SqlLedger) -> None:
    store = MemoryStore()
    done: list[tuple[int, int]] = []
    path = load_file(tmp_path)
    report = import_file(
        path,
        WANTED,
        store=store,
        registry=ledger.registry,
        zone=ZONE,
        actor="officer",
        now_ms=1_000,
        register=True,
        on_progress=lambda so_far, whole: done.append((so_far, whole)),
    )
    assert (report.sites, report.stored, report.repeats, report.refused) == (2, 384, 0, 0)
    assert report.registered == ("工厂 A", "E902")
    assert done[-1] == (384, 384)
    view = ledger.registry.registry().view(START.date())
    assert view.enterprise(site_id("工厂 A")).name == "工厂 A"
    assert view.meter("E902").interval_s == 900
    batch = store.read([site_id("工厂 A")], report.span)
    assert np.array_equal(batch.values[:, 0], 100 + np.arange(192) % 96)
    assert {entry.actor for entry in ledger.audit.entries().items} == {"officer"}


def test_importing_again_changes_nothing(tmp_path: Path, ledger: SqlLedger) -> None:
    store = MemoryStore()
    path = load_file(tmp_path)
    first = do_import(path, store, ledger)
    before, revision = store.read(["E902"], first.span), ledger.registry.registry().revision
    again = do_import(path, store, ledger, register=False)
    assert (again.stored, again.repeats, again.conflicts) == (0, first.stored, ())
    after = store.read(["E902"], first.span)
    assert np.array_equal(before.values, after.values, equal_nan=True)
    assert np.array_equal(before.quality, after.quality)
    assert ledger.registry.registry().revision == revision


@settings(deadline=None, max_examples=15)
@given(cut=st.integers(1, 191))
def test_an_interrupted_import_is_finished_by_doing_it_again(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    directory = tmp_path_factory.mktemp("import")
    ledger = SqlLedger(f"sqlite:///{directory}/ledger.sqlite", clock=SystemClock())
    whole, broken = MemoryStore(), MemoryStore()
    path = load_file(directory)
    full = do_import(path, whole, ledger)
    rows = path.read_text(encoding="utf-8").splitlines()
    part = directory / "part.csv"
    part.write_text("\n".join(rows[: cut + 1]), encoding="utf-8")
    wanted = Wanted(unit="kw", zone=ZONE, interval_s=900, label="start")
    import_file(part, wanted, store=broken, registry=ledger.registry, zone=ZONE, actor="a", now_ms=1_000)
    rest = do_import(path, broken, ledger)
    assert rest.repeats == 2 * cut
    ids = ["E902", site_id("工厂 A")]
    one, two = whole.read(ids, full.span), broken.read(ids, full.span)
    assert np.array_equal(one.ts_ms, two.ts_ms)
    assert np.array_equal(one.values, two.values, equal_nan=True)
    ledger.close()


def test_another_value_is_a_conflict_and_the_first_stays(tmp_path: Path, ledger: SqlLedger) -> None:
    store = MemoryStore()
    first = do_import(load_file(tmp_path), store, ledger)
    changed = load_file(tmp_path).read_text(encoding="utf-8").replace("2026-07-13 01:00,104,", "2026-07-13 01:00,999,")
    (tmp_path / "load.csv").write_text(changed, encoding="utf-8")
    again = do_import(tmp_path / "load.csv", store, ledger)
    assert again.rejected == 1
    assert again.conflicts[0].reason == "conflict"
    assert store.read([site_id("工厂 A")], first.span).values[4, 0] == 104


def test_unknown_sites_are_named_and_nothing_is_written(tmp_path: Path, ledger: SqlLedger) -> None:
    store = MemoryStore()
    with pytest.raises(Invalid, match=r"does not know 2 sites: 工厂 A, E902.*--register"):
        do_import(load_file(tmp_path), store, ledger, register=False)
    assert not ledger.registry.registry().meters


def test_known_meters_and_enterprises_are_found_by_id_and_name(tmp_path: Path, ledger: SqlLedger) -> None:
    main = Meter(FACTORY_MAIN.id, ALWAYS, FACTORY_ACCOUNT.id, interval_s=900)
    ledger.registry.put_versions("a", enterprises=[FACTORY], accounts=[FACTORY_ACCOUNT], meters=[main])
    for header in (f"ts,{FACTORY.name},E902", f"ts,{FACTORY.id},E902", f"ts,{main.id},E902"):
        store = MemoryStore()
        report = do_import(load_file(tmp_path, header), store, ledger)
        assert "E902" in (*report.registered, "E902")
        assert len(store.read([main.id], report.span)) == 192


def test_another_interval_than_the_registrys_is_refused(tmp_path: Path, ledger: SqlLedger) -> None:
    ledger.registry.put_versions("a", enterprises=[FACTORY], accounts=[FACTORY_ACCOUNT], meters=[FACTORY_MAIN])
    with pytest.raises(Invalid, match="M001 is registered with 60 s, the file has 900 s"):
        do_import(load_file(tmp_path, "ts,M001,E902"), MemoryStore(), ledger)


def test_an_enterprise_with_two_main_meters_needs_the_meters_name(tmp_path: Path, ledger: SqlLedger) -> None:
    second = Account(FACTORY_ACCOUNT.id.__class__("0330000009"), ALWAYS, FACTORY.id)
    ledger.registry.put_versions(
        "a",
        enterprises=[FACTORY, Enterprise(FACTORY.id.__class__("E010"), ALWAYS, "空")],
        accounts=[FACTORY_ACCOUNT, second],
        meters=[FACTORY_MAIN, Meter(FACTORY_MAIN.id.__class__("M009"), ALWAYS, second.id)],
    )
    with pytest.raises(Invalid, match="no single main meter"):
        do_import(load_file(tmp_path, "ts,E001,E902"), MemoryStore(), ledger)


def test_spikes_are_flagged_as_ingest_would(tmp_path: Path, ledger: SqlLedger) -> None:
    rows = []
    for k in range(96 * 8):
        value = 5000 if k == 96 * 7 + 40 else 100 + k % 13
        rows.append(f"{(START + k * timedelta(minutes=15)).strftime('%Y-%m-%d %H:%M')},{value},1.5")
    store = MemoryStore()
    report = do_import(load_file(tmp_path, "ts,E901,E902", rows=rows), store, ledger)
    batch = store.read(["E901"], report.span)
    assert Quality(int(batch.quality[96 * 7 + 40])) is Quality.SPIKE
    assert int((batch.quality != Quality.OK).sum()) == 1


def test_a_dry_run_and_an_error_list_are_for_reading(tmp_path: Path) -> None:
    path = load_file(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(",104,", ",bad,", 1), encoding="utf-8")
    history = read_history(path, WANTED)
    lines = describe(history, ZONE)
    assert "wide" in lines[0]
    assert "interval_s" in lines[1]
    assert any(line.startswith("2026-07-13 00:15  101.00") for line in lines)
    assert any(line.startswith("2026-07-13 01:00  —") for line in lines)
    assert "'bad'" in lines[-1]
    assert list(errors_as_lines(history.errors))[1] == 'B6,6,"工厂 A","bad","不是数字 is not a number"'


def test_names_that_are_no_ids_get_one_that_stays() -> None:
    assert site_id("E001") == "E001"
    assert site_id("工厂 A") == site_id("工厂 A") != site_id("工厂 B")
    assert len(site_id("x" * 100)) < 64


@pytest.mark.parametrize(("stamp", "first"), [(Stamp.START, 0), (Stamp.END, -15)])
def test_registers_are_kept_where_live_ones_of_the_meter_would_be(
    tmp_path: Path, ledger: SqlLedger, stamp: Stamp, first: int
) -> None:
    """0.1 a quarter, the meter exchanged at noon without a word: one reading is not believed."""
    meter = Meter(FACTORY_MAIN.id, ALWAYS, FACTORY_ACCOUNT.id, interval_s=900, stamp=stamp, multiplier=30.0)
    ledger.registry.put_versions("officer", enterprises=[FACTORY], accounts=[FACTORY_ACCOUNT], meters=[meter])
    shown = [1000 + 0.1 * k if k < 48 else 3 + 0.1 * k for k in range(96)]
    book = openpyxl.Workbook()
    sheet = book.create_sheet("示数", 0)
    stamps = [f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 15)]
    for row in (["电能示数（kWh）"], ["户号", "日期", "倍率", *stamps], [FACTORY_ACCOUNT.id, "2026-07-13", 30, *shown]):
        sheet.append(row)
    book.save(tmp_path / "示数.xlsx")
    store = MemoryStore()
    wanted = Wanted(zone=ZONE, multiplier="apply")
    report = import_file(
        tmp_path / "示数.xlsx", wanted, store=store, registry=ledger.registry, zone=ZONE, actor="officer", now_ms=1_000
    )
    assert (report.stored, report.flagged) == (96, 1)
    found = store.read([FACTORY_MAIN.id], days_span(START.date() - timedelta(days=1), START.date(), ZONE))
    assert found.ts_ms[0] == to_ms(START.replace(tzinfo=ZONE)) + first * 60_000
    assert found.values[:, ENERGY_IMPORT] == pytest.approx([30.0 * kwh for kwh in shown])
    assert np.isnan(found.values[:, POWER]).all()
    assert np.flatnonzero(found.quality == Quality.BAD).tolist() == [48]
    again = import_file(
        tmp_path / "示数.xlsx", wanted, store=store, registry=ledger.registry, zone=ZONE, actor="officer", now_ms=2_000
    )
    assert (again.stored, again.repeats) == (0, 96)
