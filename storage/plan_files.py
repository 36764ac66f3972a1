"""Import of an orderly-use plan from Excel and CSV (columns of domain facts 8.2): rows, or every mistake by cell.

What each level takes off is cumulative or per level; the workbook says so (累计, 逐级), else whoever imports it must.
Rows of totals are compared and left out. Without an enterprise's number the registry tells whose the account is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import PurePath
from typing import Any

from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId, parse_enterprise_id
from domain.orderly import PlanRow, PlanStep
from domain.registry import Account, Enterprise, RegistryView
from storage.contact_columns import read_contact
from storage.plan_headings import PlanHeadings, find_headings
from storage.registry_columns import ACCOUNTS, Column
from storage.sheet_files import Cell, CellError, CellMistake, Sheet, SheetFile, read_sheets

_TOTAL = re.compile(r"(合计|小计|总计|共计|total)", re.IGNORECASE)
_LETTERS = re.compile(r"([A-Z])(?:[-~至]([A-Z]))?")
_ACCOUNT_FIELDS = frozenset(f.name for f in fields(Account)) - {"id"}
#: How far a printed total may lie from the sum of its rows [kW].
ROUNDING_KW = 1.0


@dataclass(frozen=True, slots=True)
class PlanImport:
    """``cumulative`` as declared, None where no enterprise stands in two levels so that it makes no difference."""

    rows: tuple[PlanRow, ...]
    errors: tuple[CellError, ...]
    warnings: tuple[CellError, ...]
    cumulative: bool | None


def read_plan(
    file: SheetFile, view: RegistryView, letters: Sequence[str], *, cumulative: bool | None = None
) -> PlanImport:
    """letters : the levels there are, mildest first. Raises Invalid where no sheet holds a plan."""
    rows: list[PlanRow] = []
    errors: list[CellError] = []
    warnings: list[CellError] = []
    declared = cumulative
    found = False
    for sheet in read_sheets(file):
        headings = find_headings(sheet, letters)
        if headings is None:
            if sheet.rows:
                warnings.append(sheet.error(sheet.rows[0][0], "没有户号表头，未读取", "no heading 户号; not read"))
            continue
        found = True
        declared = headings.cumulative if cumulative is None else cumulative
        reading = _Reading(sheet, headings, view, letters, declared)
        rows += reading.take()
        errors += reading.errors
        warnings += reading.warnings
        if PurePath(file.name).suffix.lower() == ".xlsm":
            warnings.append(sheet.error(sheet.rows[0][0], "含宏的工作簿，宏未执行", "macros were not run"))
    if not found:
        raise Invalid(
            f"{file.name}: 没有找到有序用电方案表，表头应有“户号”等列 / no plan: its headings must hold 户号 and others"
        )
    return PlanImport(tuple(rows), tuple(sorted(errors, key=CellError.order)), tuple(warnings), declared)


class _Reading:
    def __init__(
        self,
        sheet: Sheet,
        headings: PlanHeadings,
        view: RegistryView,
        letters: Sequence[str],
        cumulative: bool | None,
    ) -> None:
        self.errors: list[CellError] = []
        self.warnings: list[CellError] = []
        self._sheet, self._headings, self._view = sheet, headings, view
        self._letters, self._cumulative = letters, cumulative
        self._accounts: dict[str, Cell] = {}
        self._sums: dict[int, float] = {}
        self._asked = False
        for cell, other in headings.doubles:
            self._wrong(cell, f"与{other.place}是同一列，请删去一列", f"the same as {other.place}; keep one")

    def take(self) -> list[PlanRow]:
        body = self._sheet.rows[self._headings.last + 1 :]
        return [row for cells in body if (row := self._row(cells)) is not None]

    # -- one row

    def _row(self, cells: Sequence[Cell]) -> PlanRow | None:
        filled = [cell for cell in cells if not cell.empty]
        account_cell = self._account_cell(cells)
        if account_cell.empty or _TOTAL.search(account_cell.shown):
            self._no_account(cells, filled, account_cell)
            return None
        if account_cell.shown.strip() in ("户号", "用户编号"):
            return None  # the headings again, on the next page
        wrong = len(self.errors)
        enterprise_values, account_values = self._values(cells)
        account = account_values.get("id")
        steps = self._steps(cells, enterprise_values)
        if account is not None:
            self._refuse_twice(account_cell, account)
            enterprise = self._whose(account_cell, account, enterprise_values)
        if len(self.errors) > wrong or account is None or enterprise is None:
            return None
        return self._built(enterprise, account, enterprise_values, account_values, steps)

    def _no_account(self, cells: Sequence[Cell], filled: Sequence[Cell], account: Cell) -> None:
        if any(_TOTAL.search(cell.shown) for cell in filled if isinstance(cell.value, str)):
            self._compare_total(cells)
        elif len(filled) > 1:
            self._wrong(account, "户号必填，不能为空", "required; may not be empty")
        elif filled:
            self.warnings.append(self._sheet.error(filled[0], "表中的备注，未读取", "a note in the table; not read"))

    def _compare_total(self, cells: Sequence[Cell]) -> None:
        for column in self._headings.levels:
            cell = self._at(cells, column)
            if not isinstance(cell.value, float) or cell.formula:
                continue
            said, added = cell.value * self._headings.to_kw[column], self._sums.get(column, 0.0)
            if abs(said - added) > ROUNDING_KW:
                zh = f"合计与各行之和 {added:g} kW 不符"
                self.warnings.append(self._sheet.error(cell, zh, f"the rows add up to {added:g} kW"))

    def _values(self, cells: Sequence[Cell]) -> tuple[dict[str, Any], dict[str, Any]]:
        enterprise: dict[str, Any] = {}
        account: dict[str, Any] = {}
        for number, column in self._headings.columns.items():
            cell = self._at(cells, number)
            if cell.empty:
                continue
            own = account if column in ACCOUNTS.columns else enterprise
            try:
                own[column.field] = self._scaled(column, number, column.read(cell))
            except CellMistake as mistake:
                self._wrong(cell, mistake.message_zh, mistake.message_en)
        contacts = []
        for name, phone in self._headings.contacts.cells_of({cell.column: cell for cell in cells}, cells[0].row):
            try:
                contacts += read_contact(name, phone, ())
            except CellMistake as mistake:
                self._wrong(phone, mistake.message_zh, mistake.message_en)
        if contacts:
            enterprise["contacts"] = tuple(contacts)
        return enterprise, account

    def _scaled(self, column: Column, number: int, value: Any) -> Any:
        if not isinstance(value, float) or isinstance(value, bool):
            return value
        if value < 0:
            raise CellMistake("不能为负", "may not be negative")
        return value * (self._headings.to_kw.get(number, 1.0) if column.field.endswith("_kw") else 1.0)

    def _steps(self, cells: Sequence[Cell], enterprise: dict[str, Any]) -> tuple[PlanStep, ...]:
        given: dict[str, float] = {}
        for number, letter in sorted(self._headings.levels.items(), key=lambda item: self._letters.index(item[1])):
            cell = self._at(cells, number)
            try:
                value = None if cell.empty else self._scaled(_STEP, number, _STEP.read(cell))
            except CellMistake as mistake:
                self._wrong(cell, mistake.message_zh, mistake.message_en)
                continue
            if value is not None:
                given[letter] = value
                self._sums[number] = self._sums.get(number, 0.0) + value
        if not self._headings.levels:
            return self._single(cells, enterprise)
        return self._per_level(cells, given)

    def _per_level(self, cells: Sequence[Cell], given: Mapping[str, float]) -> tuple[PlanStep, ...]:
        if len(given) > 1 and self._cumulative is None:
            self._ask()
            return ()
        steps, before = [], 0.0
        for letter in self._letters:
            if letter not in given:
                continue
            step = given[letter] - before if self._cumulative else given[letter]
            if step < 0:
                cell = next(self._at(cells, n) for n, own in self._headings.levels.items() if own == letter)
                self._wrong(cell, "累计数比前一级小", "a cumulative figure below that of the level before")
                return ()
            before = given[letter]
            if step > 0:
                steps.append(PlanStep(letter, step))
        return tuple(steps)

    def _single(self, cells: Sequence[Cell], enterprise: dict[str, Any]) -> tuple[PlanStep, ...]:
        """所列等级 names one level or several; 每级压降 is what each of them takes off."""
        text, kw = enterprise.get("plan_level", ""), enterprise.get("level_reduction_kw")
        if not text or kw is None:
            return ()
        wanted = _letters_of(text, self._letters)
        if not wanted:
            number = next(n for n, c in self._headings.columns.items() if c.field == "plan_level")
            zh = f"等级应为 {'、'.join(self._letters)}"
            self._wrong(self._at(cells, number), zh, f"a level is one of {', '.join(self._letters)}")
        if len(wanted) > 1 and self._cumulative is None:
            self._ask()
            return ()
        each = kw / len(wanted) if self._cumulative and wanted else kw
        return tuple(PlanStep(letter, each) for letter in wanted)

    def _ask(self) -> None:
        """Once, at the heading."""
        if self._asked:
            return
        self._asked = True
        cell = self._sheet.rows[self._headings.last][0]
        zh = "未说明各级压降是累计还是逐级，请在标题写明“累计”或“逐级”，或导入时指定"
        self._wrong(cell, zh, "says nowhere whether levels are cumulative (累计) or per level (逐级); say it at import")

    # -- whose it is

    def _whose(self, cell: Cell, account: str, values: dict[str, Any]) -> Enterprise | None:
        known = self._view.accounts.get(AccountId(account))
        named = values.get("id")
        ident = parse_enterprise_id(named) if named else known.enterprise if known is not None else None
        if ident is None or ident not in self._view.enterprises:
            self._wrong(
                cell, "登记簿中没有此户号，且未给出企业编号", "the registry knows neither account nor enterprise"
            )
            return None
        if known is not None and known.enterprise != ident:
            self._wrong(cell, f"户号属于企业 {known.enterprise}", f"this account is of enterprise {known.enterprise}")
            return None
        return self._view.enterprises[EnterpriseId(ident)]

    def _built(
        self,
        known: Enterprise,
        account: str,
        values: dict[str, Any],
        account_values: dict[str, Any],
        steps: tuple[PlanStep, ...],
    ) -> PlanRow:
        """As the plan states it: what the plan leaves out is taken from nowhere, but for whose it is and its flags."""
        day: date = self._view.day
        flags = {name: getattr(known, name) for name in ("protected_class", "restricted_class")}
        flags |= {name: getattr(known, name) for name in ("two_high", "limit_exceeded", "dr_contract", "contacts")}
        own = {"name": known.name, "credit_code": known.credit_code, "sector": known.sector, "street": known.street}
        # 所列等级 and 每级压降 are what the steps say already.
        stated = {name: value for name, value in values.items() if name not in ("plan_level", "level_reduction_kw")}
        given = {**own, **flags, **stated, "id": known.id, "valid_from": day}
        rest = {name: value for name, value in account_values.items() if name in _ACCOUNT_FIELDS}
        rest |= {"enterprise": known.id, "valid_from": day}
        return PlanRow(Enterprise(**given), Account(id=AccountId(account), **rest), steps)

    # -- cells

    def _account_cell(self, cells: Sequence[Cell]) -> Cell:
        number = next(n for n, column in self._headings.columns.items() if column is ACCOUNTS.columns[0])
        return self._at(cells, number)

    def _at(self, cells: Sequence[Cell], column: int) -> Cell:
        return next((cell for cell in cells if cell.column == column), Cell(cells[0].row, column, None))

    def _refuse_twice(self, cell: Cell, account: str) -> None:
        other = self._accounts.setdefault(account, cell)
        if other is not cell:
            self._wrong(cell, f"户号与{other.place}重复，只留一行", f"the same account as {other.place}; keep one")

    def _wrong(self, cell: Cell, message_zh: str, message_en: str) -> None:
        self.errors.append(self._sheet.error(cell, message_zh, message_en))


_STEP = next(column for column in ACCOUNTS.columns if column.field == "approved_demand_kw")


def _letters_of(text: str, letters: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for first, last in _LETTERS.findall(text.upper()):
        if first not in letters or (last and last not in letters):
            return ()
        end = letters.index(last) if last else letters.index(first)
        found += letters[letters.index(first) : end + 1]
    return tuple(dict.fromkeys(found))
