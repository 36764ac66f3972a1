"""The form 205-1 (能源购进、消费与库存) as it is exported: one enterprise and month a sheet, figures since January.

Above the headings stand 统一社会信用代码 or 单位详细名称 (or 企业编号) and 2026年1-6月. Headings 能源名称, 计量单位,
年初库存量, 购进量, 消费量 (合计, 工业生产消费, 用于原材料), 期末库存量, 采用折标系数 stand in up to three merged rows.
What left without being consumed (转供) is not in the form: it is the rest of the balance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.energy_factors import Carrier, EnergyFactorTable
from domain.ids import EnterpriseId
from storage import cell_values
from storage.energy_cells import amount, carrier_of
from storage.energy_rows import StatedRow
from storage.energy_units import to_own_unit
from storage.sheet_cells import Cell, CellError, CellMistake, Sheet
from storage.sheet_headings import Field, Layout, layout_of
from storage.sheet_months import Period, period_of
from storage.sheet_tables import TableRow, Tables, read_row

#: An enterprise by its id, credit code or name; None = the registry has none, or several of that name.
Identify = Callable[[str], EnterpriseId | None]
_FIELDS = (
    Field("carrier", ("能源名称", "能源品种"), cell_values.text, needed=True),
    Field("unit", ("计量单位", "单位"), cell_values.text, needed=True),
    Field("opening_stock", ("年初库存量", "年初库存", "期初库存量"), amount),
    Field(
        "bought",
        ("购进量实物量", "购进量合计", "购进量累计", "购进量1-本月", "购进实物量", "购进量"),
        amount,
        needed=True,
    ),
    Field("consumed", ("消费量合计", "消费合计", "消费量", "能源消费量", "能源消费量合计"), amount, needed=True),
    Field("industrial", ("工业生产消费量", "工业生产消费", "消费量工业生产消费"), amount),
    Field("feedstock", ("用于原材料", "用作原材料", "工业生产消费用于原材料", "消费量用于原材料"), amount),
    Field("closing_stock", ("期末库存量", "期末库存"), amount, needed=True),
    Field("factor", ("采用折标系数", "采用折标准煤系数"), amount),
)
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_PERIOD = re.compile(r"20\d\d年(?:\d{1,2}月?[-—–~至到])?\d{1,2}月")
_LABELS = ("企业编号", "单位详细名称", "单位名称", "企业名称")
_SKIPPED = ("甲", "乙", "丙", "能源合计", "合计", "总计")
_AMOUNTS = ("opening_stock", "bought", "consumed", "feedstock", "closing_stock")
#: Rounding of a form that is filled in by hand: the balance may miss by so much of what there was.
_BALANCE = 0.005
#: A coefficient of a fuel that differs from the table's by more was measured.
_MEASURED = 1e-3
_PART = re.compile(r"^(其中|#|\(?\d+\)?[.、])")


@dataclass(slots=True)
class Form:
    rows: list[StatedRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    flags: list[CellError] = field(default_factory=list)


def read_form(sheet: Sheet, factors: EnergyFactorTable, identify: Identify, source: str) -> Form | None:
    """None when the sheet is no such form."""
    layout = layout_of(sheet, _FIELDS)
    if layout is None:
        return None
    form = Form()
    head = sheet.rows[: layout.row + 1]
    enterprise = next((known for text in _names(head) if (known := identify(text)) is not None), None)
    months = next((stated for text in _texts(head) if (stated := _period(text)) is not None), None)
    if enterprise is None:
        zh = "表头没有登记簿中的统一社会信用代码、单位名称或企业编号"
        form.errors.append(sheet.error(sheet.rows[0][0], zh, "no enterprise of the registry is named above the table"))
    if months is None:
        form.errors.append(
            sheet.error(sheet.rows[0][0], "表头没有报告期，如 2026年1-6月", "the period (2026年1-6月) is missing above")
        )
    if enterprise is not None and months is not None:
        for cells in sheet.rows[layout.row + 1 :]:
            _take(form, sheet, layout, cells, factors, enterprise, months, source)
    return form


def _period(text: str) -> Period | None:
    found = _PERIOD.search(text)
    return period_of(found.group(0)) if found else None


def _texts(head: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Rows above the table as one text each: a code is often written a digit a cell."""
    for row in head:
        yield re.sub(r"[\s□_]+", "", unicodedata.normalize("NFKC", "".join(cell.shown for cell in row)))


