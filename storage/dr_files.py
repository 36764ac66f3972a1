"""Import of the province's figures for an event, and of contracts, from Excel and CSV, with mistakes by cell.

Official figures: 户号, with any of 申报, 出清 (中标), 核定 in kW or MW, and 核定电量 in kWh or MWh.
Contracts: 户号, 约定容量, 合同起, 合同止, 聚合商, 合同编号. Rows of totals are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from domain.dr import Contract, Participant
from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId
from domain.registry import RegistryView
from storage import cell_values
from storage.sheet_cells import HEADING_SEARCH_ROWS, Cell, CellError, CellMistake, Sheet
from storage.sheet_files import SheetFile, read_sheets

T = TypeVar("T")
_TO_KW = {"": 1.0, "kw": 1.0, "千瓦": 1.0, "mw": 1e3, "兆瓦": 1e3, "万千瓦": 1e4}
_TO_KWH = {"": 1.0, "kwh": 1.0, "千瓦时": 1.0, "度": 1.0, "mwh": 1e3, "兆瓦时": 1e3, "万千瓦时": 1e4, "万kwh": 1e4}
_UNIT = r"\(?(?P<unit>kwh|kw|mwh|mw|千瓦时|千瓦|兆瓦时|兆瓦|万千瓦时|万千瓦|万kwh|度|)\)?"
_ACCOUNT = re.compile(r"户号|用户编号|用电户号|客户编号|account")
_OFFICIAL = {
    "official_verified_kwh": (re.compile(rf"(核定|认定|响应|有效)(响应)?电量{_UNIT}|verified_kwh()"), _TO_KWH),
    "official_declared_kw": (re.compile(rf"申报(响应)?(容量|负荷|量|能力)?{_UNIT}|declared_kw()"), _TO_KW),
    "official_cleared_kw": (re.compile(rf"(出清|中标|确认)(响应)?(容量|负荷|量)?{_UNIT}|cleared_kw()"), _TO_KW),
    "official_verified_kw": (re.compile(rf"(核定|认定|实际)(响应)?(容量|负荷|量)?{_UNIT}|verified_kw()"), _TO_KW),
}
_CONTRACT = {
    "contracted_kw": re.compile(rf"(约定|签约|合同)(响应)?(容量|负荷){_UNIT}|contracted_kw()"),
    "valid_from": re.compile(r"(合同|生效)(起|起始|开始|日期|起始日期)(日期|日)?|valid_from"),
    "valid_to": re.compile(r"(合同|失效)(止|终止|结束|截止|日期)(日期|日)?|valid_to"),
    "aggregator": re.compile(r"(负荷)?聚合商(编号)?|aggregator"),
    "number": re.compile(r"合同(编号|号)|协议编号|number"),
}
_CLOSING = re.compile(r"合计|总计|小计|备注|制表|审核|total")


@dataclass(frozen=True, slots=True)
class DrImport(Generic[T]):
    """``rows`` : what the file says; ``errors`` : every mistake by cell, and then nothing is to be written"""

    rows: tuple[T, ...]
    errors: tuple[CellError, ...]


def read_official(file: SheetFile, view: RegistryView) -> DrImport[Participant]:
    """One for each account. Raises Invalid when the file has no such table."""

    def row(account: AccountId, given: Mapping[str, float | None]) -> Participant:
        return _participant(view.accounts[account].enterprise, account, given)

    reading: _Reading[Participant] = _Reading(view)
    for sheet in read_sheets(file):
        found = _layout(sheet, {name: pattern for name, (pattern, _) in _OFFICIAL.items()})
        if found is None:
            continue
        line, account, columns = found

        def take(
            cells: Callable[[int], Cell], who: AccountId, columns: Mapping[str, tuple[int, str]] = columns
        ) -> Participant:
            given = {name: _figure(cells(column), _OFFICIAL[name][1][unit]) for name, (column, unit) in columns.items()}
            return row(who, given)

        reading.take(sheet, line, account, take)
    return reading.done(file, "户号、申报/出清/核定 (account, declared/cleared/verified)")


def read_contracts(file: SheetFile, view: RegistryView, programme: str) -> DrImport[Contract]:
    """Raises Invalid when the file has no such table."""
    reading: _Reading[Contract] = _Reading(view)
    for sheet in read_sheets(file):
        found = _layout(sheet, _CONTRACT)
        if found is None or "contracted_kw" not in found[2] or "valid_from" not in found[2]:
            continue
        line, account, columns = found

        def take(
            cells: Callable[[int], Cell], who: AccountId, columns: Mapping[str, tuple[int, str]] = columns
        ) -> Contract:
            return _contract(cells, who, columns, programme, view)

        reading.take(sheet, line, account, take)
    return reading.done(file, "户号、约定容量、合同起 (account, contracted kW, valid from)")


def _contract(
    cells: Callable[[int], Cell],
    account: AccountId,
    columns: Mapping[str, tuple[int, str]],
    programme: str,
    view: RegistryView,
) -> Contract:
    def text(name: str) -> str:
        return "" if name not in columns else str(cell_values.text(cells(columns[name][0])))

    column, unit = columns["contracted_kw"]
    kw = _figure(cells(column), _TO_KW[unit])
    first = _day(cells(columns["valid_from"][0]))
    last = _day(cells(columns["valid_to"][0])) if "valid_to" in columns else None
    if kw is None or first is None:
        place = column if kw is None else columns["valid_from"][0]
        raise _Mistaken(cells(place), "不能为空", "must not be empty")
    aggregator = text("aggregator")
    if aggregator and aggregator not in view.enterprises:
        raise _Mistaken(
            cells(columns["aggregator"][0]),
            "聚合商不在台账中，请先以企业登记",
            "the registry has no such aggregator; enter it as an enterprise first",
        )
    try:
        return Contract(account, programme, first, last, kw, aggregator, text("number"))
    except Invalid as error:
        zh, _, en = str(error).partition(" / ")
        raise _Mistaken(cells(column), zh, en or zh) from error


def _layout(sheet: Sheet, wanted: Mapping[str, re.Pattern[str]]) -> tuple[int, int, dict[str, tuple[int, str]]] | None:
    """Line of the headings, column of the account, and column and unit of each wanted heading there is."""
    for line, row in enumerate(sheet.rows[:HEADING_SEARCH_ROWS]):
        account, columns = None, {}
        for cell in row:
            plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell.shown)).lower()
            if account is None and _ACCOUNT.fullmatch(plain):
                account = cell.column
                continue
            for name, pattern in wanted.items():
                if name not in columns and (match := pattern.fullmatch(plain)):
                    columns[name] = (cell.column, match.groupdict().get("unit") or "")
                    break
        if account is not None and columns:
            return line, account, columns
    return None


class _Mistaken(Exception):
    def __init__(self, cell: Cell, zh: str, en: str) -> None:
        super().__init__(en)
        self.cell, self.zh, self.en = cell, zh, en


class _Reading(Generic[T]):
    def __init__(self, view: RegistryView) -> None:
        self._view = view
        self._rows: list[T] = []
        self._errors: list[CellError] = []
        self._seen: dict[str, str] = {}
        self._tables = 0

    def take(
        self, sheet: Sheet, line: int, account: int, make: Callable[[Callable[[int], Cell], AccountId], T]
    ) -> None:
        self._tables += 1
        for row in sheet.rows[line + 1 :]:
            if _CLOSING.match(next(cell for cell in row if not cell.empty).shown.strip()):
                continue
            try:
                self._rows.append(self._one(row, account, make))
            except _Mistaken as mistaken:
                self._errors.append(sheet.error(mistaken.cell, mistaken.zh, mistaken.en))

    def _one(self, row: Sequence[Cell], account: int, make: Callable[[Callable[[int], Cell], AccountId], T]) -> T:
        by_column = {cell.column: cell for cell in row}

        def cells(column: int) -> Cell:
            return by_column.get(column, Cell(row[0].row, column, None))

        own = cells(account)
        try:
            who = AccountId(cell_values.identifier(own))
        except CellMistake as mistake:
            raise _Mistaken(own, mistake.message_zh, mistake.message_en) from mistake
        if who not in self._view.accounts:
            like = next((a for a in self._view.accounts if who and a.lstrip("0") == who.lstrip("0")), None)
            zh, en = (f"；是否为 {like}（前导零丢失）", f"; is it {like}, with zeros lost?") if like else ("", "")
            raise _Mistaken(own, f"户号不在台账中{zh}", f"the registry has no such account{en}")
        if who in self._seen:
            raise _Mistaken(own, f"与{self._seen[who]}是同一户号", f"the same account as {self._seen[who]}")
        self._seen[who] = own.place
        return make(cells, who)

    def done(self, file: SheetFile, needed: str) -> DrImport[T]:
        if not self._tables:
            raise Invalid(f"{file.name}: 没有找到表，表头应有 {needed} / no table; headings must hold these")
        return DrImport(tuple(self._rows), tuple(sorted(self._errors, key=CellError.order)))


def _participant(enterprise: EnterpriseId, account: AccountId, given: Mapping[str, float | None]) -> Participant:
    return Participant(
        enterprise,
        account,
        official_declared_kw=given.get("official_declared_kw"),
        official_cleared_kw=given.get("official_cleared_kw"),
        official_verified_kw=given.get("official_verified_kw"),
        official_verified_kwh=given.get("official_verified_kwh"),
    )


def _figure(cell: Cell, factor: float) -> float | None:
    try:
        value: float | None = cell_values.figure("")(cell)
    except CellMistake as mistake:
        raise _Mistaken(cell, mistake.message_zh, mistake.message_en) from mistake
    if value is not None and not 0 <= value * factor < 1e9:
        raise _Mistaken(cell, "数值不合理，应不小于0", "not plausible; must be 0 or more")
    return None if value is None else value * factor


def _day(cell: Cell) -> date | None:
    try:
        found: date | None = cell_values.day(cell)
    except CellMistake as mistake:
        raise _Mistaken(cell, mistake.message_zh, mistake.message_en) from mistake
    return found
