"""A document with every kind of block, figures and texts that are easy to get wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

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
    Signature,
    Table,
)

MADE_AT = datetime(2026, 7, 5, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HOSTILE = ("=1+1", "+86-574", "-2", "@SUM(A1)", "a\x00b\x0bc", "<w:p>&amp;", "😀梅墟")


def enterprises(count: int) -> Table:
    columns = (
        Column("企业"),
        Column("截止日", kind=ColumnKind.DATE),
        Column("综合能耗", "tce", ColumnKind.NUMBER),
        Column("同比", kind=ColumnKind.PERCENT, digits=1),
    )
    rows = tuple(
        (f"宁波第{n}精密机械有限公司", date(2026, 6, 30), 1234.567 * n, None if n % 7 == 0 else 0.0123 * n)
        for n in range(1, count + 1)
    )
    return Table("企业能耗明细", columns, rows, "同比缺上年同期的以—表示")


def document(*, rows: int = 12) -> Document:
    indicators = Table(
        "主要指标",
        (Column("指标"), Column("单位"), Column("等价值", kind=ColumnKind.NUMBER)),
        (("综合能耗", "tce", 3691.96), ("万元增加值能耗", "tce/万元", Quantity(0.19, 4)), ("备注", HOSTILE[0], None)),
    )
    chart = Chart(
        "万元增加值能耗",
        ChartKind.LINE,
        ("1月", "2月", "3月"),
        (Series("2026年", (0.21, None, 0.19)), Series("2025年", (0.22, 0.21, 0.2))),
        "tce/万元",
    )
    return Document(
        "高新区2026年6月能耗监测月报",
        "2026年1—6月",
        (
            Heading("一、总体情况"),
            Paragraph("全区综合能耗3,691.96吨标准煤。"),
            Facts(
                (("综合能耗", Quantity(3691.96, 2, "tce")), ("降低率", Quantity(None, 1, percent=True)), ("名", "=A1"))
            ),
            indicators,
            chart,
            enterprises(rows),
            Signature(("审核人：", "日期：")),
        ),
        MADE_AT,
        "第1版",
        source_note="计量读数、能源报表",
    )


def hostile(*, drill: bool = True) -> Document:
    table = Table(
        "名[称]:*?/\\超过三十一个字符的工作表名称会被软件拒绝打开所以要截短",
        (Column("名"),),
        tuple((each,) for each in HOSTILE),
    )
    return replace(document(), blocks=(table, table), drill=drill, watermark="张三 & 李四 2026-07-05 09:30")
