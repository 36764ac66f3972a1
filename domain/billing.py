"""What the power company billed an account for a month, as staff enter it from its statement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import Invalid
from domain.ids import AccountId


def parse_month(text: str) -> date:
    """2026-07, 202607, 2026年7月 as the month's first day. Raises Invalid."""
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})月?", text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 1970 <= int(found[1]) <= 2100:
        raise Invalid(f"月份 {text!r} 应如 2026-07 / the month must look like 2026-07")
    return date(int(found[1]), int(found[2]), 1)


def last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """One account's statement. first, last : days it covers, both included, the calendar month unless it says otherwise

    energy_kwh, maximum_kw : None where the statement has none; revision : 1, growing when a statement is corrected
    """

    account: AccountId
    month: date
    first: date
    last: date
    energy_kwh: float | None
    maximum_kw: float | None
    source: str
    actor: str
    revision: int = 0

    def __post_init__(self) -> None:
        if self.month.day != 1:
            raise Invalid(f"month {self.month} must be its first day")
        if not self.first <= self.last or (self.last - self.first).days > 92:
            raise Invalid(f"{self.account}: 账单期 {self.first} 至 {self.last} 不合理 / the period is not plausible")
        if self.energy_kwh is None and self.maximum_kw is None:
            raise Invalid(f"{self.account}: 电量和最大需量都没有 / neither energy nor maximum demand")
        if not self.source.strip():
            raise Invalid(f"{self.account}: 缺少来源 / the source is missing")

    def same_figures(self, other: BilledMonth) -> bool:
        mine = (self.first, self.last, self.energy_kwh, self.maximum_kw, self.source)
        return mine == (other.first, other.last, other.energy_kwh, other.maximum_kw, other.source)
