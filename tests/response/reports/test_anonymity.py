from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.ids import AccountId, EnterpriseId
from domain.registry import ALWAYS, Account, Enterprise, Registry
from domain.report import (
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    Paragraph,
    Quantity,
    Series,
    Table,
)
from response.reports.anonymity import MEMBERS, anonymise
from response.reports.content import encode
from tests.dashboards.reports.sample import document

REGISTRY = Registry(
    1,
    (
        Enterprise(EnterpriseId("E1"), ALWAYS, "宁波甲", credit_code="91330200MA2AAAAA1X"),
        Enterprise(EnterpriseId("E10"), ALWAYS, "宁波甲精密", credit_code="91330200MA2BBBBB2X"),
        Enterprise(EnterpriseId("E2"), ALWAYS, "宁波乙"),
    ),
    (Account(AccountId("3302001"), ALWAYS, EnterpriseId("E1")),),
    (),
)


def named() -> Document:
    table = Table(
        "宁波甲的表", (Column("企业"), Column("户号")), (("宁波甲", "3302001"), ("宁波甲精密（E10）", "—")), "E1除外"
    )
    chart = Chart("宁波乙", ChartKind.LINE, ("宁波甲",), (Series("宁波乙", (1.0,)),))
    blocks = (
        Heading("宁波甲情况"),
        Paragraph("宁波甲精密与宁波甲，代码91330200MA2AAAAA1X"),
        Facts((("宁波乙", "E2"), ("数", Quantity(1.0)))),
        table,
        chart,
    )
    return replace(document(), title="宁波甲卡", blocks=blocks)


def test_nothing_that_names_an_enterprise_is_left() -> None:
    plain = encode(anonymise(named(), REGISTRY, "k")).decode()

    for text in ("宁波甲", "宁波乙", "精密", "91330200", "3302001", "E10", '"E2"', "E1除外"):
        assert text not in plain, text


def test_one_enterprise_is_one_number_and_two_are_two() -> None:
    made = anonymise(named(), REGISTRY, "k")

    rows: Any = next(made.tables()).rows
    (first, account), (second, _) = rows
    assert first == account
    assert second.startswith("企业")
    assert first not in second
    assert made.title == f"{first}卡"


def test_an_enterprise_that_joins_later_moves_no_number() -> None:
    later = Registry(
        2, (*REGISTRY.enterprises, Enterprise(EnterpriseId("E3"), ALWAYS, "宁波丙")), REGISTRY.accounts, ()
    )

    assert anonymise(named(), later, "k") == anonymise(named(), REGISTRY, "k")


def test_figures_of_a_group_of_less_than_three_are_not_told() -> None:
    columns = (Column("行业"), Column(MEMBERS, "户", ColumnKind.NUMBER, 0), Column("能耗", "tce", ColumnKind.NUMBER))
    table = Table("分行业", columns, (("C39", 2, 5.0), ("C17", 3, 7.0)))

    hidden: Any = next(anonymise(replace(document(), blocks=(table,)), REGISTRY, "k").tables())

    assert hidden.rows == (("C39", 2, None), ("C17", 3, 7.0))
    assert "不足3户" in hidden.note
