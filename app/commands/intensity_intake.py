"""``intensity import-...``: statements, value added and the list above scale. 能耗数据导入"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.commands.intensity import app, intensity_desk
from app.commands.options import Config, actor
from app.commands.sheets import DryRun, File, look_at, refuse, sheet
from domain.energy import PriceBasis
from domain.people import Principal, Role
from storage.output_files import Prices
from storage.sheet_cells import CellError

Cumulative = Annotated[bool, typer.Option("--cumulative", help="Figures are sums since January. 表中为累计数")]
Estimate = Annotated[
    bool,
    typer.Option("--estimate-months", help="Split what holds several months by days, marked as an estimate. 估算单月"),
]


@app.command("import-energy")
def import_energy(
    file: File,
    cumulative: Cumulative = False,
    estimate: Estimate = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Energy statements of enterprises by month and carrier; a corrected figure is a revision. 导入能源报表"""
    with intensity_desk(config) as desk:
        read = desk.intake.energy(person(), sheet(file), cumulative=cumulative, estimate=estimate, dry_run=dry_run)
    _told(file, read.errors, read.flags, len(read.entries), None if dry_run else len(read.written))


@app.command("import-output")
def import_output(
    file: File,
    price: Annotated[
        PriceBasis | None, typer.Option("--price", help="Of rows that name none. 未注明时的价格类型")
    ] = None,
    base_year: Annotated[int | None, typer.Option("--base-year", help="Of constant prices. 可比价基年")] = None,
    cumulative: Cumulative = False,
    estimate: Estimate = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Value added of enterprises by month, with its price basis and real growth. 导入增加值"""
    prices = Prices(price, base_year)
    with intensity_desk(config) as desk:
        read = desk.intake.output(
            person(), sheet(file), prices=prices, cumulative=cumulative, estimate=estimate, dry_run=dry_run
        )
    _told(file, read.errors, read.flags, len(read.entries), None if dry_run else len(read.written))


@app.command("import-scope")
def import_scope(
    file: File,
    year: Annotated[int, typer.Option("--year", help="Of the list. 名录年份")],
    whole: Annotated[bool, typer.Option("--whole", help="Who is not in the file has left. 全部名录")] = False,
    dry_run: DryRun = False,
    config: Config = None,
) -> None:
    """Which enterprises are above scale in a year. 导入规上名录"""
    with intensity_desk(config) as desk:
        read = desk.intake.scope(person(), sheet(file), year, whole=whole, dry_run=dry_run)
    refuse(file, read.errors)
    look_at(read.flags)
    done = "试读，未写入 nothing was written" if dry_run else "已写入 written"
    typer.echo(f"{year}年规上 {read.listed} 家，新增 joined {len(read.joined)}，退出 left {len(read.left)}，{done}")
    for told, names in (("新增 joined", read.joined), ("退出 left", read.left)):
        if names:
            typer.echo(f"{told}: {' '.join(names)}")


def person() -> Principal:
    return Principal(actor(), Role.ADMINISTRATOR)


def _told(file: Path, errors: Sequence[CellError], flags: Sequence[CellError], rows: int, written: int | None) -> None:
    refuse(file, errors)
    look_at(flags)
    told = f"{rows} 行 rows"
    typer.echo(told if written is None else f"{told}，新增或更正 new or corrected {written}")
