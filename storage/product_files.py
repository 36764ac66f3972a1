"""Quantities of products from Excel and CSV: a row for each enterprise, months and product, mistakes by cell.

Headings: 企业编号, 月份 (a month, 1-6月, a quarter or half year), 产品, 单位, 产量, and where it is known 产品综合能耗
(tce, electricity at its calorific value).
"""

from __future__ import annotations

from dataclasses import dataclass

from config.energy_benchmarks import EnergyBenchmarkTable, ProductQuota
from domain.ids import EnterpriseId
from storage import cell_values
from storage.energy_cells import amount
from storage.energy_files import Known, enterprise_of
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile
from storage.sheet_headings import Field
from storage.sheet_months import Period, period
from storage.sheet_tables import TableRow, read_tables


@dataclass(frozen=True, slots=True)
class MadeProduct:
    """quantity : in the product's unit; tce : of the product, None = not stated"""

    enterprise: EnterpriseId
    period: Period
    product: str
    quantity: float
    tce: float | None


@dataclass(frozen=True, slots=True)
class ProductFile:
    """errors : every mistake by cell; flags : headings that were not known"""

    made: tuple[MadeProduct, ...]
    errors: tuple[CellError, ...]
    flags: tuple[CellError, ...]


def read_products(table: EnergyBenchmarkTable, known: Known, file: SheetFile) -> ProductFile:
    """Raises Invalid when the file has no such table."""

    def product(cell: Cell) -> ProductQuota:
        found = table.product_of(cell.shown.strip())
        if found is None:
            names = "、".join(dict.fromkeys(each.label_zh for each in table.product))
            raise CellMistake(f"没有此产品的限额，可用：{names}", "no quota of this product in energy_benchmarks.toml")
        return found

    fields = (
        Field("enterprise", ("企业编号", "企业", "enterprise"), enterprise_of(known), needed=True),
        Field("period", ("月份", "期间", "period"), period, needed=True),
        Field("product", ("产品", "产品名称", "product"), product, needed=True),
        Field("unit", ("单位", "计量单位", "unit"), cell_values.text, needed=True),
        Field("quantity", ("产量", "quantity"), amount, needed=True),
        Field("tce", ("产品综合能耗", "产品能耗", "tce"), amount),
    )
    tables = read_tables(file, fields, "产品产量表")
    rows, errors = [], list(tables.errors)
    for row in tables.rows:
        mistake = _mistake(row)
        if mistake is not None:
            errors.append(mistake)
            continue
        made = MadeProduct(row["enterprise"], row["period"], row["product"].id, row["quantity"], row["tce"])
        rows.append(made)
    return ProductFile(tuple(rows), tuple(sorted(errors, key=CellError.order)), tuple(tables.ignored))


def _mistake(row: TableRow) -> CellError | None:
    unit = row["product"].unit
    if row["unit"] != unit:
        return row.error("unit", CellMistake(f"此产品以{unit}计", f"this product is counted in {unit}"))
    if not row["quantity"]:
        return row.error("quantity", CellMistake("产量应大于零", "must be above zero"))
    return None
