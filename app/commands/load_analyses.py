"""The ``load`` commands about weeks and years: from ``load characteristics`` to ``load cooling``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import RenderableType

from app.analyses import analyst
from app.commands import analysis_tables
from app.commands.load import ScopeText, app
from app.commands.options import AsJson, Config, settings_from, terminal
from domain.errors import InsufficientData, Invalid
from domain.scopes import Scope
from monitor.analyses import PARTS, span_of_days
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    CoolingReport,
    DriftReport,
    DurationCurve,
    PowerFactors,
    ShapeReport,
    TariffSplit,
)
from monitor.characteristics import PERIODS

T = TypeVar("T")
FromDay = Annotated[str | None, typer.Option("--from", help="First day, such as 2025-07-01. 起")]
ToDay = Annotated[str | None, typer.Option("--to", help="Last day, included; yesterday if left out. 止")]
Temperature = Annotated[float | None, typer.Option(help="Highest of the day asked about, such as 40. 最高气温 °C")]
Yesterday = Annotated[float | None, typer.Option(help="Highest of the day before; the same if left out. 前一日")]
Free = Annotated[bool, typer.Option("--free", help="The day is not worked. 非工作日")]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day such as 2026-07-20") from None


def _answer(
    kind: str,
    answer: type[T],
    table: Callable[[T], RenderableType],
    lack: Callable[[T], str],
    *,
    scope: str,
    first: str | None,
    last: str | None,
    usual_days: int,
    config: Any,
    as_json: bool,
    **more: Any,
) -> None:
    """Ask, print, and exit 3 with the reason where nothing could be said (the figures that are there are printed)."""
    settings = settings_from(config)
    yesterday = datetime.now(settings.district.zone).date() - timedelta(days=1)
    begin, end = span_of_days(_day(first), _day(last), yesterday, usual_days)
    with analyst(settings) as ask:
        found = ask.ask(kind, answer, Scope.parse(scope), begin, end, **more)
    if as_json:
        typer.echo(TypeAdapter(answer).dump_json(found, indent=2))
    else:
        terminal().print(table(found))
    reason = lack(found)
    if reason:
        raise InsufficientData(reason)


def characteristics(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Characteristics by month and year, and typical days. 负荷特性"""
    _answer(
        "characteristics",
        Characteristics,
        analysis_tables.characteristics,
        lambda a: "" if any(not p.reason for p in a.periods) else a.periods[-1].reason,
        scope=scope,
        first=first,
        last=last,
        usual_days=365,
        config=config,
        as_json=as_json,
    )


def duration(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    points: Annotated[int, typer.Option(min=2, max=1001, help="Points of the curve. 点数")] = 21,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Load duration curve. 持续负荷曲线"""
    _answer(
        "duration",
        DurationCurve,
        analysis_tables.duration,
        lambda a: a.reason,
        scope=scope,
        first=first,
        last=last,
        usual_days=365,
        config=config,
        as_json=as_json,
        points=points,
    )


def tou(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Energy by tariff period under the schedules in force. 峰平谷电量"""
    _answer(
        "tou",
        TariffSplit,
        analysis_tables.tou,
        lambda a: "" if any(not p.reason for p in a.periods) else a.periods[-1].reason,
        scope=scope,
        first=first,
        last=last,
        usual_days=30,
        config=config,
        as_json=as_json,
    )


def power_factor(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Power factor and its adjustment by month. 功率因数与力调"""
    _answer(
        "power_factor",
        PowerFactors,
        analysis_tables.power_factor,
        lambda a: "" if any(not m.reason for m in a.months) else a.months[-1].reason,
        scope=scope,
        first=first,
        last=last,
        usual_days=30,
        config=config,
        as_json=as_json,
    )


def coincidence(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    by: Annotated[str, typer.Option(help=f"Parts: {', '.join(PARTS)}. 构成")] = "enterprise",
    period: Annotated[str, typer.Option(help=f"A row each: {', '.join(PERIODS)}. 周期")] = "month",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Coincidence and diversity factor, and who made the peak. 同时率与峰时贡献"""
    _answer(
        "coincidence",
        Coincidence,
        analysis_tables.coincidence,
        lambda a: a.whole.reason,
        scope=scope,
        first=first,
        last=last,
        usual_days=30,
        config=config,
        as_json=as_json,
        by=by,
        period=period,
    )


def shapes(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Load-shape classes by rule and by likeness. 负荷形态分类"""
    _answer(
        "shapes",
        ShapeReport,
        analysis_tables.shapes,
        lambda a: "" if any(not s.reason for s in a.sites) else (a.sites[0].reason if a.sites else "no enterprise"),
        scope=scope,
        first=first,
        last=last,
        usual_days=365,
        config=config,
        as_json=as_json,
    )


def drift(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Lasting steps in how sites use power, with the day they began. 负荷漂移"""
    _answer(
        "drift",
        DriftReport,
        analysis_tables.drift,
        lambda a: "" if a.judged_sites else (a.refused[0][1] if a.refused else "no enterprise"),
        scope=scope,
        first=first,
        last=last,
        usual_days=365,
        config=config,
        as_json=as_json,
    )


def cooling(
    scope: ScopeText = "monitored",
    first: FromDay = None,
    last: ToDay = None,
    temperature: Temperature = None,
    yesterday: Yesterday = None,
    free: Free = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Cooling sensitivities, and a day of a given temperature with who drives it. 降温负荷"""
    question: dict[str, Any] = {}
    if temperature is not None:
        before = temperature if yesterday is None else yesterday
        question = {"temperature_c": temperature, "yesterday_c": before, "working": not free}
    _answer(
        "cooling",
        CoolingReport,
        analysis_tables.cooling,
        lambda a: "" if any(s.kw_per_c is not None for s in a.sites) else (a.sites[0].reason if a.sites else "—"),
        scope=scope,
        first=first,
        last=last,
        usual_days=365,
        config=config,
        as_json=as_json,
        **question,
    )


for _command in (characteristics, duration, tou, power_factor, coincidence, shapes, drift, cooling):
    app.command(_command.__name__.replace("_", "-"))(_command)
