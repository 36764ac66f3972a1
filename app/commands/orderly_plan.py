"""``yingfeng orderly plan``: import, check, approve, export, diff, draft. 有序用电方案"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.orderly_plans import (
    ApprovalIn,
    PlanChangeOut,
    PlanChanges,
    PlanCheckOut,
    PlanFindingOut,
    PlanImportOut,
    PlanList,
    PlanOut,
)
from app.commands.options import AsJson, Config, settings_from, terminal
from app.commands.orderly_answers import asked, officer
from app.commands.papers import write
from config.settings import Settings
from domain.errors import Invalid
from domain.orderly import Plan
from response.orderly.desk import OrderlyDesk
from storage.sheet_cells import CellError
from storage.sheet_files import SheetFile

app = typer.Typer(no_args_is_help=True, help="The yearly plan. 年度方案")
PlanId = Annotated[str, typer.Argument(help="As 2026-1. 方案编号")]
Year = Annotated[int, typer.Option("--year", min=2000, max=2100, help="年度")]
Out = Annotated[Path, typer.Option("--out", dir_okay=False, help="Write the workbook here. 导出到")]


@app.command("list")
def list_(as_json: AsJson = False, config: Config = None) -> None:
    """Every plan, newest version first. 方案列表"""
    settings = settings_from(config)
    answer = asked(
        settings,
        lambda orderly: PlanList(items=[_out(orderly, settings, plan) for plan in orderly.plans.plans(officer())]),
        lambda server: PlanList.model_validate(server.get("orderly/plans")),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("方案", "名称 title", "状态 state", "户数", "合计 kW", "各级累计 cumulative kW", "批准 approved")
    for each in answer.items:
        by = " ".join(f"{letter} {kw:,.0f}" for letter, kw in each.by_level_kw.items())
        approved = f"{each.approved_by} {each.document}"
        table.add_row(each.id, each.title, each.state, str(each.rows), f"{each.total_kw:,.0f}", by, approved)
    terminal().print(table)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Excel or CSV. 方案表")],
    year: Year,
    title: Annotated[str, typer.Option("--title", help="方案名称")] = "",
    cumulative: Annotated[
        bool | None, typer.Option("--cumulative/--per-level", help="Left out: as the workbook says. 累计/逐级")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check. 试读")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Read a plan workbook; every mistake with its cell, then the checks. 导入方案"""
    settings = settings_from(config)
    sheet = SheetFile(file.name, file.read_bytes())

    def here(orderly: OrderlyDesk) -> PlanImportOut:
        read = orderly.plans.take(officer(), sheet, year=year, title=title, cumulative=cumulative, dry_run=dry_run)
        return PlanImportOut.of(read, orderly.plans.levels(year).letters, settings.district.zone)

    query = {"year": str(year), "title": title, "dry_run": str(dry_run).lower()}
    query |= {} if cumulative is None else {"cumulative": str(cumulative).lower()}
    answer = asked(
        settings,
        here,
        lambda server: PlanImportOut.model_validate(
            server.post_file("orderly/plans/import", sheet.name, sheet.content, **query)
        ),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        for told in (*answer.errors, *answer.warnings):
            typer.echo(str(CellError(**told.model_dump())), err=True)
        _print_findings(answer.findings)
    if answer.errors:
        raise Invalid(f"{len(answer.errors)} 处错误，未写入 / {len(answer.errors)} mistakes, nothing was written")
    if not as_json:
        done = "可以写入 can be written" if answer.plan is None else f"已存为 kept as {answer.plan.id}"
        typer.echo(f"{answer.rows} 户 accounts {done}")


@app.command()
def draft(year: Year, config: Config = None) -> None:
    """Draft a plan from the registry and the last year of load. 自动草拟"""
    settings = settings_from(config)
    plan = asked(
        settings,
        lambda orderly: _out(orderly, settings, orderly.plans.draft(officer(), year)),
        lambda server: PlanOut.model_validate(server.post(f"orderly/plans/draft?year={year}")),
    )
    typer.echo(f"{plan.id} {plan.title}: {plan.rows} 户 accounts")
    _print_findings(_checked(settings, plan.id).items)


@app.command()
def check(plan: PlanId, as_json: AsJson = False, config: Config = None) -> None:
    """What is wrong or doubtful; exits 2 while there are errors. 检查"""
    answer = _checked(settings_from(config), plan)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        _print_findings(answer.items)
    if answer.errors:
        raise Invalid(f"{answer.errors} 处错误 / {answer.errors} errors")


@app.command()
def approve(
    plan: PlanId,
    by: Annotated[str, typer.Option("--by", help="Who approves, by name. 批准人")],
    document: Annotated[str, typer.Option("--document", help="The paper. 文号")],
    config: Config = None,
) -> None:
    """Approval by a named officer; refused while a check finds an error. 批准"""
    settings = settings_from(config)
    body = ApprovalIn(officer=by, document=document)
    done = asked(
        settings,
        lambda orderly: _out(
            orderly,
            settings,
            orderly.plans.approve(officer(), plan, officer=body.officer, document=body.document),
        ),
        lambda server: PlanOut.model_validate(server.post(f"orderly/plans/{plan}/approve", body.model_dump())),
    )
    typer.echo(f"{done.id} {done.approved_by} {done.document} 已批准 approved")


@app.command()
def export(plan: PlanId, out: Out, config: Config = None) -> None:
    """The plan as the workbook that import reads. 导出"""
    content = asked(
        settings_from(config),
        lambda orderly: orderly.plans.export(officer(), plan),
        lambda server: server.get_bytes(f"orderly/plans/{plan}/export"),
    )
    write(out, content)


@app.command()
def survey(year: Year, out: Out, config: Config = None) -> None:
    """用电信息调查表 of every enterprise with what is known; plan import reads it back."""
    content = asked(
        settings_from(config),
        lambda orderly: orderly.plans.survey(officer(), year),
        lambda server: server.get_bytes("orderly/survey", year=str(year)),
    )
    write(out, content)


@app.command()
def diff(
    before: PlanId,
    after: Annotated[str, typer.Argument(help="The later one. 后一版")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """What differs between two versions. 比较"""
    answer = asked(
        settings_from(config),
        lambda orderly: PlanChanges(
            before=before,
            after=after,
            items=[PlanChangeOut.of(each) for each in orderly.plans.compare(officer(), before, after)],
        ),
        lambda server: PlanChanges.model_validate(server.get(f"orderly/plans/{before}/compare", other=after)),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("户号", "企业", "栏目 field", before, after)
    for each in answer.items:
        table.add_row(each.account, each.name, each.field or "—", each.before, each.after)
    terminal().print(table)


def _out(orderly: OrderlyDesk, settings: Settings, plan: Plan) -> PlanOut:
    return PlanOut.of(plan, orderly.plans.levels(plan.year).letters, settings.district.zone)


def _checked(settings: Settings, plan: str) -> PlanCheckOut:
    return asked(
        settings,
        lambda orderly: PlanCheckOut.of(plan, orderly.plans.check(officer(), plan)),
        lambda server: PlanCheckOut.model_validate(server.get(f"orderly/plans/{plan}/check")),
    )


def _print_findings(found: list[PlanFindingOut]) -> None:
    words = {"error": "错误 error", "doubt": "存疑 doubt"}
    for each in found:
        where = f"{each.account} {each.name}" if each.account else "方案 plan"
        typer.echo(f"{words[each.weight]}  {where}: {each.text_zh} / {each.text_en}")
