"""How long the reports of a district take: ``python -m bench.report_speed [--enterprises 100] [--write FOLDER]``.

Half the enterprises state their electricity, half are metered (15-minute blocks of three half-years in DuckDB); all
state gas and output. Draft with every figure, source and digest, both files, and the signature are timed apart; a
district report of 100 enterprises is to take under 5 s in all. --write keeps the files of every kind, to be looked at.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from app.reports import open_report_kinds, open_reports
from app.wiring import open_intensity
from config.settings import Settings
from domain.energy import EnergyEntry, OutputEntry, PriceBasis
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import day_span, to_ms
from domain.months import months_between, next_month
from domain.people import Principal, Role
from domain.registry import ALWAYS, Account, Enterprise, Meter
from domain.report_versions import Form
from domain.scopes import enterprise_scope
from monitor.runs import Runs
from response.reports.desk import ReportDesk
from storage.ledger import SqlLedger
from storage.ports import DemandRows
from storage.readings.duckdb import DuckDbStore

AIM_S = 5.0
REPORTS = (("monthly", "2026-06"), ("half-year", "2026H1"), ("dual-control", "2026-06"))
ZONE = Settings().district.zone
NOW = datetime(2026, 7, 5, 1, 0, tzinfo=UTC)
OFFICER, CHIEF = Principal("张三", Role.OFFICER), Principal("李四", Role.OFFICER)
SECTORS = ("C39", "C34", "C29", "C17", "C36", "C26")
PLACES = ("甬江", "梅墟", "新明", "聚贤", "贵驷", "院士", "扬帆", "江南", "星海", "剑兰")
TRADES = ("精密机械", "电子元件", "塑胶制品", "纺织印染", "汽车部件", "精细化工")
MONTHS = months_between(date(2025, 1, 1), date(2026, 6, 1))


class Fixed:
    """A clock that stands."""

    def speed(self) -> float:
        return 1.0

    def now(self) -> datetime:
        return NOW

    def now_ms(self) -> int:
        return to_ms(NOW)


def name_of(n: int) -> str:
    return f"宁波{PLACES[n // len(TRADES) % len(PLACES)]}{TRADES[n % len(TRADES)]}有限公司" + (
        f"{n // 60 + 1}厂" if n >= 60 else ""
    )


def fill(ledger: SqlLedger, store: DuckDbStore, count: int) -> None:
    ids = [EnterpriseId(f"E{n:03d}") for n in range(1, count + 1)]
    ledger.registry.put_versions(
        "bench",
        enterprises=[Enterprise(e, ALWAYS, name_of(n), sector=SECTORS[n % 6]) for n, e in enumerate(ids)],
        accounts=[Account(AccountId(f"A{e}"), ALWAYS, e) for e in ids],
        meters=[Meter(MeterId(f"M{e}"), ALWAYS, AccountId(f"A{e}"), interval_s=900) for e in ids],
    )
    random = np.random.default_rng(0)
    size = random.lognormal(12.5, 1.0, count)  # kWh a month
    energy, output = [], []
    for n, enterprise in enumerate(ids):
        for month in MONTHS:
            drift = 0.96 if month.year == 2026 else 1.0
            kwh = size[n] * drift * random.uniform(0.9, 1.1)
            if n % 2:
                energy.append(EnergyEntry(enterprise, month, "electricity", float(kwh), source="205-1表.xlsx"))
            energy.append(EnergyEntry(enterprise, month, "natural_gas", float(kwh / 200), source="205-1表.xlsx"))
            value = kwh / 900 / drift * random.uniform(0.9, 1.1)
            output.append(OutputEntry(enterprise, month, float(value), PriceBasis.CONSTANT, 2020, source="产值.xlsx"))
    ledger.energy.put_energy("bench", energy)
    ledger.energy.put_output("bench", output)
    ledger.energy.put_scope("bench", 2026, dict.fromkeys(ids, True), "名录.xlsx")
    for month in MONTHS:
        for n in range(0, count, 2):
            store.write_demand(_blocks(ids[n], month, float(size[n]) / 730))


def _blocks(enterprise: EnterpriseId, month: date, load_kw: float) -> DemandRows:
    ts_ms = np.arange(day_span(month, ZONE).start_ms, day_span(next_month(month), ZONE).start_ms, 900_000)
    load = np.full(len(ts_ms), load_kw)
    whole, scope = np.ones(len(ts_ms)), (enterprise_scope(enterprise),) * len(ts_ms)
    quality = np.full(len(ts_ms), "ok", dtype=object)
    return DemandRows(scope, ts_ms, load, load / 4, whole, load, load, load, quality, whole.astype(np.int64))


def measure(desk: ReportDesk, count: int, kind: str, period: str) -> float:
    begin = time.perf_counter()
    version = desk.draft(OFFICER, kind, "district", period)
    drafted = time.perf_counter()
    for form in Form:
        desk.copies.export(OFFICER, version.id, form)
    rendered = time.perf_counter()
    desk.sign(CHIEF, version.id, digest=version.digest)
    ended = time.perf_counter()
    print(
        f"{kind}, {count} enterprises: draft {drafted - begin:.2f} s, docx and xlsx {rendered - drafted:.2f} s,",
        end=" ",
    )
    print(f"signature {ended - rendered:.2f} s, in all {ended - begin:.2f} s")
    return ended - begin


def write(desk: ReportDesk, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in desk.kinds(OFFICER):
        subject = "E002" if kind.subject == "enterprise" else ""
        if kind.subject == "reference":
            continue
        period = "2026H1" if kind.period == "half_year" else "2026-06"
        version = desk.draft(OFFICER, kind.id, subject, period)
        for form in Form:
            (folder / f"{kind.id}.{form}").write_bytes(desk.copies.export(OFFICER, version.id, form).data)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--enterprises", type=int, default=100)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    settings, clock = Settings(), Fixed()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=clock)) as ledger,
        closing(DuckDbStore(Path(folder) / "readings.duckdb")) as store,
    ):
        fill(ledger, store, asked.enterprises)
        intensity = open_intensity(settings, store, ledger, clock)
        kinds = open_report_kinds(settings, store, ledger, clock, intensity)
        with Runs(ledger.results, clock, program="bench") as runs:
            desk = open_reports(settings, ledger, clock, runs, kinds)
            took = max(measure(desk, asked.enterprises, *report) for report in REPORTS)
            if asked.write:
                write(desk, asked.write)
    return 0 if took < AIM_S or asked.enterprises > 100 else 1


if __name__ == "__main__":
    raise SystemExit(main())
