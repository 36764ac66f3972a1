"""Whatever a plan holds, its workbook and its survey form say, and reading them gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import AccountId, EnterpriseId
from domain.orderly import Plan, PlanRow, PlanStep
from domain.registry import Account, Enterprise, Registry
from storage.plan_export import export_plan, survey_forms
from storage.plan_files import read_plan
from storage.sheet_files import SheetFile
from tests.response.orderly.plan_case import DAY, LETTERS
from tests.support.registries import enterprise_version, figures, positive, texts

#: What the registry knows besides: names alone, so that nothing a plan leaves out comes from there.
BARE = Registry(1, tuple(Enterprise(EnterpriseId(f"E{n}"), DAY, f"企业{n}") for n in range(3)))


@st.composite
def plan_rows(draw: st.DrawFn) -> tuple[PlanRow, ...]:
    numbers = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3))
    return tuple(_row(draw, EnterpriseId(f"E{n}"), AccountId(f"033{place:07d}")) for place, n in enumerate(numbers))


def _row(draw: st.DrawFn, ident: EnterpriseId, account: AccountId) -> PlanRow:
    stated = replace(enterprise_version(draw, ident, DAY), plan_level="", level_reduction_kw=None, closed=False)
    own = Account(
        account,
        DAY,
        ident,
        draw(texts),
        draw(texts),
        *(draw(st.none() | positive), draw(figures), draw(figures), draw(figures)),
    )
    letters = draw(st.sets(st.sampled_from(LETTERS)))
    return PlanRow(stated, own, tuple(PlanStep(each, draw(positive)) for each in LETTERS if each in letters))


@settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan_rows(), st.booleans())
def test_a_plan_and_its_survey_form_are_read_back_as_they_were(rows: tuple[PlanRow, ...], survey: bool) -> None:
    plan = Plan(2026, 1, "方案", rows, "x", "otto", datetime(2026, 4, 1, tzinfo=UTC))
    form = survey_forms(rows, LETTERS, 2026, reveal_phones=True)
    book = form if survey else export_plan(plan, LETTERS, reveal_phones=True)
    again = read_plan(SheetFile("再读.xlsx", book), BARE.view(DAY), LETTERS)
    assert again.errors == ()
    assert again.rows == rows
