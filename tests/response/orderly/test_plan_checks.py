"""What is wrong with a plan is found before it is signed; a draft is free of it."""

from __future__ import annotations

from dataclasses import replace

from config.policy import load_policy
from domain.orderly import PlanRow, PlanStep
from response.orderly.metered import Metered
from response.orderly.plan_checks import Finding, Known, Weight, check_plan
from response.orderly.plan_draft import draft_rows
from tests.response.orderly.plan_case import DAY, PROTECTED, enterprise, view

TABLE = load_policy().orderly
LEVELS = TABLE.levels_on(DAY)


def row_of(number: int = 1, *, kw: float = 100.0, **more: object) -> PlanRow:
    own = view(enterprise(number, **more))
    [account] = own.accounts.values()
    return PlanRow(next(iter(own.enterprises.values())), account, (PlanStep("A", kw),))


def errors(*rows: PlanRow, metered: dict[str, float] | None = None) -> list[str]:
    return [f.code for f in checked(*rows, metered=metered) if f.weight is Weight.ERROR]


def checked(*rows: PlanRow, metered: dict[str, float] | None = None, historic: float | None = None) -> list[Finding]:
    return check_plan(rows, TABLE, LEVELS, Known(metered or {}, historic))


def test_a_sound_row_has_no_error() -> None:
    assert errors(row_of()) == []


def test_each_rule_finds_its_row() -> None:
    assert errors(row_of(security_load_kw=950.0)) == ["below_security_load"]
    assert errors(row_of(security_load_kw=None)) == ["no_security_load"]
    assert errors(row_of(protected_class=PROTECTED)) == ["protected"]
    assert errors(row_of(credit_code="91330200MA2000001X")) == ["credit_code"]
    assert errors(row_of(contacts=())) == ["no_contact"]
    assert errors(row_of(kw=601.0)) == ["above_measures"]  # 200 + 150 + 250 can be given
    assert errors(row_of(dr_contract=True, dr_contract_kw=850.0)) == ["dr_twice"]  # 100 + 850 of 900
    assert errors(row_of(), row_of()) == ["account_twice"]


def test_declared_and_metered_are_set_side_by_side() -> None:
    found = {f.code: f for f in checked(row_of(kw=500.0), metered={"E001": 400.0})}
    assert found["declared_and_metered"].weight is Weight.DOUBT
    assert "400" in found["above_metered"].text_zh or "300" in found["above_metered"].text_zh
    assert not {f.code for f in checked(row_of(), metered={"E001": 950.0})} & {"declared_and_metered", "above_metered"}


def test_the_whole_is_held_against_levels_and_the_historic_maximum() -> None:
    codes = [f.code for f in checked(row_of(), historic=10_000.0)]
    assert codes.count("level_short") == len(LEVELS.level)  # 100 kW against 3000 and more
    assert "plan_short" in codes
    assert "plan_short" not in [f.code for f in checked(row_of(), historic=300.0)]


def test_a_draft_never_asks_below_security_load_nor_of_the_protected_and_fills_levels_in_order() -> None:
    enterprises = [enterprise(n) for n in range(1, 31)]
    enterprises[0] = replace(enterprises[0], protected_class=PROTECTED)
    enterprises[1] = replace(enterprises[1], security_load_kw=900.0)
    metered = {str(each.id): Metered(1100.0, 700.0) for each in enterprises}
    rows = draft_rows(view(*enterprises), metered, TABLE, LEVELS, DAY)
    assert [f.code for f in checked(*rows) if f.weight is Weight.ERROR] == []
    by_id = {row.enterprise.id: row for row in rows}
    assert by_id[enterprises[0].id].steps == ()
    assert by_id[enterprises[1].id].reduction_kw(LEVELS.letters) == 200  # 1100 - 900, less than 600 that it can give
    assert sum(row.reduction_kw(("A",)) for row in rows) >= 3000 * TABLE.plan.margin
    assert sum(row.reduction_kw(("A",)) for row in rows) < 3000 * TABLE.plan.margin + 5
    assert rows[5].enterprise.summer_max_kw == 1100
