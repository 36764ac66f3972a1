"""The page itself: A4, one side. What is not known is a dash, and why it is not stands beside it."""

from __future__ import annotations

from datetime import datetime

from domain.potentials import Potential, PotentialBasis, PotentialVerdict
from domain.registry import Contact, Enterprise
from domain.report import (
    Block,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    Quantity,
    Series,
    Signature,
    Table,
    chinese,
)
from monitor.analysis_answers import TypicalLoad
from monitor.baseline_answers import CourtReport, MethodList
from response.profile.facts import EnterpriseProfile

SHAPES = {
    "": "—",
    "flat": "三班/平稳",
    "night": "避峰/夜间型",
    "intermittent": "间歇/冲击",
    "triple_peak": "三峰",
    "double_peak": "双峰",
    "single_peak": "单峰",
    "mixed": "混合",
}
DAYS = {
    "mean_workday": "工作日",
    "hottest_workdays": "最热工作日",
    "weekend": "周末",
    "spring_base": "春秋基准",
}
BASES = {
    PotentialBasis.NONE: "",
    PotentialBasis.DECLARED: "按登记可压",
    PotentialBasis.REDUCTIONS: "按核定压降",
    PotentialBasis.ESTIMATE: "按类别估计",
}
#: Points of a curve on the page: hours are enough to see shifts by.
POINTS = 24
TITLE = "企业用电画像（走访单）"


def profile_document(profile: EnterpriseProfile, methods: MethodList, made_at: datetime) -> Document:
    enterprise = profile.enterprise
    blocks: list[Block] = [
        _facts(profile),
        _figures(profile, methods),
        *_curves(profile),
        _potential(profile),
        _by_hour(profile),
        *_events(profile),
        Signature(("走访人：　　　　　　　企业确认：　　　　　　　日期：　　　　　　　",)),
    ]
    return Document(
        title=TITLE,
        subtitle=f"{enterprise.name}　{enterprise.id}",
        blocks=tuple(blocks),
        made_at=made_at,
        version=f"{profile.day:%Y-%m-%d}",
        source_note=f"登记簿、{profile.first} 至 {profile.last} 的 15 分钟实测负荷；可调潜力与基线为测算，不是约定",
        compact=True,
    )


def _facts(profile: EnterpriseProfile) -> Facts:
    known, accounts = profile.enterprise, profile.accounts
    supply = "、".join(dict.fromkeys(" ".join(w for w in (a.substation, a.feeder) if w) for a in accounts))
    voltage = "/".join(dict.fromkeys(f"{a.voltage_kv:g}" for a in accounts if a.voltage_kv is not None))
    contract, running = (
        _sum([getattr(a, name) for a in accounts]) for name in ("contract_capacity_kva", "running_capacity_kva")
    )
    return Facts(
        (
            ("信用代码", known.credit_code or "—"),
            ("街道/行业", f"{known.street or '—'} / {known.sector or '—'}"),
            ("合同/运行容量", f"{_kw(contract)} / {_kw(running)} kVA"),
            ("供电", f"{supply or '—'} {voltage or '—'} kV".strip()),
            ("班次/轮休日", f"{known.shifts or '—'} / {known.rest_day or '—'}"),
            ("保安负荷", Quantity(known.security_load_kw, 0, "kW")),
            ("可错峰/避峰/限", " / ".join(_kw(v) for v in _declared(known)) + " kW"),
            ("方案等级/压降", f"{known.plan_level or '—'} / {_kw(known.level_reduction_kw)} kW"),
            ("需求响应约定", f"{_kw(known.dr_contract_kw)} kW" if known.dr_contract else "未签约"),
            ("管控属性", _standing(known)),
            ("联系人", "；".join(_contact(each, reveal=profile.reveal) for each in known.contacts) or "—"),
            ("措施设备/时段", f"{known.measure or '—'} / {known.measure_hours or '—'}"),
        ),
        abreast=2,
    )


def _figures(profile: EnterpriseProfile, methods: MethodList) -> Facts:
    year, shape, cooling = profile.period, profile.shape, profile.cooling
    said = "近一年" if year.kind == "span" else f"{year.first:%y-%m-%d} 至 {year.last:%y-%m-%d}"
    on = "" if year.maximum_on is None else f"（{year.maximum_on:%m-%d}）"
    heat = chinese(cooling.reason)
    if cooling.kw_per_c is not None:
        band = f"，{_kw(cooling.low_kw_per_c)}~{_kw(cooling.high_kw_per_c)}" if cooling.low_kw_per_c is not None else ""
        heat = f"{cooling.kw_per_c:,.1f} kW/℃{band}"
    return Facts(
        (
            ("统计期", said),
            ("数据质量", f"近一年 {profile.whole.days} 天中 {profile.whole.counted} 天完整"),
            ("最大负荷", f"{_kw(year.maximum_kw)} kW{on}"),
            ("电量", f"{_kw(None if year.energy_kwh is None else year.energy_kwh / 10_000, 1)} 万kWh"),
            ("平均日负荷率", Quantity(year.mean_load_factor, 1, percent=True)),
            ("平均峰谷差率", Quantity(year.mean_peak_valley_ratio, 1, percent=True)),
            ("负荷类别", chinese(shape.reason) or SHAPES[shape.shape] + ("，季节空调型" if shape.seasonal else "")),
            ("周末/工作日电量", Quantity(shape.weekend_ratio, 0, percent=True)),
            ("空调灵敏度", heat),
            ("建议基线方法", _method(profile.court, methods)),
        ),
        abreast=2,
    )


