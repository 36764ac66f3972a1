"""``intensity rank|explain|progress|outlook|co2|key-users|scope``: why, where to, and against whom. 能耗强度分析"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from app.commands.intensity import (
    By,
    Enterprises,
    First,
    Last,
    ScopeYear,
    Windowed,
    app,
    intensity_desk,
)
from app.commands.intensity_tables import (
    co2_table,
    explain_table,
    key_user_table,
    outlook_table,
    progress_lines,
    rank_table,
)
from app.commands.options import AsJson, Config, terminal
from config.energy_targets import Indicator
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import parse_month, span_of_months
from domain.people import SYSTEM
from response.intensity.benchmarks import Measure, Ranking
from response.intensity.books import Grouping
from response.intensity.carbon import Co2Answer
from response.intensity.desk import ScopeList
from response.intensity.explain import Explanation
from response.intensity.key_users import KeyUser
from response.intensity.outlook import Outlook
from response.intensity.progress import TargetProgress

InBasis = Annotated[Basis, typer.Option("--basis", help="等价值 equivalent, 当量值 calorific. 口径")]
Sector = Annotated[str | None, typer.Option("--sector", help="Only this division of GB/T 4754, as in C39. 行业")]
Region = Annotated[str | None, typer.Option("--region", help="Whose grid factor; default the district's. 电网因子地区")]
Year = Annotated[int, typer.Option("--year", help="2026. 年份")]


@app.command()
def rank(
    first: First = None,
    last: Last = None,
    window: Windowed = None,
    sector: Sector = None,
    measure: Annotated[
        Measure, typer.Option("--measure", help="Energy, or electricity where only meters are known. 指标")
    ] = Measure.ENERGY,
    basis: InBasis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Enterprises within their sectors: place, outliers, quota standards and restrictions. 行业对标排名"""
    begin, end = span_of_months(first, last, window)
    with intensity_desk(config) as desk:
        found = desk.rank(SYSTEM, begin, end, sector=sector, measure=measure, basis=basis, scope_year=scope_year)
    if not _as_json(Ranking, found, wanted=as_json):
        terminal().print(rank_table(found))


@app.command()
def explain(
    first: First = None,
    last: Last = None,
    window: Windowed = None,
    sector: Sector = None,
    basis: InBasis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Why energy use changed: activity, structure and intensity of sectors, or of enterprises in one. 变化原因分解"""
    begin, end = span_of_months(first, last, window)
    with intensity_desk(config) as desk:
        found = desk.explain(SYSTEM, begin, end, basis=basis, sector=sector, scope_year=scope_year)
    if _as_json(Explanation, found, wanted=as_json):
        return
    terminal().print(explain_table(found))
    if found.metered:
        typer.echo(f"计量 meters: {found.metered}")
    if found.total is None:
        typer.echo(f"数据不足 insufficient: {found.reason}")
    else:
        typer.echo(found.told_zh())
    for enterprise, reason in found.left_out:
        typer.echo(f"未计入 left out {enterprise}: {reason}")


@app.command()
def progress(
    month: Annotated[str, typer.Option("--to", help="Year to date up to this month. 截止月份")],
    indicator: Annotated[
        Indicator, typer.Option("--indicator", help="Energy or CO2 intensity. 指标")
    ] = Indicator.ENERGY,
    basis: InBasis = Basis.EQUIVALENT,
    sector: Sector = None,
    region: Region = None,
    enterprise: Annotated[str | None, typer.Option("--enterprise", help="One alone, such as E001. 企业")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Progress on the year's task and the five-year path, with the level of the 晴雨表. 目标进度"""
    with intensity_desk(config) as desk:
        found = desk.progress(
            SYSTEM,
            parse_month(month),
            indicator=indicator,
            basis=basis,
            sector=sector,
            region=region,
            enterprise=None if enterprise is None else EnterpriseId(enterprise),
        )
    if not _as_json(TargetProgress, found, wanted=as_json):
        for line in progress_lines(found):
            typer.echo(line)


@app.command()
def outlook(
    year: Year,
    by: By = Grouping.DISTRICT,
    basis: InBasis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Where the year will end, with an 80 % band. 全年预测"""
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    with intensity_desk(config) as desk:
        found = desk.outlook(SYSTEM, year, basis=basis, by=by, scope_year=scope_year, enterprises=chosen)
    if _as_json(tuple[Outlook, ...], found, wanted=as_json):
        return
    terminal().print(outlook_table(found))
    for each in found:
        for reason in each.reasons:
            typer.echo(f"数据不足 insufficient: {each.subject}: {reason}")


@app.command()
def co2(
    first: First = None,
    last: Last = None,
    window: Windowed = None,
    by: By = Grouping.DISTRICT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
    region: Region = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """CO2 of energy use by the factors of year and region. 二氧化碳排放"""
    begin, end = span_of_months(first, last, window)
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    with intensity_desk(config) as desk:
        found = desk.co2(SYSTEM, begin, end, by=by, scope_year=scope_year, enterprises=chosen, region=region)
    if _as_json(Co2Answer, found, wanted=as_json):
        return
    terminal().print(co2_table(found))
    for grid in found.grids:
        stands_in = "（该年尚未公布，用最近一年 stands in）" if grid.stands_in else ""
        factor = grid.factor
        typer.echo(f"{grid.year}年电力 {factor.kg_per_kwh} kgCO2/kWh，{factor.year}年数据，{factor.source}{stands_in}")
    for reason in dict.fromkeys(each.total_t.reason for each in found.groups if each.total_t.value is None):
        typer.echo(f"数据不足 insufficient: {reason}")


@app.command("key-users")
def key_users(year: Year, config: Config = None, as_json: AsJson = False) -> None:
    """Who reaches which threshold of key energy users. 重点用能单位"""
    with intensity_desk(config) as desk:
        found = desk.key_users(SYSTEM, year)
    if not _as_json(tuple[KeyUser, ...], found, wanted=as_json):
        terminal().print(key_user_table(found, year))


@app.command()
def scope(year: Year, config: Config = None, as_json: AsJson = False) -> None:
    """The list above scale of a year against the one before. 规上名录"""
    with intensity_desk(config) as desk:
        found = desk.scope(SYSTEM, year)
    if not _as_json(ScopeList, found, wanted=as_json):
        typer.echo(f"{year}年规上 {len(found.members)} 家")
        typer.echo(f"新增 joined {len(found.joined)}: {' '.join(found.joined)}")
        typer.echo(f"退出 left {len(found.left)}: {' '.join(found.left)}")


def _as_json(kind: Any, found: object, *, wanted: bool) -> bool:
    if wanted:
        typer.echo(TypeAdapter(kind).dump_json(found, indent=2))
    return wanted
