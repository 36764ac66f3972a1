"""The copy-ready 快报 line. What is not known is said, never left out or guessed."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from config.gap_levels import GapLevelTable
from domain.scopes import DISTRICT
from monitor.answers import Brief, BriefNumber, CurrentLoad

LOAD_PATH = "/api/v1/load/current"
CURVE_PATH = "/api/v1/load/curve"


class _Line:
    """Collects the parts of the line, its numbers and whether all were there."""

    def __init__(self) -> None:
        self.zh: list[str] = []
        self.en: list[str] = []
        self.numbers: list[BriefNumber] = []
        self.complete = True

    def say(self, zh: str, en: str) -> None:
        self.zh.append(zh)
        self.en.append(en)

    def lack(self, zh: str, en: str) -> None:
        self.complete = False
        self.say(zh, en)

    def number(self, text: str, label: str, path: str, **query: str) -> None:
        self.numbers.append(BriefNumber(text, label, f"{path}?{urlencode(query)}"))


def compose(
    current: CurrentLoad,
    last_year_kw: float | None,
    last_year_at: datetime,
    now: datetime,
    levels: GapLevelTable,
    zone: ZoneInfo,
) -> Brief:
    """The line for one scope; ``last_year_kw`` is the demand of the same block a year before, None = not known."""
    line = _Line()
    # The figure stands on the minutes up to the end of the newest one.
    at = (now if current.as_of is None else current.as_of + timedelta(minutes=1)).astimezone(zone)
    whole_zh, whole_en = ("全区负荷", "district load") if current.scope == DISTRICT else ("监测负荷", "monitored load")
    load_kw, estimated = _best(current)
    if load_kw is None:
        reason_zh, _, reason_en = current.sliding_demand_kw.reason.partition(" / ")
        line.lack(
            f"截至{at:%H:%M}{whole_zh}数据不足（{reason_zh}）",
            f"as of {at:%H:%M} {whole_en}: insufficient data ({reason_en})",
        )
    else:
        text = f"{load_kw / 1000:.1f}"
        line.say(
            f"截至{at:%H:%M}{whole_zh}{text}MW{'（含估计）' if estimated else ''}",
            f"as of {at:%H:%M} {whole_en} {text} MW{' (partly estimated)' if estimated else ''}",
        )
        line.number(text, whole_zh, LOAD_PATH, scope=str(current.scope))
        line.complete = not estimated
        _year_on_year(line, current, load_kw, last_year_kw, last_year_at)
        _quota(line, current, load_kw)
    _gap(line, current, levels, at)
    _maximum(line, current, zone)
    return Brief("，".join(line.zh) + "。", ", ".join(line.en) + ".", tuple(line.numbers), line.complete)


def _best(current: CurrentLoad) -> tuple[float | None, bool]:
    """The measured figure when it is whole, else the estimate, else the measured part when that is enough."""
    sliding = current.sliding_demand_kw
    if sliding.value is not None and sliding.coverage >= 1.0 - 1e-9 and not sliding.estimated:
        return sliding.value, False
    if current.estimate_kw is not None:
        return current.estimate_kw, True
    return sliding.value, sliding.value is not None


def _year_on_year(
    line: _Line, current: CurrentLoad, load_kw: float, last_year_kw: float | None, last_year_at: datetime
) -> None:
    if last_year_kw is None or last_year_kw <= 0:
        line.lack("无同期数据", "no figure of last year")
        return
    text = f"{(load_kw / last_year_kw - 1) * 100:+.1f}%"
    line.say(f"同比{text}", f"{text} on last year")
    day = last_year_at.date().isoformat()
    line.number(text, "同比", CURVE_PATH, scope=str(current.scope), **{"from": day, "to": day})


def _quota(line: _Line, current: CurrentLoad, load_kw: float) -> None:
    if current.quota_kw is None:
        line.lack("未下达用电指标", "no quota")
        return
    text = f"{load_kw / current.quota_kw * 100:.1f}%"
    line.say(f"占指标{text}", f"{text} of quota")
    line.number(text, "占指标", "/api/v1/quota", scope=str(current.scope))


def _gap(line: _Line, current: CurrentLoad, levels: GapLevelTable, at: datetime) -> None:
    if current.gap_kw is None or current.gap_kw <= 0:
        return
    text = f"{current.gap_kw / 1000:.1f}"
    if current.gap_ratio is None:
        line.say(f"缺口{text}MW", f"gap {text} MW")
    else:
        level = next((lv for lv in levels.on(at.date()).level if lv.name == current.gap_level), None)
        zh, en = ("", "") if level is None else (level.label_zh, level.label_en)
        line.say(f"缺口{text}MW（测算参考{zh}）", f"gap {text} MW (our reference level {en})")
    line.number(text, "缺口", LOAD_PATH, scope=str(current.scope))
    if current.official_level:
        line.say(
            f"官方等级{current.official_level}（{current.official_document}）",
            f"official level {current.official_level} ({current.official_document})",
        )


def _maximum(line: _Line, current: CurrentLoad, zone: ZoneInfo) -> None:
    value, at = current.today_maximum_kw.value, current.today_maximum_at
    if value is None or at is None:
        return
    text = f"{value / 1000:.1f}"
    clock = f"{at.astimezone(zone):%H:%M}"
    line.say(f"今日最大{text}MW（{clock}）", f"today's maximum {text} MW at {clock}")
    day = at.astimezone(zone).date().isoformat()
    line.number(text, "今日最大", CURVE_PATH, scope=str(current.scope), **{"from": day, "to": day})
