"""Months, named by their first day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import StrEnum

from domain.errors import Invalid


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def same_month(month: date, *, years: int) -> date:
    return month.replace(year=month.year + years)


class Window(StrEnum):
    """The months a figure is made of, by its last one."""

    MONTH = "month"
    YEAR_TO_DATE = "year-to-date"
    ROLLING_YEAR = "rolling-year"

    def first(self, last: date) -> date:
        if self is Window.MONTH:
            return last
        if self is Window.YEAR_TO_DATE:
            return last.replace(month=1)
        return next_month(same_month(last, years=-1))


def months_between(first: date, last: date) -> tuple[date, ...]:
    """Every month from ``first`` to ``last``, both included. Raises Invalid when they stand the wrong way round."""
    if last < first:
        raise Invalid(f"{last:%Y-%m} lies before {first:%Y-%m}")
    found = [first]
    while found[-1] < last:
        found.append(next_month(found[-1]))
    return tuple(found)


def last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def parse_month(text: str) -> date:
    """``2026-07``. Raises Invalid."""
    try:
        year, _, number = text.partition("-")
        return date(int(year), int(number), 1)
    except ValueError:
        raise Invalid(f"{text!r} is not a month such as 2026-07") from None


def span_of_months(first: str | None, last: str | None, window: Window | None) -> tuple[date, date]:
    """First and last month of a question: ``first`` to ``last`` (or alone), or the window that ends with ``last``.

    Raises Invalid when too little is said, or two things at once.
    """
    if (first is None) == (window is None):
        raise Invalid(
            "请给出起始月份（from），或截止月份（to）与窗口（window） / "
            "give the first month (from), or the last (to) with a window"
        )
    if window is not None:
        if last is None:
            raise Invalid("窗口需要截止月份（to） / a window needs its last month (to)")
        end = parse_month(last)
        return window.first(end), end
    begin = parse_month(first or "")
    return begin, parse_month(last) if last else begin