def _curves(profile: EnterpriseProfile) -> list[Block]:
    shown = [each for each in profile.typical if each.kind in DAYS and each.days]
    if not shown:
        return [Heading("典型日：" + chinese(profile.whole.reason or "没有完整日 / no whole day"), 2)]
    clock = tuple(f"{n}" for n in range(POINTS))
    series = tuple(Series(f"{DAYS[each.kind]}({each.days}天)", _hourly(each)) for each in shown)
    return [Chart("典型日负荷（按小时）", ChartKind.LINE, clock, series, "kW")]


def _hourly(load: TypicalLoad) -> tuple[float | None, ...]:
    """Mean of each hour; an hour with a gap has none."""
    each = len(load.curve_kw) // POINTS
    hours = [load.curve_kw[at : at + each] for at in range(0, len(load.curve_kw), each)]
    known = [[kw for kw in hour if kw is not None] for hour in hours]
    return tuple(round(sum(hour) / each, 1) if len(hour) == each else None for hour in known)


def _potential(profile: EnterpriseProfile) -> Table:
    """Of the hours the office asks about most."""
    columns = (
        Column("时段"),
        Column("预计负荷", "kW", ColumnKind.NUMBER, 0),
        Column("保安负荷", "kW", ColumnKind.NUMBER, 0),
        Column("可压", "kW", ColumnKind.NUMBER, 0),
        Column("其中可移", "kW", ColumnKind.NUMBER, 0),
        Column("把握", "", ColumnKind.PERCENT, 0),
        Column("依据"),
    )
    window = profile.window
    row = (
        "14:00-18:00",
        window.expected_kw,
        window.security_kw,
        window.shed_kw,
        window.shift_kw,
        window.confidence if window.shed_kw else None,
        chinese(window.reason) or BASES[window.basis],
    )
    note = "" if window.security_registered else "保安负荷未登记，以夜间基荷代替，请走访时核实"
    return Table(f"{profile.day:%m-%d} 可调潜力", columns, (row,), note)


def _by_hour(profile: EnterpriseProfile) -> Block:
    hours = profile.hours
    if all(each.shed_kw is None or each.verdict is PotentialVerdict.PROTECTED for each in hours):
        return Heading("分时可调潜力：" + chinese(hours[0].reason), 2)
    return Chart(
        f"{profile.day:%m-%d} 分时可调潜力（按小时）",
        ChartKind.COLUMN,
        tuple(f"{n}" for n in range(len(hours))),
        (
            Series("可压", tuple(_rounded(each) for each in hours)),
            Series("其中可移", tuple(None if each.shift_kw is None else round(each.shift_kw, 1) for each in hours)),
        ),
        "kW",
    )


def _events(profile: EnterpriseProfile) -> list[Block]:
    if not profile.events:
        return [Heading("近两年没有响应或有序用电压降记录", 3)]
    columns = (
        Column("事件"),
        Column("日期", "", ColumnKind.DATE),
        Column("时长", "h", ColumnKind.NUMBER, 2),
        Column("平均压降", "kW", ColumnKind.NUMBER, 0),
        Column("状态"),
    )
    rows = tuple(
        (each.source, each.begin, each.hours, each.mean_kw, "已核定" if each.verified else "估计")
        for each in profile.events
    )
    return [Table("最近的响应与有序用电", columns, rows)]


def _method(court: CourtReport, methods: MethodList) -> str:
    name = {each.id: each.name_zh for each in methods.methods}
    if not court.proposed:
        return "可检验的工作日太少"
    score = next(each for each in court.scores if each.id == court.proposed)
    known = name.get(court.proposed, court.proposed)
    error = "" if score.rrmse is None or score.bias is None else f"，误差 {score.rrmse:.1%}，偏差 {score.bias:+.1%}"
    return f"{known}{error}"


def _standing(known: Enterprise) -> str:
    marks = (
        (known.protected_class != "", "保障类"),
        (known.restricted_class != "", "限制类"),
        (known.two_high, "两高"),
        (known.limit_exceeded, "超限额"),
        (known.remote_controllable, "可远控"),
    )
    return "、".join(word for holds, word in marks if holds) or "一般用户"


def _declared(known: Enterprise) -> tuple[float | None, ...]:
    return known.shiftable_kw, known.avoidable_kw, known.curtailable_kw


def _contact(contact: Contact, *, reveal: bool) -> str:
    return f"{contact.name} {contact.phone if reveal else contact.masked_phone}"


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _rounded(found: Potential) -> float | None:
    return None if found.shed_kw is None else round(found.shed_kw, 1)


def _kw(value: float | None, digits: int = 0) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"
