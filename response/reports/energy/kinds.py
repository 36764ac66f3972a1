"""The energy reports, as rows of the desk's table of kinds."""

from __future__ import annotations

from response.reports.energy.card import card
from response.reports.energy.dual_control import dual_control
from response.reports.energy.half_year import half_yearly
from response.reports.energy.periodical import monthly
from response.reports.energy.questions import EnergyQuestions
from response.reports.energy.review_ledger import review_ledger
from response.reports.kinds import ReportKind, SubjectForm
from response.reports.periods import PeriodForm


def energy_kinds(questions: EnergyQuestions) -> tuple[ReportKind, ...]:
    return (
        ReportKind(
            "monthly",
            "能耗监测月报",
            "monthly energy report",
            SubjectForm.DISTRICT,
            PeriodForm.MONTH,
            monthly(questions),
        ),
        ReportKind(
            "half-year",
            "能耗半年报",
            "half-year energy report",
            SubjectForm.DISTRICT,
            PeriodForm.HALF_YEAR,
            half_yearly(questions),
        ),
        ReportKind(
            "card", "企业能耗强度卡", "intensity card", SubjectForm.ENTERPRISE, PeriodForm.MONTH, card(questions)
        ),
        ReportKind(
            "dual-control",
            "能耗双控进度",
            "dual-control progress",
            SubjectForm.DISTRICT,
            PeriodForm.MONTH,
            dual_control(questions),
        ),
        ReportKind(
            "review-ledger",
            "节能审查台账",
            "energy review ledger",
            SubjectForm.DISTRICT,
            PeriodForm.MONTH,
            review_ledger(questions),
        ),
    )
