"""The district's own subsidy of a year: who is granted how much, and the 发放清单."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.settlement import top_up
from config.programmes import SubsidyEdition
from domain.arrays import FloatArray
from domain.report import Column, ColumnKind, Document, Facts, Quantity, Table, chinese, signature

NUMBER = ColumnKind.NUMBER


@dataclass(frozen=True, slots=True)
class YearGrants:
    """share : of what was asked, 1 while the cap holds; missing : settled events without official energy"""

    year: int
    lines: tuple[Grant, ...]
    share: float
    cap_yuan: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the year's subsidy. asked and paid [yuan]"""

    event: str
    enterprise: str
    name: str
    verified_kwh: float
    asked_yuan: float
    paid_yuan: float


def grants(
    rows: Sequence[tuple[str, str, str, float]], kwh: FloatArray, edition: SubsidyEdition
) -> tuple[list[Grant], float]:
    """The year's lines (event, enterprise, name, official verified kWh) granted, and the share the cap leaves."""
    found = top_up(kwh, edition.price_yuan_per_kwh, edition.yearly_cap_yuan)
    lines = [
        Grant(*row, float(asked), float(paid))
        for row, asked, paid in zip(rows, found.asked_yuan, found.paid_yuan, strict=True)
    ]
    return lines, found.share


def payment_paper(district: str, year: int, found: YearGrants, edition: SubsidyEdition, made_at: datetime) -> Document:
    """发放清单 of the district's own subsidy, on official verified energy of mirrored events of the year."""
    rows = tuple((each.name, each.event, each.verified_kwh, each.asked_yuan, each.paid_yuan) for each in found.lines)
    total = Quantity(sum(each.paid_yuan for each in found.lines), 2, "元")
    note = f"尚无省级核定电量、未列入：{'、'.join(found.missing)}。" if found.missing else ""
    table = Table(
        f"{year} 年补贴",
        (
            Column("企业"),
            Column("事件"),
            Column("省级核定电量", "kWh", NUMBER, 1),
            Column("应补", "元", NUMBER, 2),
            Column("实补", "元", NUMBER, 2),
        ),
        rows,
        note=note,
    )
    facts = Facts(
        (
            ("补贴标准", Quantity(edition.price_yuan_per_kwh, 2, "元/kWh")),
            ("年度上限", Quantity(edition.yearly_cap_yuan, 0, "元")),
            ("兑付比例", Quantity(found.share, 2, percent=True)),
            ("合计", total),
            ("依据", chinese(edition.source)),
        )
    )
    return Document(
        title=f"{district}{year}年需求响应补贴发放清单",
        subtitle="区级补贴",
        blocks=(facts, table, signature("制表人", "审核人", "批准人")),
        made_at=made_at,
        version="草稿",
        number="",
        source_note="按省级核定电量计算；金额为测算，以实际发放为准。",
    )
