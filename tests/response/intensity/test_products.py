"""Energy of a unit of product against the level that held, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import Forbidden
from domain.people import SYSTEM, Principal, Role
from response.intensity.products import ProductLevel
from storage.ledger import SqlLedger
from storage.sheet_files import SheetFile
from tests.response.intensity.district import E1, E2, a_desk, energy

HEADING = "企业编号,期间,产品,单位,产量,产品综合能耗(tce)"


def a_file(*rows: str) -> SheetFile:
    return SheetFile("产量.csv", "\n".join([HEADING, *rows]).encode())


def test_products_against_their_levels(ledger: SqlLedger) -> None:
    months = [date(2026, n, 1) for n in range(1, 7)]
    ledger.energy.put_energy("w", [energy(E1, m, "raw_coal", 1_000_000.0) for m in months])
    ledger.energy.put_energy("w", [energy(E1, m, "electricity", 0.0) for m in months])
    file = a_file(
        f"{E1},2026年上半年,水泥熟料,吨,40000,",
        f"{E2},2026-03,水泥熟料,吨,1000,100",
        f"{E2},2026-03,电石,吨,100,95",
        f"{E2},2021-03,电石,吨,100,90",
        f"{E1},2026-03,电石,吨,100,",
        f"{E1},2026-03,水泥熟料,吨,100,",
    )
    answer = a_desk(ledger).products.judge(SYSTEM, file)
    assert answer.errors == ()
    found = answer.products
    whole, clinker, carbide, early, shared, _ = found
    # 6 x 1,000 t of coal x 0.7143 = 4,285.8 tce over 40,000 t: 107.1 kgce/t between 100 and 117.
    assert whole.kgce_per_unit.value == pytest.approx(6 * 1_000_000 * 0.7143 / 40_000)
    assert (whole.level, whole.whole_enterprise) == (ProductLevel.WITHIN, True)
    assert (clinker.level, clinker.whole_enterprise) == (ProductLevel.ADVANCED, False)  # 100.0 of 100
    assert (carbide.level, carbide.limit_kgce) == (ProductLevel.EXCEEDED, 940.0)  # 950
    # Nobody has checked the figures of carbide; those of clinker stand in a second source.
    assert carbide.verdict_zh == "超过基准水平，限额待核实"
    assert whole.verdict_zh == "达到基准水平（按全企业能耗）"
    assert early.level is None
    assert early.kgce_per_unit.value == pytest.approx(900.0)
    assert "没有此产品的限额" in early.kgce_per_unit.reason
    assert (shared.level, shared.kgce_per_unit.value) == (None, None)
    with pytest.raises(Forbidden):
        a_desk(ledger).products.judge(Principal("emil", Role.ENTERPRISE, E1), file)


def test_a_product_nobody_knows_another_unit_and_nothing_made(ledger: SqlLedger) -> None:
    rows = [f"{E1},2026-03,玩具,吨,1,", f"{E1},2026-03,电石,千克,1,", f"{E1},2026-04,电石,吨,0,"]
    answer = a_desk(ledger).products.judge(SYSTEM, a_file(*rows))
    assert answer.products == ()
    assert [error.cell for error in answer.errors] == ["C2", "D3", "E4"]
