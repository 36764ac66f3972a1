"""``intensity``: energy statements in, energy figures out. 能耗强度"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.intensity import IntensityOut
from app.adapters import open_ledger, open_store
from app.clock import SystemClock
from app.commands.options import AsJson, Config, print_json, settings_from, terminal
from app.wiring import open_intensity
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import Window, span_of_months
from domain.people import SYSTEM
from domain.series import Figure
from response.intensity.desk import Grouping, IntensityAnswer, IntensityDesk
from response.intensity.figures import GroupFigures
from response.intensity.scope_changes import told

app = typer.Typer(no_args_is_help=True, help="Energy intensity: statements in, figures out. 能耗强度")
First = Annotated[str | None, typer.Option("--from", help="First month, as in 2026-01. 起始月份")]
Last = Annotated[str | None, typer.Option("--to", help="Last month, included. 截止月份")]
Windowed = Annotated[
    Window | None, typer.Option("--window", help="In place of --from: what ends with --to. 当月、累计或滚动一年")
]
By = Annotated[Grouping, typer.Option("--by", help="District, sector or enterprise. 汇总方式")]
ScopeYear = Annotated[
    int | None, typer.Option("--scope-year", help="Only what was above scale that year, in both periods. 规上年份")
]
Enterprises = Annotated[list[str] | None, typer.Option("--enterprise", help="Only this one; repeat it. 企业")]


@contextmanager
def intensity_desk(config: Config) -> Iterator[IntensityDesk]:
    settings = settings_from(config)
    clock = SystemClock()
    with closing(open_ledger(settings.ledger, clock)) as ledger, closing(open_store(settings.store)) as store:
        yield open_intensity(settings, store, ledger, clock)


@app.command()
def show(
    first: First = None,
    last: Last = None,
    window: Windowed = None,
    by: By = Grouping.DISTRICT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Figures of a period in both bases, against the same months a year before. 能耗强度指标"""
    begin, end = span_of_months(first, last, window)
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    with intensity_desk(config) as desk:
        answer = desk.figures(SYSTEM, begin, end, by=by, scope_year=scope_year, enterprises=chosen)
    if as_json:
        print_json(IntensityOut.of(answer))
        return
    terminal().print(_table(answer))
    for reason in dict.fromkeys(_reasons(answer)):
        typer.echo(f"数据不足 insufficient: {reason}")
    if answer.metered:
        typer.echo(f"计量 meters: {answer.metered}")
    if answer.changes:
        typer.echo(f"统计范围变化 scope changed: {told(answer.changes, {})}")


def period(first: date, last: date) -> str:
    return f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} … {last:%Y-%m}"


def _table(answer: IntensityAnswer) -> Table:
    table = Table(title=f"能耗强度 energy intensity  {period(answer.first, answer.last)}")
    for heading in (
        "范围",
        "企业 stated/all",
        "综合能耗 tce\n等价值",
        "综合能耗 tce\n当量值",
        "用电 MWh",
        "增加值 万元",
        "tce/万元\n等价值",
        "电耗 kWh/万元",
        "能耗同比",
        "强度同比\n等价值",
    ):
        table.add_column(heading, justify="left" if heading == "范围" else "right")
    for group in answer.groups:
        table.add_row(*_cells(group))
    return table


def _cells(group: GroupFigures) -> list[str]:
    electricity = group.electricity_kwh
    mwh = None if electricity.value is None else electricity.value / 1000
    return [
        group.subject,
        f"{group.members_known}/{group.members}",
        number(group.energy_tce[Basis.EQUIVALENT].value, 2),
        number(group.energy_tce[Basis.CALORIFIC].value, 2),
        number(mwh, 1),
        number(group.value_added_10k_cny.value, 1),
        number(group.intensity[Basis.EQUIVALENT].value, 4),
        number(group.electricity_intensity_kwh.value, 1),
        percent(group.energy_growth[Basis.EQUIVALENT]),
        percent(group.change[Basis.EQUIVALENT]),
    ]


def number(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def percent(figure: Figure) -> str:
    return "—" if figure.value is None else f"{figure.value:+.1%}"


def _reasons(answer: IntensityAnswer) -> Iterator[str]:
    for group in answer.groups:
        for figure in (group.energy_tce[Basis.EQUIVALENT], group.intensity[Basis.EQUIVALENT]):
            if figure.value is None:
                yield f"{group.subject}: {figure.reason}"
