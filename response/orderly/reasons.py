"""Why an enterprise is on the list and why another is not: one sentence each, 中文 and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.orderly import OrderlyTable
from domain.orderly import Measure, Rank

Words = tuple[str, str]


class Out(StrEnum):
    """Why an enterprise cannot be called; the first that holds."""

    PROTECTED = "protected"
    GUARDED = "guarded"
    ORDERED = "ordered"
    EXCLUDED = "excluded"
    NOT_IN_PLAN = "not_in_plan"
    LEVEL = "level"
    NO_POTENTIAL = "no_potential"
    CONFIDENCE = "confidence"
    DR = "dr"
    NOTICE = "notice"
    BLOCK = "block"


OUT: dict[Out, Words] = {
    Out.PROTECTED: ("受保护类别，不列入", "a protected class is never called"),
    Out.GUARDED: ("保供电：{detail}", "guarded: {detail}"),
    Out.ORDERED: ("同时段已在调度令 {detail} 中", "on order {detail} in the same hours already"),
    Out.EXCLUDED: ("人工排除：{detail}", "excluded by hand: {detail}"),
    Out.NOT_IN_PLAN: ("不在已批准方案中", "not in the approved plan"),
    Out.LEVEL: ("方案中{detail}级及以下没有压降", "the plan asks nothing of it up to level {detail}"),
    Out.NO_POTENTIAL: ("该时段无可压负荷：{detail}", "nothing to shed in these hours: {detail}"),
    Out.CONFIDENCE: ("可压负荷把握仅 {detail}", "its potential is there with {detail} only"),
    Out.DR: ("可压负荷已用于需求响应", "what it can give is in demand response already"),
    Out.NOTICE: ("来不及：需提前 {detail} 分钟通知", "too late: it needs {detail} minutes from notice"),
    Out.BLOCK: ("可压 {detail} kW，低于最小一档", "could give {detail} kW, below the smallest order worth giving"),
}


@dataclass(frozen=True, slots=True)
class Called:
    """What is said of one that is called. per_kwh : value added [yuan]; share : of the even share of the season"""

    rank: Rank
    measure: Measure
    kw: float
    per_kwh: float
    per_kwh_known: bool
    hours_borne: float
    restricted: bool
    pinned: bool
    whole_group: bool


def called_words(called: Called, table: OrderlyTable) -> Words:
    rank = table.of(called.rank)
    label_zh, label_en = rank.label_zh, rank.label_en
    if called.measure is not Measure.PLANNED:
        entry = table.by(called.rank, called.measure)
        label_zh, label_en = f"{label_zh}（{entry.label_zh}）", f"{label_en} ({entry.label_en})"
    why_zh, why_en = (
        ("本级措施须全部启用", "all of its rank is needed")
        if called.whole_group
        else ("同级中损失与负担最小的组合", "part of the least loss and burden within its rank")
    )
    if called.pinned:
        why_zh, why_en = "人工指定", "pinned by hand"
    first_zh, first_en = ("限制类优先，", "restricted class first; ") if called.restricted else ("", "")
    value_zh = f"增加值 {called.per_kwh:.1f} 元/kWh" + ("" if called.per_kwh_known else "（未录入，以常用值代替）")
    value_en = f"value added {called.per_kwh:.1f} yuan/kWh" + ("" if called.per_kwh_known else " (median stands in)")
    zh = f"{label_zh} {called.kw:g} kW：{first_zh}{why_zh}；{value_zh}，本季已承担 {called.hours_borne:.1f} 小时"
    en = f"{label_en} {called.kw:g} kW: {first_en}{why_en}; {value_en}, {called.hours_borne:.1f} h this season"
    return zh, en


def soft_words(measure: Measure, table: OrderlyTable) -> str:
    """What a soft measure asks for, as a notice says it."""
    if measure is Measure.COOLING:
        rule = table.cooling
        return f"空调设定温度上调 {rule.set_point_c:g} ℃，冷水机组轮停 {rule.rotation_share:.0%}"
    if measure is Measure.STORAGE:
        return "储能放电，时段后再充电"
    return table.lighting.label_zh


def spare_words(most_kw: float, per_kwh: float, hours_borne: float, *, reached: bool) -> Words:
    """Of one that could be called and is not."""
    if not reached:
        zh, en = "前序措施已足够，未轮到", "earlier measures are enough"
    else:
        zh, en = "同级中另选了损失或负担更小的", "others of its rank cost less or have borne less"
    zh += f"；可压 {most_kw:g} kW，增加值 {per_kwh:.1f} 元/kWh，本季已承担 {hours_borne:.1f} 小时"
    en += f"; could give {most_kw:g} kW, value added {per_kwh:.1f} yuan/kWh, {hours_borne:.1f} h this season"
    return zh, en


def out_words(out: Out, detail: str) -> Words:
    zh, en = OUT[out]
    return zh.format(detail=detail), en.format(detail=detail)
