"""What a report is of: a month, a half-year, a year, a day, or one thing with a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import Invalid


class PeriodForm(StrEnum):
    DAY = "day"
    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"
    NONE = "none"  # the subject says it all: an event, an order


_FORMS = {
    PeriodForm.DAY: (r"\d{4}-\d{2}-\d{2}", "2026-07-20"),
    PeriodForm.MONTH: (r"\d{4}-\d{2}", "2026-07"),
    PeriodForm.HALF_YEAR: (r"\d{4}H[12]", "2026H1"),
    PeriodForm.YEAR: (r"\d{4}", "2026"),
    PeriodForm.NONE: (r"-?", "-"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """text : as it is kept, 2026-07 or 2026H1 or -; first, last : first days of the months, or the day itself"""

    text: str
    first: date
    last: date

    @property
    def name_zh(self) -> str:
        if self.text.endswith(("H1", "H2")):
            return f"{self.first.year}年{'上' if self.text.endswith('H1') else '下'}半年"
        if len(self.text) == 4:
            return f"{self.first.year}年"
        if len(self.text) == 7:
            return f"{self.first.year}年{self.first.month}月"
        return self.first.isoformat()


def parse_period(form: PeriodForm, text: str) -> Period:
    """Raises Invalid."""
    pattern, example = _FORMS[form]
    if not re.fullmatch(pattern, text):
        raise Invalid(f"期间 {text!r} 应如 {example} / period {text!r} must be such as {example}")
    if form is PeriodForm.NONE:
        return Period("-", date.min, date.min)
    try:
        year = int(text[:4])
        if form is PeriodForm.DAY:
            day = date.fromisoformat(text)
            return Period(text, day, day)
        if form is PeriodForm.MONTH:
            month = date(year, int(text[5:]), 1)
            return Period(text, month, month)
        begin, end = {"H1": (1, 6), "H2": (7, 12)}.get(text[4:], (1, 12))
        return Period(text, date(year, begin, 1), date(year, end, 1))
    except ValueError:
        raise Invalid(f"期间 {text!r} 不存在 / there is no period {text!r}") from None


def usual_period(form: PeriodForm, today: date) -> str:
    """What somebody means who names none: today, the last whole month or half-year, the running year."""
    month = today.replace(day=1) - timedelta(days=1)
    half = f"{today.year}H1" if today.month > 6 else f"{today.year - 1}H2"
    return {
        PeriodForm.DAY: today.isoformat(),
        PeriodForm.MONTH: f"{month:%Y-%m}",
        PeriodForm.HALF_YEAR: half,
        PeriodForm.YEAR: f"{today.year}",
        PeriodForm.NONE: "",
    }[form]
