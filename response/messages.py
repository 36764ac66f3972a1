"""What an alert says to people, Chinese and English. Figures are those of the instant the alert last changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.alerts import AlertKind
from domain.instants import BLOCK_S
from response.observations import Threshold
from response.rules import Basis, Case

#: Members named in the text; the alert itself carries all of them.
NAMED = 5


def power(value: float, unit: str) -> str:
    """24312.4 kW -> "24.31 MW"; below 1000 the unit stays."""
    if abs(value) >= 1000 and unit in ("kW", "kVA"):
        return f"{value / 1000:.2f} M{unit[1:]}"
    return f"{value:.1f} {unit}"


def percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def _round(share: float) -> str:
    return f"{share * 100:g}%"


def _members(members: Sequence[str], zh: bool) -> str:
    named = ("、" if zh else ", ").join(members[:NAMED])
    if len(members) <= NAMED:
        return named
    return f"{named} 等" if zh else f"{named} and others"


BASES = {
    ("load_quota", True): "达到用电指标",
    ("load_quota", False): "of the quota",
    ("load_quota_projection", True): "将达到用电指标",
    ("load_quota_projection", False): "of the quota",
    ("load_record", True): "达到历史最高负荷",
    ("load_record", False): "of the record",
    ("capacity", True): "达到运行容量",
    ("capacity", False): "of the running capacity",
    ("approved_demand", True): "达到核定需量",
    ("approved_demand", False): "of the approved demand",
}


def _clock(quarter: datetime, zone: ZoneInfo) -> str:
    local = quarter.astimezone(zone)
    return f"{local:%H:%M}-{local + timedelta(seconds=BLOCK_S):%H:%M}"


def _figure_zh(case: Case, zone: ZoneInfo) -> str:
    if case.basis is Basis.PROJECTION:
        held = f"（其中{percent(case.held_share)}沿用小时表上一读数，为估算）" if case.held_share else ""
        return f"预计本时段末需量{held}"
    return "滑动需量" if case.quarter is None else f"{_clock(case.quarter, zone)}时段需量"


def _figure_en(case: Case, zone: ZoneInfo) -> str:
    if case.basis is Basis.PROJECTION:
        held = f" ({percent(case.held_share)} of it held from the last hour: an estimate)" if case.held_share else ""
        return f"projected demand at the end of this block{held}"
    return "sliding demand" if case.quarter is None else f"demand of {_clock(case.quarter, zone)}"


def _load_zh(case: Case, threshold: Threshold, value: float, zone: ZoneInfo) -> str:
    figure = _figure_zh(case, zone)
    least = "" if case.complete else "至少"
    against = f"{BASES[case.subject.rule, True]} {power(case.base, case.unit)} 的 {percent(value / case.base)}"
    partial = "" if case.complete else f"，采集覆盖率{percent(case.coverage)}"
    return (
        f"{case.name_zh}{figure}{least} {power(value, case.unit)}，{against}"
        f"（阈值{_round(threshold.raise_at)}{partial}）"
    )


def _load_en(case: Case, threshold: Threshold, value: float, zone: ZoneInfo) -> str:
    figure = _figure_en(case, zone)
    least = "" if case.complete else "at least "
    against = f"{percent(value / case.base)} {BASES[case.subject.rule, False]} {power(case.base, case.unit)}"
    partial = "" if case.complete else f", coverage {percent(case.coverage)}"
    return (
        f"{case.name_en} {figure} {least}{power(value, case.unit)}, {against}"
        f" (threshold {_round(threshold.raise_at)}{partial})"
    )


def _gap_zh(case: Case, threshold: Threshold, value: float, zone: ZoneInfo) -> str:
    least = "" if case.complete else f"（采集覆盖率{percent(case.coverage)}，为下限）"
    slot = "当前" if case.quarter is None else _clock(case.quarter, zone)
    return (
        f"{case.name_zh}{slot}时段用电缺口 {power(value, case.unit)}{least}，占期间预计最大负荷 "
        f"{power(case.base, case.unit)} 的 {percent(value / case.base)}，测算参考{threshold.label_zh}，非官方发布等级"
    )


def _gap_en(case: Case, threshold: Threshold, value: float, zone: ZoneInfo) -> str:
    least = "" if case.complete else f" (lower bound, coverage {percent(case.coverage)})"
    slot = "this slot" if case.quarter is None else _clock(case.quarter, zone)
    return (
        f"{case.name_en} gap in {slot} {power(value, case.unit)}{least}, {percent(value / case.base)} of the"
        f" expected maximum {power(case.base, case.unit)}: reference level {threshold.label_en}, not an official level"
    )


def _meters_zh(case: Case, value: float) -> str:
    if value == case.base and case.kind is AlertKind.METER_SILENT:
        return f"全部 {value:.0f} 个计量点失联，请先检查通信链路与消息服务器"
    return (
        f"{case.name_zh}：{value:.0f} 个计量点，占 {case.base:.0f} 个实时计量点的 {percent(value / case.base)}"
        f"（{_members(case.members, zh=True)}）"
    )


def _meters_en(case: Case, value: float) -> str:
    if value == case.base and case.kind is AlertKind.METER_SILENT:
        return f"all {value:.0f} meters are silent: look at the network and the broker first"
    return (
        f"{case.name_en}: {value:.0f} meters, {percent(value / case.base)} of {case.base:.0f} real-time meters"
        f" ({_members(case.members, zh=False)})"
    )


class Course(StrEnum):
    """How an alert came to its present figure."""

    RISEN = "risen"
    LOWERED = "lowered"
    FALLING = "falling"
    AGAIN = "again"
    OVER = "over"


PREFIXES = {
    Course.RISEN: ("", ""),
    Course.LOWERED: ("已降级：", "lowered: "),
    Course.FALLING: ("回落观察中：", "falling, being watched: "),
    Course.AGAIN: ("回升，告警未解除：", "up again, not over: "),
    Course.OVER: ("已恢复：", "over: "),
}


def _room(case: Case) -> tuple[str, str]:
    """The gap rule once the load is below the quota: there is room, not a negative gap."""
    room = power(-(case.value or 0.0), case.unit)
    return (f"{case.name_zh}负荷低于用电指标 {room}", f"{case.name_en} load is {room} below the quota")


def _flow(case: Case, value: float) -> tuple[str, str]:
    if value <= case.base:
        return "数据流通正常", "data flow"
    return (
        f"数据未流通：已有 {value:.0f} 秒没有探针读数到达{case.name_zh}（即使显示已连接），请查看系统状态页与日志积压",
        f"data do not flow: no canary has reached {case.name_en} for {value:.0f} s, though the connection may say "
        "connected; see the system page and the journal's lag",
    )


def _journal(case: Case, value: float, threshold: Threshold) -> tuple[str, str]:
    """The share or the age, and what to do."""
    share = percent(value / case.base)
    if case.unit == "s":
        if value < threshold.raise_at * case.base:
            return (
                f"日志积压最早 {value:,.0f} 秒",
                f"the oldest reading that waits in the journal is {value:,.0f} s old",
            )
        return (
            f"读数积压：{case.name_zh}。读数未丢失，但总加与告警缺数；请查看系统状态页，检查时序库是否在线、能否写入、磁盘是否已满",
            f"readings wait: {case.name_en}. None is lost, but sums and alerts lack them; see the system page, and "
            "whether the store runs, takes what it is given and has space on its disk",
        )
    if value < threshold.raise_at * case.base:
        return f"日志占用 {share}", f"the journal is {share} full"
    return (
        f"日志已用 {share}（{value:,.0f}/{case.base:,.0f} MB），{case.name_zh}。写满后接收进程将离开消息服务器，"
        "由其暂存；请检查时序库与磁盘，或调大 journal.max_gb",
        f"the journal is {share} full ({value:,.0f} of {case.base:,.0f} MB); {case.name_en}. Once full, ingest leaves "
        "the broker, which then holds what comes; see to the store and its disk, or raise journal.max_gb",
    )


def _anomalies(case: Case, value: float) -> tuple[str, str]:
    if value < 1:
        return "近日用电异常均已确认", "every anomaly of the last days was acknowledged"
    return (
        f"近日有 {value:,.0f} 条用电异常待确认：{case.name_zh}",
        f"{value:,.0f} anomalies of the last days wait to be acknowledged: {case.name_en}",
    )


def _intensity(case: Case, value: float) -> tuple[str, str]:
    if case.unit == "levels":
        return f"能耗双控晴雨表：{case.name_zh}", f"level of energy intensity: {case.name_en}"
    if value < 1:
        return "没有企业强度超过标准", "no enterprise is above the standard of its sector"
    return (
        f"{value:,.0f} 家企业本年累计能耗强度超过标准：{case.name_zh}",
        f"above the standard of their sector this year: {value:,.0f} enterprises, {case.name_en}",
    )


_ORDERS = {
    "order_not_reducing": ("{n} 家企业未按调度令压降", "{n} enterprises take nothing off under an order"),
    "order_below_security": ("{n} 家企业负荷低于保安负荷", "{n} enterprises are below their security load"),
    "order_silent": ("调度令执行中 {n} 家企业没有数据", "{n} enterprises under an order are not heard of"),
}


def _orders(case: Case, value: float) -> tuple[str, str]:
    if value < 1:
        return "调度令执行正常", "everybody carries the order out"
    zh, en = (text.format(n=f"{value:,.0f}") for text in _ORDERS[case.subject.rule])
    return f"{zh}：{case.name_zh}", f"{en}: {case.name_en}"


def _body(case: Case, threshold: Threshold, value: float, zone: ZoneInfo) -> tuple[str, str]:
    if case.unit == "meters":
        if not case.members:
            return f"当前无{case.name_zh}", f"{case.name_en}: none at present"
        return _meters_zh(case, value), _meters_en(case, value)
    if case.basis is Basis.ANOMALIES:
        return _anomalies(case, value)
    if case.basis is Basis.ORDER:
        return _orders(case, value)
    if case.basis is Basis.INTENSITY:
        return _intensity(case, value)
    if case.basis is Basis.DATA_FLOW:
        return _flow(case, value)
    if case.basis is Basis.JOURNAL:
        return _journal(case, value, threshold)
    if case.kind is AlertKind.GAP_LEVEL:
        if value <= 0:
            return _room(case)
        return _gap_zh(case, threshold, value, zone), _gap_en(case, threshold, value, zone)
    return _load_zh(case, threshold, value, zone), _load_en(case, threshold, value, zone)


def text_of(case: Case, threshold: Threshold, course: Course, zone: ZoneInfo) -> tuple[str, str]:
    """(zh, en) of a case whose value is known, at the threshold that gives the alert its severity."""
    if case.value is None:
        return f"{case.name_zh}暂无数据，保持原状态", f"{case.name_en}: no data, the state is held"
    zh, en = _body(case, threshold, case.value, zone)
    prefix_zh, prefix_en = PREFIXES[course]
    return prefix_zh + zh, prefix_en + en


WITHDRAWN = (
    "规则不再适用（缺少用电指标等基准，或对象已退出），告警结束：",
    "the rule no longer applies (its base or its subject is gone), closed: ",
)
