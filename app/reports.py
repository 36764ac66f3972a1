"""The report desk, with the kinds of every capability. Apart from the other wiring: the forms load slowly."""

from __future__ import annotations

from collections.abc import Iterable

from app.wiring import open_books
from config.settings import Settings
from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.clock import Clock
from domain.report_versions import Form
from monitor.runs import Runs
from response.intensity.desk import IntensityDesk
from response.reports.desk import ReportDesk
from response.reports.energy.kinds import energy_kinds
from response.reports.energy.questions import EnergyQuestions
from response.reports.kinds import ReportKind, ReportKinds
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


def open_reports(
    settings: Settings, ledger: Ledger, clock: Clock, runs: Runs, kinds: Iterable[ReportKind]
) -> ReportDesk:
    """kinds : see ``open_report_kinds``"""
    return ReportDesk(
        ledger.reports,
        ledger.registry,
        ledger.audit,
        runs,
        ReportKinds(kinds),
        {Form.DOCX: docx_bytes, Form.XLSX: xlsx_bytes},
        clock,
        settings.district.zone,
        four_eyes=settings.reports.four_eyes,
    )


def open_report_kinds(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, intensity: IntensityDesk
) -> tuple[ReportKind, ...]:
    """Of every capability."""
    books = open_books(settings, store, ledger, clock)
    return energy_kinds(EnergyQuestions(intensity, books, settings.district.name))
