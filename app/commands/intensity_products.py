"""``intensity products``: products of a file against their quota standards. 单位产品能耗限额"""

from __future__ import annotations

import typer
from pydantic import TypeAdapter

from app.commands.intensity import app, intensity_desk
from app.commands.intensity_tables import product_table
from app.commands.options import AsJson, Config, terminal
from app.commands.sheets import File, look_at, refuse, sheet
from domain.people import SYSTEM
from response.intensity.products import ProductJudged


@app.command()
def products(file: File, config: Config = None, as_json: AsJson = False) -> None:
    """Quantities of products against 标杆 and 基准 levels; nothing is written. 单位产品能耗对标"""
    with intensity_desk(config) as desk:
        answer = desk.products.judge(SYSTEM, sheet(file))
    refuse(file, answer.errors)
    look_at(answer.flags)
    found = answer.products
    if as_json:
        typer.echo(TypeAdapter(tuple[ProductJudged, ...]).dump_json(found, indent=2))
        return
    terminal().print(product_table(found))
    for source in dict.fromkeys(each.source for each in found if each.source):
        typer.echo(f"来源 source: {source}")
