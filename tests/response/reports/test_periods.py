"""Periods as people write them, and what they mean who write none."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import Invalid
from response.reports.periods import PeriodForm, parse_period, usual_period


@pytest.mark.parametrize(
    ("form", "january", "july"),
    [
        (PeriodForm.DAY, "2026-01-01", "2026-07-22"),
        (PeriodForm.MONTH, "2025-12", "2026-06"),
        (PeriodForm.HALF_YEAR, "2025H2", "2026H1"),
        (PeriodForm.YEAR, "2026", "2026"),
        (PeriodForm.NONE, "", ""),
    ],
)
def test_the_usual_period_is_the_last_whole_one_and_is_understood(form: PeriodForm, january: str, july: str) -> None:
    assert usual_period(form, date(2026, 1, 1)) == january
    assert usual_period(form, date(2026, 7, 22)) == july
    assert parse_period(form, july).text == (july or "-")


@pytest.mark.parametrize(
    ("form", "text"), [(PeriodForm.MONTH, "2026-13"), (PeriodForm.MONTH, ""), (PeriodForm.NONE, "x")]
)
def test_what_is_no_period_is_refused_with_an_example(form: PeriodForm, text: str) -> None:
    with pytest.raises(Invalid, match=r"2026-07|-"):
        parse_period(form, text)
