"""``dr contracts|import-contracts|import-official|grants|objections|object|answer``: the records beside an event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.dr_records import ContractList, ContractOut, GrantList
from api.schemas.dr_settlement import AnswerIn, ObjectionIn, ObjectionList
from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.dr import EventId, app, asked
from app.commands.options import AsJson, Config, actor, print_json, settings_from, terminal
from app.commands.papers import form_of, write
from app.commands.sheets import DryRun, File, refuse, sheet
from app.dr import open_records
from domain.people import Principal, Role
from response.dr.records import RecordDesk

Source = Annotated[str, typer.Option("--source", help="Number of the document; the file's name if left out. 文号")]
Year = Annotated[int, typer.Argument(min=2000, max=2100, help="Such as 2026. 年份")]


@contextmanager
def _records(config: Path | None) -> Iterator[tuple[RecordDesk, Principal]]:
    """The ledger alone: a running server keeps the store, and is not in the way."""
    settings, clock = settings_from(config), SystemClock()
    with closing(open_ledger(settings.ledger, clock, settings.district.zone)) as ledger:
        yield open_records(settings, ledger, clock), Principal(actor(), Role.ADMINISTRATOR)


@app.command()
def contracts(
    day: Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Today if left out. 日期")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Contracts of accounts in force. 合同"""
    with _records(config) as (records, who):
        found = records.contracts(who, None if day is None else day.date())
    if as_json:
        print_json(ContractList(items=[ContractOut.of(each) for each in found]))
        return
    table = Table("account 户号", "programme 项目", "kW", "from 起", "to 止", "aggregator 聚合商", "number 合同号")
    for each in found:
        kw, until = f"{each.contracted_kw:,.0f}", str(each.valid_to or "—")
        table.add_row(each.account, each.programme, kw, str(each.valid_from), until, each.aggregator, each.number)
    terminal().print(table)


@app.command("import-contracts")
def import_contracts(
    file: File,
    programme: Annotated[str, typer.Option("--programme", help="Id of programmes.toml. 项目")],
    source: Source = "",
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Contracts from Excel or CSV: 户号, 约定容量, 合同起 (止, 聚合商, 合同编号). 导入合同"""
    with _records(config) as (records, who):
        taken = records.take_contracts(who, sheet(file), programme, source=source, dry_run=dry_run)
    refuse(file, taken.read.errors)
    _told(len(taken.read.rows), written=taken.written)


@app.command("import-official")
def import_official(
    event: EventId, file: File, source: Source = "", dry_run: DryRun = False, config: Config = None
) -> None:
    """The province's figures of an event: 户号, 申报, 出清, 核定 kW, 核定电量. 导入省级结果"""
    with _records(config) as (records, who):
        taken = records.take_official(who, event, sheet(file), source=source, dry_run=dry_run)
    refuse(file, taken.read.errors)
    _told(len(taken.read.rows), written=taken.written)


@app.command()
def grants(
    year: Year,
    out: Annotated[Path | None, typer.Option("--out", help="The payment list as .docx or .xlsx. 发放清单")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """The district's own subsidy on official energy, capped by year. 区级补贴"""
    with asked(config) as (dr, _):
        if out is not None:
            write(out, dr.grants_paper(year, form_of(out)))
            return
        found = dr.grants(year)
    if as_json:
        print_json(found)
    else:
        _show_grants(found)


@app.command()
def objections(event: EventId, as_json: AsJson = False, config: Config = None) -> None:
    """Objections to the published figures, and their answers. 申诉记录"""
    with asked(config) as (dr, _):
        found = dr.objections(event)
    if as_json:
        print_json(found)
    else:
        _show_objections(found)


@app.command("object")
def object_to(
    event: EventId,
    enterprise: Annotated[str, typer.Option("--enterprise", help="Who objects. 企业")],
    text: Annotated[str, typer.Option("--text", help="What it says. 内容")],
    config: Config = None,
) -> None:
    """Record an objection made by an enterprise. 登记申诉"""
    with asked(config) as (dr, _):
        _show_objections(dr.object(event, ObjectionIn(enterprise=enterprise, text=text)))


@app.command("answer")
def answer(
    event: EventId,
    objection: Annotated[int, typer.Argument(min=1, help="Its number. 申诉编号")],
    text: Annotated[str, typer.Option("--text", help="The answer. 答复")],
    config: Config = None,
) -> None:
    """Answer an objection; none may be open when the event is settled. 答复申诉"""
    with asked(config) as (dr, _):
        _show_objections(dr.answer(event, objection, AnswerIn(text=text)))


def _told(rows: int, *, written: bool) -> None:
    typer.echo(f"{rows} 行 rows, " + ("已写入 written" if written else "试读，未写入 nothing was written"))


def _show_grants(found: GrantList) -> None:
    table = Table(
        "event 事件",
        "enterprise 企业",
        "核定 kWh",
        "应发 asked 元",
        "实发 paid 元",
        title=f"{found.year} 区级补贴 subsidy",
    )
    for each in found.items:
        table.add_row(
            each.event, each.name, f"{each.verified_kwh:,.1f}", f"{each.asked_yuan:,.2f}", f"{each.paid_yuan:,.2f}"
        )
    terminal().print(table)
    typer.echo(f"按比例 share {found.share:.1%}, 年度上限 cap {found.cap_yuan:,.0f} 元 yuan")
    if found.missing:
        typer.echo("尚无核定电量 no official energy yet: " + ", ".join(found.missing))


def _show_objections(found: ObjectionList) -> None:
    table = Table("no. 编号", "enterprise 企业", "text 内容", "raised 时间", "answer 答复")
    for each in found.items:
        table.add_row(str(each.id), each.enterprise, each.text, f"{each.raised_at:%Y-%m-%d %H:%M}", each.answer or "—")
    terminal().print(table)
