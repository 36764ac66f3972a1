"""复盘 as a document for Word and Excel."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.instants import BLOCK_MS
from domain.report import Chart, ChartKind, Column, Document, Facts, Quantity, Series, Table, chinese
from domain.scopes import Scope
from response.dr import paper_tables, papers, words
from response.dr.review_answer import Review
from response.dr.review_moments import KINDS_ZH, Moment
from response.roster import Roster


def review_paper(found: Review, roster: Roster, district: str, zone: ZoneInfo) -> Document:
    labels = tuple(words.clock(ms, zone)[-5:] for ms in found.ts_ms)
    series = (Series("实际负荷", found.load_kw), Series("还原负荷", found.restored_kw))
    rows = tuple(
        (label, *values)
        for label, *values in zip(labels, found.load_kw, found.reduction_kw, found.restored_kw, strict=True)
    )
    number = paper_tables.NUMBER
    columns = (
        Column("时刻"),
        Column("实际负荷", "kW", number, 0),
        Column("压降", "kW", number, 0),
        Column("还原负荷", "kW", number, 0),
    )
    events = tuple(
        (words.clock(m.at_ms, zone), KINDS_ZH[m.what], _of(m, roster), words.actor(m.who), chinese(m.text))
        for m in found.moments
    )
    return Document(
        title=f"{district}迎峰复盘",
        subtitle=f"{found.day.isoformat()}　{roster.names(Scope.parse(found.scope))[0]}",
        blocks=(
            Facts((("结论", chinese(found.text)), ("数据完整", Quantity(found.coverage, 1, percent=True)))),
            Chart("负荷", ChartKind.LINE, labels, series, "kW"),
            Table("过程", tuple(Column(t) for t in ("时间", "类别", "编号", "对象", "内容")), events),
            Table("96 点", columns, rows, note="还原负荷 = 实际负荷 + 压降；区间由样本日离散程度估计（80%）。"),
        ),
        made_at=papers.made(found.ts_ms[-1] + BLOCK_MS, zone),
        version="复盘",
        drill=found.drill,
        source_note="15 分钟实测负荷、台账中的压降量，事件、指令、调度令、通知、答复和告警记录。",
    )


def _of(moment: Moment, roster: Roster) -> str:
    """An alert is about a place, everything else about a document or an event."""
    return roster.names(Scope.parse(moment.source))[0] if moment.what == "alert" else moment.source
