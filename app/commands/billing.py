"""``yingfeng billing``: the power company's monthly statements against what the meters measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.billing import ComparedList, ComparedOut
from app.adapters import open_ledger, open_store
from app.clock import SystemClock
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from app.local_server import running_server
from app.wiring import open_billing, open_histories, open_questions
from config.settings import Settings
from domain.billing import parse_month
from domain.errors import Invalid, Unavailable
from domain.people import SYSTEM
from monitor.billing import BillingQuestions
from response.billing_sheet import BASES, VERDICTS, billing_sheet
from storage.billing_files import import_billing
from storage.sheet_files import SheetFile

app = typer.Typer(no_args_is_help=True, help="Monthly statements against metered energy. 账单比对")
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Excel (.xlsx, .xls) or CSV. 账单文件")]
MONTH = "--month"


@app.command("import")
def import_(
    file: File,
    month: Annotated[str | None, typer.Option(MONTH, help="Of rows that name none: 2026-07. 月份")] = None,
    source: Annotated[str, typer.Option("--source", help="The document; default the file's name. 来源")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check; write nothing. 试读")] = False,
    config: Config = None,
) -> None:
    """Enter billed kWh and maximum demand of accounts; a correction is a new revision. 导入账单"""
    settings = settings_from(config)
    with closing(open_ledger(settings.ledger, SystemClock())) as ledger:
        read = import_billing(
            ledger.billing,
            ledger.registry.registry(),
            actor(),
            SheetFile(file.name, file.read_bytes()),
            source=source,
            month=parse_month(month) if month else None,
            dry_run=dry_run,
        )
    for error in read.errors:
        typer.echo(str(error), err=True)
    if read.errors:
        raise Invalid(f"{len(read.errors)} 处错误，未写入 / {len(read.errors)} mistakes, nothing was written")
    for each in read.months if dry_run else ():
        energy = "—" if each.energy_kwh is None else f"{each.energy_kwh:,.0f} kWh"
        demand = "—" if each.maximum_kw is None else f"{each.maximum_kw:,.1f} kW"
        typer.echo(f"{each.account}  {each.first} - {each.last}  {energy}  {demand}")
    done = "可以写入 can be written" if dry_run else "已写入 written"
    typer.echo(f"{len(read.months)} 户 accounts {done}")


@app.command()
def compare(
    month: Annotated[str, typer.Option(MONTH, help="2026-07. 月份")],
    as_json: AsJson = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", dir_okay=False, help="Write the sheet here. 导出")] = None,
    config: Config = None,
) -> None:
    """Billed against metered: deviations, what they stand on, and the likely cause first. 账单比对"""
    settings = settings_from(config)
    chosen = parse_month(month)
    try:
        with _desk(settings) as desk:
            found = desk.compare(SYSTEM, chosen)
            if xlsx is not None:
                xlsx.write_bytes(billing_sheet(chosen, found))
            answer = ComparedList(month=chosen, items=[ComparedOut.of(each) for each in found])
    except Unavailable:
        server = running_server(settings)
        if server is None or xlsx is not None:
            raise
        answer = ComparedList.model_validate(server.get("billing", month=f"{chosen:%Y-%m}"))
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    _print(answer, chosen)


@contextmanager
def _desk(settings: Settings) -> Iterator[BillingQuestions]:
    clock = SystemClock()
    with closing(open_store(settings.store)) as store, closing(open_ledger(settings.ledger, clock)) as ledger:
        histories = open_histories(settings, store, ledger, clock)
        questions = open_questions(settings, store, ledger, clock)
        yield open_billing(settings, ledger, histories, questions)


def _print(answer: ComparedList, month: date) -> None:
    if not answer.items:
        typer.echo(f"{month:%Y-%m} 没有账单，请先 yingfeng billing import / no statements; import them first")
        return
    table = Table(title=f"账单比对 billed against metered {month:%Y-%m}")
    for heading in (
        "户号 account",
        "企业",
        "账单 kWh",
        "计量 kWh",
        "偏差",
        "依据 basis",
        "覆盖",
        "账单 kW",
        "计量 kW",
        "偏差",
    ):
        table.add_column(heading, justify="left" if heading in ("户号 account", "企业", "依据 basis") else "right")
    table.add_column("结论与可能原因 verdict and likely causes")
    bases, verdicts = {str(k): v[0] for k, v in BASES.items()}, {str(k): v[0] for k, v in VERDICTS.items()}
    for each in answer.items:
        causes = "；".join(f"{cause.text_zh} {cause.text_en}" for cause in each.causes)
        table.add_row(
            each.account,
            each.name,
            _figure(each.billed_kwh),
            _figure(each.metered_kwh),
            _share(each.energy_deviation),
            bases[each.basis],
            f"{each.coverage:.1%}",
            _figure(each.billed_kw),
            _figure(each.metered_kw),
            _share(each.demand_deviation),
            f"{verdicts[each.verdict]}  {causes}",
        )
    terminal().print(table)


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:+.1%}"
