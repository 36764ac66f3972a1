"""Demand response put together."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from app.orderly import open_gap
from app.wiring import (
    open_calls,
    open_histories,
    open_policy,
    open_potentials,
    open_questions,
    open_reductions,
)
from config.settings import Settings
from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.clock import Clock
from monitor.frozen_baselines import BaselineFreezer
from monitor.questions import LoadQuestions
from monitor.weather import WeatherHistory
from response.dr.archive import Archive
from response.dr.book import EventBook
from response.dr.desk import EventDesk
from response.dr.drill import DrillRun
from response.dr.freezing import Freezing
from response.dr.pace import PaceDesk
from response.dr.parts import Shares
from response.dr.ports import Gaps, Notices, Potentials
from response.dr.records import RecordDesk
from response.dr.review import ReviewDesk
from response.dr.roll import Roll
from response.dr.service import DemandResponse
from response.dr.settlements import SettlementDesk
from response.dr.telling import Telling
from response.dr.turns import EventTurns
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


def open_records(settings: Settings, ledger: Ledger, clock: Clock) -> RecordDesk:
    """Needs the ledger alone."""
    programmes, zone = open_policy(settings).programmes, settings.district.zone
    return RecordDesk(EventBook(ledger.dr, clock), ledger.dr, ledger.registry, programmes, clock, zone)


def open_archive(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> Archive:
    """Papers and evidence alone, which ask nothing of the other desks."""
    book = EventBook(ledger.dr, clock)
    histories = open_histories(settings, store, ledger, clock)
    settlements = SettlementDesk(ledger, book, histories, clock, settings.district.zone)
    return _archive(settings, ledger, book, settlements, clock)


def _archive(settings: Settings, ledger: Ledger, book: EventBook, settlements: SettlementDesk, clock: Clock) -> Archive:
    policy = open_policy(settings)
    return Archive(
        ledger,
        book,
        settlements,
        policy.programmes,
        clock,
        settings.district.zone,
        program=version("yingfeng"),
        renderers={"docx": docx_bytes, "xlsx": xlsx_bytes},
        district=settings.district.name,
        methods={method.id: method.name_zh for method in policy.baselines.method},
    )


def open_dr(
    settings: Settings,
    store: ReadingStore,
    ledger: Ledger,
    clock: Clock,
    *,
    questions: LoadQuestions,
    potentials: Potentials,
    notices: Notices,
    gaps: Gaps,
) -> DemandResponse:
    zone, policy = settings.district.zone, open_policy(settings)
    histories = open_histories(settings, store, ledger, clock)
    called = partial(open_reductions(settings, ledger).series, verified_only=False)
    freezer = BaselineFreezer(
        histories, WeatherHistory(ledger.weather), called, open_calls(settings, ledger), policy, zone, clock
    )
    book = EventBook(ledger.dr, clock)
    telling = Telling(notices, ledger.dr, clock, zone)
    desk = EventDesk(
        book=book,
        ledger=ledger.dr,
        programmes=policy.programmes,
        roll=Roll(ledger, potentials, Shares(histories, clock, zone), zone),
        freezing=Freezing(freezer, ledger.dr, clock),
        telling=telling,
        clock=clock,
        zone=zone,
    )
    pace = PaceDesk(ledger, questions, clock, zone)
    settlements = SettlementDesk(ledger, book, histories, clock, zone)
    drill = DrillRun(desk, settlements, ledger.dr, gaps, clock)
    return DemandResponse(
        book=book,
        desk=desk,
        pace=pace,
        settlements=settlements,
        archive=_archive(settings, ledger, book, settlements, clock),
        records=open_records(settings, ledger, clock),
        review=ReviewDesk(ledger, questions, notices, settings.district.name, zone),
        drill=drill,
        turns=EventTurns(desk, telling, pace, drill, ledger.dr, ledger.reductions, clock),
    )


def open_dr_offline(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, notices: Notices
) -> DemandResponse:
    """For a process without the other desks: what demand response asks of them is opened for it alone."""
    return open_dr(
        settings,
        store,
        ledger,
        clock,
        questions=open_questions(settings, store, ledger, clock),
        potentials=open_potentials(settings, store, ledger, clock),
        notices=notices,
        gaps=open_gap(settings, store, ledger, clock),
    )
