"""Every paper the product makes, from small seeded districts: energy, demand response, orderly use, a visit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from app.reports import open_report_kinds, open_reports
from app.wiring import open_intensity, open_profiles
from bench.report_speed import Fixed, fill
from config.settings import DistrictSettings, Settings
from domain.dr import DrEvent, EventKind, Participant
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview
from domain.ids import AccountId, EnterpriseId
from domain.instants import to_ms
from domain.notices import Answer
from domain.people import Principal, Role
from domain.references import Quota
from domain.report import Document
from domain.scopes import MONITORED
from monitor.runs import Runs
from response.dr.archive import KINDS
from response.orderly.allocation_answers import Need
from response.orderly.order_lines import order_lines
from response.orderly.orders import NewOrder
from response.orderly.papers import orderly_kinds
from storage.ledger import SqlLedger
from storage.readings.duckdb import DuckDbStore
from tests.response.dr import district as plants
from tests.response.orderly.season import DAY, NUMBER, WINDOW, season
from tests.support.policy import with_task

OTTO = Principal("张三", Role.OFFICER)


def every_document(folder: Path) -> Iterator[tuple[str, Document]]:
    for make in (energy, response, orderly):
        own = folder / make.__name__
        own.mkdir()
        yield from make(own)


def energy(folder: Path) -> Iterator[tuple[str, Document]]:
    settings, clock = (
        Settings(district=DistrictSettings(policy_path=str(with_task(folder / "policy", 2026, 0.04)))),
        Fixed(),
    )
    with (
        closing(SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=clock)) as ledger,
        closing(DuckDbStore(folder / "readings.duckdb")) as store,
    ):
        fill(ledger, store, 14)
        ledger.energy_reviews.put_projects(
            "test",
            [
                EnergyProject(
                    "P1", EnterpriseId("E001"), "精密机械扩建项目", "甬高新审〔2023〕1号", date(2023, 5, 10),
                    equivalent_tce=3691.96, intensity_tce=0.19, electricity_kwh=12_954_000.0,
                    in_service_from=date(2024, 1, 1),
                )
            ],
        )  # fmt: skip
        ledger.energy_reviews.put_regions(
            "test", [RegionalReview("R1", "高新区", "甬能审〔2024〕9号", date(2024, 1, 1), 30_000.0, Basis.EQUIVALENT)]
        )
        intensity = open_intensity(settings, store, ledger, clock)
        kinds = open_report_kinds(settings, store, ledger, clock, intensity)
        with Runs(ledger.results, clock, program="test") as runs:
            desk = open_reports(settings, ledger, clock, runs, kinds)
            for kind, subject, period in (
                ("monthly", "", "2026-06"),
                ("half-year", "", "2026H1"),
                ("card", "E002", "2026-06"),
                ("dual-control", "", "2026-06"),
                ("review-ledger", "", "2026-06"),
            ):
                version = desk.draft(OTTO, kind, subject, period)
                yield kind, desk.copies.document(OTTO, version.id)


def response(folder: Path) -> Iterator[tuple[str, Document]]:
    """A local event with an objection and a second revision, a mirrored one with official figures, a visit."""
    stage = plants.scene(folder, plants.filled(_made(folder / "template")))
    with closing(stage.ledger), closing(stage.store):
        event = _settled(stage)
        archive, dr = stage.dr.archive, stage.dr
        for kind in KINDS:
            yield f"dr-{kind}", archive.paper(OTTO, event.id, kind)
        _mirrored(stage)
        yield "dr-payment", archive.grants_paper(OTTO, plants.DAY.year)
        yield "dr-review", dr.review.paper(OTTO, plants.DAY)
        profiles = open_profiles(stage.settings, stage.store, stage.ledger, stage.clock)
        yield "profile", profiles.document(OTTO, EnterpriseId("E001"))


def _settled(stage: plants.Scene) -> DrEvent:
    desk, settlements = stage.dr.desk, stage.dr.settlements
    event = desk.create(OTTO, plants.new_event(document="甬能源〔2026〕17号", drill=True))
    event = desk.choose(OTTO, event.id, event.version)
    event = desk.invite(OTTO, event.id, event.version, officer="王科")
    for enterprise, kw in (("E001", 250.0), ("E002", 300.0), ("E003", 280.0)):
        stage.answer(event.id, enterprise, Answer.CAN, kw)
    stage.tick(plants.BEFORE + timedelta(hours=1))
    event = desk.clear(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version)
    event = desk.confirm(OTTO, event.id, event.version, officer="王科")
    for at in (plants.START + timedelta(minutes=15 * n) for n in range(8)):
        load = {e: stage.usual(e, at) - shed for e, shed in (("E001", 260.0), ("E002", 150.0), ("E003", 0.0))}
        stage.load(load, at, at + timedelta(minutes=15))
        stage.tick(at + timedelta(minutes=14))
    stage.tick(plants.END + timedelta(seconds=1))
    stage.at(plants.END + timedelta(days=1))
    settlements.verify(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version)
    settlements.publish(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version)
    objection = settlements.object(Principal("e", Role.ENTERPRISE, EnterpriseId("E001")), event.id, "E001", "表计故障")
    settlements.answer(OTTO, event.id, objection.id, "已核对，维持原结果")
    return event


def _mirrored(stage: plants.Scene) -> None:
    start = plants.END + timedelta(days=2)
    window = {"start_ms": to_ms(start), "end_ms": to_ms(start + timedelta(hours=2))}
    new = plants.new_event(kind=EventKind.MIRRORED, document="省调〔2026〕3号", **window)
    event = stage.dr.desk.create(OTTO, new)
    rows = [
        Participant(EnterpriseId(e), AccountId(f"33020{n}"), official_verified_kw=200.0, official_verified_kwh=400.0)
        for n, e in enumerate(("E001", "E002", "E003"), 1)
    ]
    stage.dr.records.put_official(OTTO, event.id, event.version, rows, "省级公布")


def orderly(folder: Path) -> Iterator[tuple[str, Document]]:
    day = DAY.astimezone(plants.ZONE).date()
    with season(folder) as own:
        own.instruct()
        own.ledger.references.put_quota(Quota(MONITORED, day, (7000.0,) * 96, "指标3号", "otto"))
        answer = own.desk.allocations.solve(OTTO, Need(1500.0, WINDOW))
        new = NewOrder(order_lines(answer), (WINDOW,), NUMBER, answer.plan, answer.level)
        order = own.desk.orders.issue(OTTO, own.desk.orders.prepare(OTTO, new).id, officer="王处长")
        with Runs(own.ledger.results, own.clock, program="test") as runs:
            kinds = orderly_kinds(own.desk, "高新区", Settings().district.zone)
            desk = open_reports(Settings(), own.ledger, own.clock, runs, kinds)

            def drafted(kind: str, subject: str, period: str) -> Document:
                return desk.copies.document(OTTO, desk.draft(OTTO, kind, subject, period).id)

            yield "orderly-plan", drafted("orderly-plan", "2026-1", "-")
            yield "orderly-order", drafted("orderly-order", order.id, "-")
            yield "orderly-notices", drafted("orderly-notices", order.id, "-")
            yield "orderly-pack", drafted("orderly-pack", "", str(day))
            yield "orderly-daily-zero", drafted("orderly-daily", "", "2026-07-20")
            load = np.full((1, 96), 300.0)
            load[0, 32:72] = 1000.0
            load[0, 56:64] -= 200.0
            own.draws("E001", load, DAY)
            own.clock.set(WINDOW.end + timedelta(minutes=30))
            yield "orderly-execution", drafted("orderly-execution", order.id, "-")
            yield "orderly-daily", drafted("orderly-daily", "", str(day))
            yield "orderly-season", drafted("orderly-season", "", "2026")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
