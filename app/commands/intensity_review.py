"""``intensity review|region|import-projects|import-regions``: follow-through of energy review. 节能审查"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.table import Table

from app.clock import SystemClock
from app.commands.intensity import Enterprises, app, intensity_desk, number
from app.commands.intensity_intake import person
from app.commands.options import AsJson, Config, settings_from, terminal
from app.commands.sheets import DryRun, File, look_at, refuse, sheet
from domain.ids import EnterpriseId
from domain.instants import local_date
from domain.months import parse_month
from domain.people import SYSTEM
from response.intensity.review_answers import NextProject, ProjectFollowed, RegionAnswer, RegionBudget, ReviewState

Month = Annotated[str, typer.Option("--to", help="Last of the twelve months looked at. 截止月份")]


@app.command()
def review(month: Month, enterprise: Enterprises = None, config: Config = None, as_json: AsJson = False) -> None:
    """Approved projects against their metered pace, with early warning. 节能审查执行情况"""
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    with intensity_desk(config) as desk:
        found = desk.reviews.projects(SYSTEM, parse_month(month), chosen)
    if as_json:
        typer.echo(TypeAdapter(tuple[ProjectFollowed, ...]).dump_json(found, indent=2))
        return
    terminal().print(_projects(found, month))
    for each in found:
        if each.state is not ReviewState.NOT_IN_SERVICE and each.run_rate_tce.value is None:
            typer.echo(f"数据不足 insufficient: {each.project.id}: {each.run_rate_tce.reason}")


@app.command()
def region(
    name: Annotated[str, typer.Argument(help="Id of the regional review. 区域编号")],
    month: Month,
    next_tce: Annotated[
        float | None, typer.Option("--next", min=0, help="tce of the next project, in the region's basis. 拟新上项目")
    ] = None,
    calorific_tce: Annotated[float | None, typer.Option("--calorific", min=0, help="Its tce in 当量值.")] = None,
    electricity_kwh: Annotated[float | None, typer.Option("--kwh", min=0, help="Its electricity. 用电量")] = None,
    coal_t: Annotated[float | None, typer.Option("--coal", min=0, help="Its coal in tonnes. 用煤量")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What a region has left for the next project, and that project's route. 区域能耗余量"""
    day = local_date(SystemClock().now(), settings_from(config).district.zone)
    with intensity_desk(config) as desk:
        budget = desk.reviews.budget(SYSTEM, name, parse_month(month))
        following = None
        if next_tce is not None:
            following = desk.reviews.next_project(
                budget, day, tce=next_tce, calorific_tce=calorific_tce, electricity_kwh=electricity_kwh, coal_t=coal_t
            )
    if as_json:
        typer.echo(TypeAdapter(RegionAnswer).dump_json(RegionAnswer(budget, following), indent=2))
        return
    _print_budget(budget, following, day)


@app.command("import-projects")
def import_projects(file: File, dry_run: DryRun = False, config: Config = None) -> None:
    """Approved projects; a correction is a revision. 导入项目节能审查批复"""
    with intensity_desk(config) as desk:
        read = desk.intake.projects(person(), sheet(file), dry_run=dry_run)
    refuse(file, read.errors)
    look_at(read.flags)
    typer.echo(f"{len(read.entries)} 个项目 projects，新增或更正 new or corrected {len(read.written)}")


@app.command("import-regions")
def import_regions(file: File, dry_run: DryRun = False, config: Config = None) -> None:
    """Approved regions; a correction is a revision. 导入区域节能审查批复"""
    with intensity_desk(config) as desk:
        read = desk.intake.regions(person(), sheet(file), dry_run=dry_run)
    refuse(file, read.errors)
    look_at(read.flags)
    typer.echo(f"{len(read.entries)} 个区域 regions，新增或更正 new or corrected {len(read.written)}")


def _projects(found: tuple[ProjectFollowed, ...], month: str) -> Table:
    table = Table(title=f"节能审查执行情况 energy review  截至 {month}")
    for place, heading in enumerate(
        (
            "项目",
            "企业",
            "名称",
            "口径",
            "批复 tce",
            "推算全年 tce",
            "占比",
            "月份",
            "能效 tce/万元",
            "批复能效",
            "应单独审查",
            "状态",
        )
    ):
        table.add_column(heading, justify="left" if place < 4 else "right")
    for each in found:
        floor = "（仅电力）" if each.electricity_only else ""
        needed = {True: "是", False: "否", None: "—"}[each.needed_review]
        table.add_row(
            each.project.id,
            each.enterprise_name,
            each.project.name,
            each.basis.name_zh,
            number(each.approved_tce, 2),
            f"{number(each.run_rate_tce.value, 2)}{floor}",
            "—" if each.share is None else f"{each.share:.1%}",
            str(each.months),
            number(each.intensity_tce.value, 4),
            number(each.project.intensity_tce, 4),
            f"{needed}（{each.rule_from}起规定）",
            each.state.name_zh,
        )
    return table


def _print_budget(budget: RegionBudget, following: NextProject | None, day: date) -> None:
    region = budget.region
    typer.echo(f"{region.name} {region.document} {region.basis.name_zh} 截至 {budget.month:%Y-%m}")
    typer.echo(f"批复总量 approved {number(region.approved_tce, 2)} tce")
    waiting = "、".join(budget.commitments)
    typer.echo(f"已承诺 committed {number(budget.committed_tce, 2)} tce {waiting}")
    typer.echo(f"近12个月用能 used {number(budget.used_tce.value, 2)} tce {budget.used_tce.reason}")
    typer.echo(
        f"余量 left {number(budget.left_tce.value, 2)} tce，至多 at most {number(budget.at_most_left_tce, 2)} tce"
    )
    typer.echo(f"承诺备案 {'可用' if budget.open else '不可用（批复不在有效期内）'}")
    if following is not None:
        typer.echo(f"拟新上项目（{day}规定）: {following.route.name_zh}，{following.reason}")