def _names(head: Sequence[Sequence[Cell]]) -> Iterator[str]:
    for text in _texts(head):
        yield from _CODE.findall(text.upper())
    for row in head:
        for cell, following in zip(row, [*row[1:], None], strict=True):
            label, _, told = unicodedata.normalize("NFKC", cell.shown).replace(" ", "").partition(":")
            if label in _LABELS:
                yield told or (following.shown.strip() if following is not None else "")


def _take(
    form: Form,
    sheet: Sheet,
    layout: Layout,
    cells: Sequence[Cell],
    factors: EnergyFactorTable,
    enterprise: EnterpriseId,
    months: Period,
    source: str,
) -> None:
    found = Tables()
    read_row(sheet, layout, cells, _FIELDS, found)
    name = next((cell.shown.strip() for cell in cells if cell.column == layout.columns["carrier"]), "")
    if not name or name in _SKIPPED or _PART.match(unicodedata.normalize("NFKC", name)):
        return  # numbers of the columns, sums, and parts of the carrier above
    form.errors += found.errors
    for row in found.rows:
        if not any(row[each] for each in _AMOUNTS):
            continue  # the form names every carrier, most of them unused; notes stand below it
        try:
            form.rows.append(_stated(form, row, factors, enterprise, months, source))
        except CellMistake as mistake:
            form.errors.append(row.error("carrier", mistake))


def _stated(
    form: Form,
    row: TableRow,
    factors: EnergyFactorTable,
    enterprise: EnterpriseId,
    months: Period,
    source: str,
) -> StatedRow:
    carrier = factors.of(carrier_of(factors, row["carrier"]))
    try:
        factor = to_own_unit(row["unit"], carrier.unit, standard_gas=True)
    except CellMistake as mistake:
        raise CellMistake(mistake.message_zh, mistake.message_en, "unit") from mistake
    if carrier.unit == "m3_standard" and "标" not in row["unit"]:
        zh = "按报表制度以标准状态计；若为工况立方米请先折算"
        form.flags.append(
            row.error("unit", CellMistake(zh, "taken as standard cubic metres, as the form defines them"))
        )
    flows: dict[str, Any] = {name: (row[name] or 0.0) * factor for name in _AMOUNTS}
    available = flows["opening_stock"] + flows["bought"]
    rest = available - flows["closing_stock"] - flows.pop("consumed")
    if rest < -_BALANCE * max(available, factor):
        zh = "消费与期末库存之和大于购进与年初库存，请核对（自产能源请用能源品种表导入）"
        raise CellMistake(zh, "more was consumed and kept than there was; check the balance", "consumed")
    others = {"resold": max(rest, 0.0), "supplied_out": 0.0, "certified_non_fossil": 0.0}
    if rest < 0:
        flows["bought"] -= rest  # within rounding: what was consumed counts
    measured = _measured(row, carrier, factor, months)
    return StatedRow(row, enterprise, months, carrier.id, flows | others, measured, source)


def _measured(row: TableRow, carrier: Carrier, factor: float, months: Period) -> float | None:
    """The form's coefficient (tce per unit) of a fuel, where it is not the table's; electricity and heat have bases."""
    if not carrier.fuel or not row["factor"]:
        return None
    kgce = float(row["factor"]) * 1000.0 / factor
    usual = [each.kgce for each in carrier.factor if each.since <= months.last.year]
    return None if any(abs(kgce - each) <= _MEASURED * each for each in usual) else kgce
