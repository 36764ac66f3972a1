"""``dr review``: a day looked back on. 复盘"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.review import ReviewOut
from app.commands.dr import app, asked
from app.commands.options import AsJson, Config, print_json, terminal
from app.commands.papers import form_of, write
from response.dr.review_moments import KINDS_ZH

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Such as 2026-07-28. 日期")]
Out = Annotated[Path | None, typer.Option("--out", help="Write it as .docx or .xlsx. 导出文件")]


@app.command()
def review(day: Day, out: Out = None, as_json: AsJson = False, config: Config = None) -> None:
    """Load, restored load, steps, notices, answers and alerts of a day, and what was saved. 复盘"""
    with asked(config) as (dr, _):
        if out is not None:
            write(out, dr.review_paper(day.date(), form_of(out)))
            return
        found = dr.review(day.date())
    if as_json:
        print_json(found)
    else:
        _show(day.date(), found)


def _show(day: date, found: ReviewOut) -> None:
    typer.echo(found.text)
    table = Table("time 时间", "kind 类别", "of 编号", "who 对象", "what 内容", title=f"{day} 复盘 review")
    for each in found.moments:
        table.add_row(f"{each.at:%H:%M:%S}", KINDS_ZH[each.what], each.source, each.who, each.text)
    terminal().print(table)
