"""Which account is which meter, and whose multiplier counts: asked where file and registry leave a doubt."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.clock import SystemClock
from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.file_history import read_history
from ingest.file_layouts import Ambiguous, Wanted
from ingest.importer import check_sites, describe, import_file
from storage.ledger.sql import SqlLedger
from storage.ledger_ports import RegistryLedger
from storage.readings.memory import MemoryStore
from tests.ingest.files.make_golden import DAY, FIRST, GOLDEN, SECOND, Rows, csv_bytes, load_kw, p_labels, xlsx
from tests.support.ledger import MemoryRegistry

ZONE = ZoneInfo("Asia/Shanghai")
WANTED = Wanted(zone=ZONE)
P96 = GOLDEN / "xlsx_p96_kw_title_and_totals" / "负荷.xlsx"


def meter(ident: str, account: str, *, multiplier: float = 1.0, since: date = ALWAYS) -> Meter:
    return Meter(
        MeterId(ident),
        since,
        AccountId(account),
        interval_s=900,
        multiplier=multiplier,
        primary_values=multiplier == 1.0,
    )


def accounts_and_meters(registry: RegistryLedger) -> None:
    registry.put_versions(
        "a",
        enterprises=[
            Enterprise(EnterpriseId("E001"), ALWAYS, "甲厂"),
            Enterprise(EnterpriseId("E002"), ALWAYS, "乙厂"),
        ],
        accounts=[
            Account(AccountId(FIRST), ALWAYS, EnterpriseId("E001")),
            Account(AccountId(SECOND), ALWAYS, EnterpriseId("E002")),
        ],
        meters=[meter("M001", FIRST), meter("M002", SECOND)],
    )


@pytest.fixture
def registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    accounts_and_meters(registry)
    return registry


def sheet_file(directory: Path, heads: list[str], rows: Rows) -> Path:
    path = directory / "负荷.xlsx"
    path.write_bytes(xlsx({"功率kW": [[*heads, *p_labels()], *rows]}))
    return path


def stored(registry: MemoryRegistry, path: Path, wanted: Wanted = WANTED, *, register: bool = False) -> MemoryStore:
    store = MemoryStore()
    import_file(path, wanted, store=store, registry=registry, zone=ZONE, actor="a", now_ms=1_000, register=register)
    return store


def test_an_account_is_its_main_meter(registry: MemoryRegistry) -> None:
    history = read_history(P96, WANTED)
    store = stored(registry, P96)
    for number, ident in ((1, "M001"), (2, "M002")):
        assert store.read([ident], history.span).values[:96, 0].tolist() == load_kw(number, 0)


def test_a_dry_run_names_each_sites_meter(registry: MemoryRegistry) -> None:
    history = read_history(P96, WANTED)
    lines = describe(history, ZONE, check_sites(history, registry.registry(), ZONE, WANTED))
    assert f"{FIRST} -> M001 (E001)" in lines
    assert any("2 行合计" in line for line in lines)
    assert "2026-07-01 00:00  100.00  200.00" in lines
    unknown = describe(history, ZONE, {})
    assert f"{FIRST} -> 不在台账中 not in the registry" in unknown


def test_an_account_with_two_meters_is_asked_and_mapped(tmp_path: Path, registry: MemoryRegistry) -> None:
    registry.put_versions("a", meters=[meter("M003", FIRST)])
    path = sheet_file(tmp_path, ["户号", "日期"], [[FIRST, DAY, *load_kw(1, 0)]])
    with pytest.raises(Ambiguous) as asked:
        stored(registry, path)
    assert (asked.value.option, asked.value.choices) == ("map", (f"{FIRST}=M001", f"{FIRST}=M003"))
    store = stored(registry, path, Wanted(zone=ZONE, meters=((FIRST, "M003"),)))
    assert len(store.read(["M003"], read_history(path, WANTED).span)) == 96
    with pytest.raises(Invalid, match="no meter M009"):
        stored(registry, path, Wanted(zone=ZONE, meters=((FIRST, "M009"),)))


def test_two_asset_numbers_of_one_account_are_never_added_into_one_meter(
    tmp_path: Path, registry: MemoryRegistry
) -> None:
    rows: Rows = [[FIRST, "33000A", DAY, *load_kw(1, 0)], [FIRST, "33000B", DAY, *load_kw(2, 0)]]
    with pytest.raises(Ambiguous, match="33000A and 33000B would both be M001"):
        stored(registry, sheet_file(tmp_path, ["户号", "表号", "日期"], rows))


def test_a_meter_under_another_account_is_a_contradiction(tmp_path: Path, registry: MemoryRegistry) -> None:
    path = sheet_file(tmp_path, ["户号", "表号", "日期"], [[SECOND, "M001", DAY, *load_kw(1, 0)]])
    with pytest.raises(Invalid, match=f"under account {SECOND}, the registry under {FIRST}"):
        stored(registry, path)


def test_lost_zeros_are_recognised_but_not_guessed(tmp_path: Path, registry: MemoryRegistry) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(csv_bytes([["功率kW"], ["户号", "日期", *p_labels()], ["330000001", DAY, *load_kw(1, 0)]], "gbk"))
    with pytest.raises(Invalid, match=rf"330000001 \(前导零丢失\? zeros lost\? {FIRST}\)"):
        stored(registry, path)


def test_registered_sites_keep_account_and_name(tmp_path: Path, registry: MemoryRegistry) -> None:
    path = sheet_file(tmp_path, ["户号", "户名", "日期"], [["0330000009", "丙厂", DAY, *load_kw(1, 0)]])
    stored(registry, path, register=True)
    view = registry.registry().view(DAY)
    assert view.meter("0330000009").account == "0330000009"
    assert view.enterprise("0330000009").name == "丙厂"


def test_the_registrys_multiplier_is_asked_then_applied_by_day(tmp_path: Path, registry: MemoryRegistry) -> None:
    second = date(2026, 7, 2)
    changed = [meter("M001", FIRST, multiplier=20, since=DAY), meter("M001", FIRST, multiplier=30, since=second)]
    registry.put_versions("a", meters=changed)
    path = sheet_file(tmp_path, ["户号", "日期"], [[FIRST, DAY, *([5.0] * 96)], [FIRST, second, *([5.0] * 96)]])
    with pytest.raises(Ambiguous) as asked:
        stored(registry, path)
    assert asked.value.option == "multiplier"
    assert "150.00 kW multiplied" in asked.value.question_en
    span = read_history(path, WANTED).span
    store = stored(registry, path, Wanted(zone=ZONE, multiplier="apply"))
    assert np.unique(store.read(["M001"], span).values[:96, 0]) == 100.0
    assert np.unique(store.read(["M001"], span).values[96:, 0]) == 150.0
    primary = stored(registry, path, Wanted(zone=ZONE, multiplier="applied"))
    assert np.unique(primary.read(["M001"], span).values[:, 0]) == 5.0


def test_file_and_registry_with_different_multipliers_are_refused(tmp_path: Path, registry: MemoryRegistry) -> None:
    registry.put_versions("a", meters=[meter("M001", FIRST, multiplier=20, since=DAY)])
    path = sheet_file(tmp_path, ["户号", "倍率", "日期"], [[FIRST, 2000, DAY, *load_kw(1, 0)]])
    with pytest.raises(Invalid, match="the file has the multiplier 2000, the registry 20"):
        stored(registry, path, Wanted(zone=ZONE, multiplier="apply"))
    same = sheet_file(tmp_path, ["户号", "倍率", "日期"], [[FIRST, 20, DAY, *([5.0] * 96)]])
    store = stored(registry, same, Wanted(zone=ZONE, multiplier="apply"))
    assert np.unique(store.read(["M001"], read_history(same, WANTED_APPLIED).span).values[:, 0]) == 100.0


WANTED_APPLIED = Wanted(zone=ZONE, multiplier="applied")


def test_the_command_asks_shows_and_stores(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=SystemClock())
    accounts_and_meters(ledger.registry)
    ledger.close()
    settings = tmp_path / "yingfeng.toml"
    settings.write_text(
        f'[ledger]\nurl = "sqlite:///{tmp_path}/ledger.sqlite"\n[store]\nurl = "duckdb:///{tmp_path}/r.duckdb"\n',
        encoding="utf-8",
    )
    options = ["--tz", "Asia/Shanghai", "--config", str(settings)]
    shown = CliRunner().invoke(app, ["import", str(P96), "--dry-run", *options], catch_exceptions=False)
    assert f"{FIRST} -> M001 (E001)" in shown.output
    done = CliRunner().invoke(app, ["import", str(P96), *options], catch_exceptions=False)
    assert "入库 stored 384" in done.output
    asked = CliRunner().invoke(app, ["import", str(GOLDEN / "xlsx_multiplier_is_asked" / "倍率.xlsx"), *options])
    assert isinstance(asked.exception, Ambiguous)
    assert "--multiplier apply|applied" in str(asked.exception)
