"""Energy of a unit of product against its quota standard (单位产品能耗限额)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from config.energy_benchmarks import EnergyBenchmarkTable, ProductQuota
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.series import Figure
from response.intensity.books import Books
from response.intensity.figures import energy_of
from storage.product_files import MadeProduct, read_products
from storage.sheet_cells import CellError
from storage.sheet_files import SheetFile

KGCE_PER_TCE = 1000.0
SHARED = "同期有多个产品，请填写各产品的综合能耗 / several products in these months need their own energy"
NO_QUOTA = "该期间没有此产品的限额 / no quota of the product holds in these months"


class ProductLevel(StrEnum):
    ADVANCED = "advanced"
    WITHIN = "within"
    EXCEEDED = "exceeded"

    @property
    def name_zh(self) -> str:
        return {"advanced": "达到标杆水平", "within": "达到基准水平", "exceeded": "超过基准水平"}[self.value]


@dataclass(frozen=True, slots=True)
class ProductJudged:
    """kgce_per_unit : electricity at its calorific value; whole_enterprise : made of all the enterprise used

    advanced_kgce, limit_kgce, level, source, confidence : None and "" where no quota holds or the figure is not known
    """

    enterprise: EnterpriseId
    first: date
    last: date
    product: str
    unit: str
    quantity: float
    kgce_per_unit: Figure
    whole_enterprise: bool
    advanced_kgce: float | None
    limit_kgce: float | None
    level: ProductLevel | None
    source: str
    confidence: str

    @property
    def verdict_zh(self) -> str:
        """The level in words, or why there is none; a level by figures nobody has checked says so."""
        if self.level is None:
            return self.kgce_per_unit.reason.partition(" / ")[0]
        unchecked = "，限额待核实" if self.confidence == "L" else ""
        return f"{self.level.name_zh}{'（按全企业能耗）' if self.whole_enterprise else ''}{unchecked}"


@dataclass(frozen=True, slots=True)
class ProductsAnswer:
    """errors : every mistake by cell, and then nothing is judged; flags : headings that were not known"""

    products: tuple[ProductJudged, ...]
    errors: tuple[CellError, ...]
    flags: tuple[CellError, ...]


class ProductDesk:
    def __init__(self, books: Books, table: EnergyBenchmarkTable) -> None:
        self._books = books
        self._table = table

    def levels(self, principal: Principal) -> tuple[ProductQuota, ...]:
        """Every level there is, with its source."""
        principal.require_staff()
        return self._table.product

    def judge(self, principal: Principal, file: SheetFile) -> ProductsAnswer:
        """Products of a file against their quota standards, or the file's mistakes; the quantities are not kept.

        Each by the quota that held in its last month. Without energy of its own, a product that was alone in its
        months is judged by all that the enterprise used.
        """
        principal.require_staff()
        known: set[EnterpriseId] = {version.id for version in self._books.registry.registry().enterprises}
        read = read_products(self._table, known.__contains__, file)
        if read.errors:
            return ProductsAnswer((), read.errors, read.flags)
        alone = Counter((each.enterprise, each.period) for each in read.made)
        books, table = self._books.once(), self._table
        judged = (
            _judged(books, table, principal, each, alone=alone[each.enterprise, each.period] == 1) for each in read.made
        )
        return ProductsAnswer(tuple(judged), (), read.flags)


def _judged(
    books: Books, table: EnergyBenchmarkTable, principal: Principal, made: MadeProduct, *, alone: bool
) -> ProductJudged:
    first, last = made.period.first, made.period.last
    quota = table.quota(made.product, last)
    named = quota or table.product_of(made.product)
    assert named is not None
    energy = Figure(made.tce, 1.0) if made.tce is not None else Figure(None, 0.0, SHARED)
    if made.tce is None and alone:
        energy = energy_of(books.panel(principal, first, last, [made.enterprise]), np.array([0]), Basis.CALORIFIC)
    figure = energy
    if energy.value is not None:
        per_unit = energy.value * KGCE_PER_TCE / made.quantity
        figure = Figure(per_unit, energy.coverage, "" if quota else NO_QUOTA, energy.estimated)
    level = None
    if quota is not None and figure.value is not None:
        level = _level(figure.value, quota.advanced_kgce, quota.limit_kgce)
    return ProductJudged(
        enterprise=made.enterprise,
        first=first,
        last=last,
        product=named.label_zh,
        unit=named.unit,
        quantity=made.quantity,
        kgce_per_unit=figure,
        whole_enterprise=made.tce is None,
        advanced_kgce=None if quota is None else quota.advanced_kgce,
        limit_kgce=None if quota is None else quota.limit_kgce,
        level=level,
        source="" if quota is None else quota.source,
        confidence="" if quota is None else quota.confidence,
    )


def _level(kgce: float, advanced: float, limit: float) -> ProductLevel:
    if kgce > limit:
        return ProductLevel.EXCEEDED
    return ProductLevel.ADVANCED if kgce <= advanced else ProductLevel.WITHIN
