"""Papers of demand response that leave the house, as kinds of report: signed, sent and corrected like any other."""

from __future__ import annotations

from collections.abc import Callable

from domain.report import Document
from domain.report_versions import Source
from response.dr.archive import Archive
from response.reports.kinds import Draft, ReportKind, Request, SubjectForm
from response.reports.periods import PeriodForm


def dr_kinds(archive: Archive) -> tuple[ReportKind, ...]:
    thing, none = SubjectForm.REFERENCE, PeriodForm.NONE

    def of_event(paper: str) -> Callable[[Request], Draft]:
        return lambda request: _of_event(archive, request, paper)

    return (
        ReportKind("dr-settlement", "需求响应核算表", "settlement of an event", thing, none, of_event("settlement")),
        # What is published is the same for all.
        ReportKind(
            "dr-publication",
            "需求响应结果公示表",
            "published results of an event",
            thing,
            none,
            of_event("publication"),
            confidential=False,
        ),
        ReportKind("dr-objections", "需求响应申诉记录", "objections to an event", thing, none, of_event("objections")),
        ReportKind(
            "dr-payments",
            "需求响应补贴发放清单",
            "payment list of the year's subsidy",
            SubjectForm.DISTRICT,
            PeriodForm.YEAR,
            lambda request: _payments(archive, request),
        ),
    )


def _of_event(archive: Archive, request: Request, paper: str) -> Draft:
    document, settlement, root = archive.to_sign(request.principal, request.reference, paper)
    return _draft(document, Source("核算", f"{request.reference} 第{settlement.revision}版", f"证据包 {root}"))


def _payments(archive: Archive, request: Request) -> Draft:
    year = request.period.first.year
    document = archive.grants_to_sign(request.principal, year)
    return _draft(document, Source("省级核定电量", f"{year}年", "各事件导入的核定结果"))


def _draft(document: Document, source: Source) -> Draft:
    return Draft(
        document.title, document.subtitle, document.blocks, (source,), document.source_note, drill=document.drill
    )
