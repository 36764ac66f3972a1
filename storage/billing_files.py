"""Import of monthly statements (电费账单) from Excel and CSV: a row for each account, with mistakes by cell.

Headings: 户号; 年月 (or the month is given); 电量 with its unit; 最大需量; 抄表起日 and 抄表止日 where the
period is not the calendar month. Rows of totals are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.billing import BilledMonth, last_day, parse_month
from domain.errors import Invalid
from domain.ids import AccountId
from domain.registry import Registry
from storage import cell_values
from storage.ledger_ports import BillingLedger
from storage.sheet_cells import HEADING_SEARCH_ROWS, Cell, CellError, CellMistake, Sheet, heading_key
from storage.sheet_files import SheetFile, read_sheets

_NAMES = {
    "account": ("户号", "用户编号", "客户编号", "用电户号", "account"),
    "month": ("年月", "电费年月", "账期", "月份", "结算月份", "month"),
    "first": ("抄表起日", "起始日期", "计费开始日期", "开始日期", "first"),
    "last": ("抄表止日", "截止日期", "计费结束日期", "结束日期", "last"),
}
_ENERGY = re.compile(
    r"(?:总|结算|抄见|计费|用|有功)?(?:用)?电量(?:合计)?\(?(?P<unit>万kwh|万千瓦时|mwh|兆瓦时|kwh|千瓦时|度|)\)?|energy_kwh()"
)
_DEMAND = re.compile(r"(?:最大|计费|实际最大|抄见)?需量\(?(?P<unit>kw|千瓦|mw|)\)?|maximum_kw()")
_TO_KWH = {"万kwh": 1e4, "万千瓦时": 1e4, "mwh": 1e3, "兆瓦时": 1e3}
_CLOSING = re.compile(r"合计|总计|小计|制表|审核|备注|total")


@dataclass(frozen=True, slots=True)
class BillingImport:
    """``months`` : what the file says; ``errors`` : every mistake by cell, and then nothing is written"""

    months: tuple[BilledMonth, ...]
    errors: tuple[CellError, ...]


def import_billing(
    ledger: BillingLedger,
    registry: Registry,
    actor: str,
    file: SheetFile,
    *,
    source: str = "",
    month: date | None = None,
    dry_run: bool = False,
) -> BillingImport:
    """Put every row, or none when a cell is wrong. source : the document, the file's name where none is given"""
    read = read_billing(file, registry, actor=actor, source=source or file.name, month=month)
    if not read.errors and not dry_run:
        ledger.put_billed(read.months)
    return read


def read_billing(
    file: SheetFile, registry: Registry, *, actor: str, source: str, month: date | None = None
) -> BillingImport:
    """Raises Invalid when the file has no table of statements."""
    tables = [(sheet, found) for sheet in read_sheets(file) if (found := _layout(sheet)) is not None]
    if not tables:
        raise Invalid(
            f"{file.name}: 没有找到账单表，表头应有“户号”和“电量(kWh)”或“最大需量(kW)” / "
            "no table of statements; headings must hold 户号 (account) and 电量 (energy) or 最大需量 (maximum demand)"
        )
    reading = _Reading(registry, actor, source, month)
    for sheet, layout in tables:
        reading.take(sheet, layout)
    return BillingImport(tuple(reading.months), tuple(sorted(reading.errors, key=CellError.order)))


@dataclass(frozen=True, slots=True)
class _Layout:
    row: int
    names: Mapping[str, int]
    energy: tuple[int, float] | None
    demand: tuple[int, float] | None


def _layout(sheet: Sheet) -> _Layout | None:
    for index, row in enumerate(sheet.rows[:HEADING_SEARCH_ROWS]):
        names: dict[str, int] = {}
        energy = demand = None
        for cell in row:
            plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell.shown)).lower()
            named = next((n for n, words in _NAMES.items() if heading_key(cell.shown) in words), None)
            if named is not None:
                names.setdefault(named, cell.column)
            elif found := _ENERGY.fullmatch(plain):
                energy = energy or (cell.column, _TO_KWH.get(found["unit"] or "", 1.0))
            elif found := _DEMAND.fullmatch(plain):
                demand = demand or (cell.column, 1e3 if found["unit"] == "mw" else 1.0)
        if "account" in names and (energy or demand):
            return _Layout(index, names, energy, demand)
    return None


class _Reading:
    def __init__(self, registry: Registry, actor: str, source: str, month: date | None) -> None:
        self.months: list[BilledMonth] = []
        self.errors: list[CellError] = []
        self._accounts = {account.id for account in registry.accounts}
        self._actor, self._source, self._month = actor, source, month
        self._seen: dict[tuple[str, date], Cell] = {}

    def take(self, sheet: Sheet, layout: _Layout) -> None:
        for row in sheet.rows[layout.row + 1 :]:
            first = next(cell for cell in row if not cell.empty)
            if _CLOSING.match(first.shown.strip()):
                continue
            try:
                self._row(row, layout)
            except _Mistaken as mistaken:
                self.errors.append(sheet.error(mistaken.cell, mistaken.zh, mistaken.en))

    def _row(self, row: Sequence[Cell], layout: _Layout) -> None:
        by_column = {cell.column: cell for cell in row}

        def cell(column: int) -> Cell:
            return by_column.get(column, Cell(row[0].row, column, None))

        account_cell = cell(layout.names["account"])
        account = self._account(account_cell)
        month = self._month_of(cell(layout.names["month"])) if "month" in layout.names else self._month
        if month is None:
            raise _Mistaken(account_cell, "文件没有年月列，请用 --month 指定", "no column of the month; give the month")
        first = _day(cell(layout.names["first"])) if "first" in layout.names else None
        last = _day(cell(layout.names["last"])) if "last" in layout.names else None
        if (account, month) in self._seen:
            other = self._seen[account, month].place
            raise _Mistaken(account_cell, f"与{other}是同一户号、同一月份", f"the same account and month as {other}")
        self._seen[account, month] = account_cell
        try:
            self.months.append(
                BilledMonth(
                    AccountId(account),
                    month,
                    first or month,
                    last or last_day(month),
                    _figure(cell(layout.energy[0]), layout.energy[1]) if layout.energy else None,
                    _figure(cell(layout.demand[0]), layout.demand[1]) if layout.demand else None,
                    self._source,
                    self._actor,
                )
            )
        except Invalid as error:
            zh, _, en = str(error).partition(" / ")
            raise _Mistaken(account_cell, zh, en or zh) from error

    def _account(self, cell: Cell) -> str:
        try:
            account: str = cell_values.identifier(cell)
        except CellMistake as mistake:
            raise _Mistaken(cell, mistake.message_zh, mistake.message_en) from mistake
        if account not in self._accounts:
            like = next((a for a in self._accounts if account and a.lstrip("0") == account.lstrip("0")), None)
            zh, en = (f"；是否为 {like}（前导零丢失）", f"; is it {like}, with zeros lost?") if like else ("", "")
            raise _Mistaken(cell, f"户号不在台账中{zh}", f"the registry has no such account{en}")
        return account

    def _month_of(self, cell: Cell) -> date:
        if isinstance(cell.value, date):
            return date(cell.value.year, cell.value.month, 1)
        try:
            return parse_month(cell.shown)
        except Invalid as error:
            raise _Mistaken(cell, "月份应如 2026-07", "must be a month such as 2026-07") from error


class _Mistaken(Exception):
    def __init__(self, cell: Cell, zh: str, en: str) -> None:
        super().__init__(en)
        self.cell, self.zh, self.en = cell, zh, en


def _day(cell: Cell) -> date | None:
    try:
        found: date | None = cell_values.day(cell)
    except CellMistake as mistake:
        raise _Mistaken(cell, mistake.message_zh, mistake.message_en) from mistake
    return found


def _figure(cell: Cell, factor: float) -> float | None:
    try:
        value: float | None = cell_values.figure("")(cell)
    except CellMistake as mistake:
        raise _Mistaken(cell, mistake.message_zh, mistake.message_en) from mistake
    if value is not None and not 0 <= value * factor < 1e12:
        raise _Mistaken(cell, "数值不合理，应不小于0", "not plausible; must be 0 or more")
    return None if value is None else value * factor
