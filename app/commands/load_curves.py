"""``load write-curves``: what the analyses say of every site as rows of the store, for Grafana. 写入分析曲线"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer

from app.adapters import open_ledger, open_store
from app.analyses import Shown
from app.clock import SystemClock
from app.commands.load import app
from app.commands.options import Config, actor, settings_from
from app.wiring import open_site_curves
from domain.people import Principal, Role


@app.command("write-curves")
def write_curves(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The last day that ended. 截止日")],
    config: Config = None,
) -> None:
    """Shapes, cooling, potential and baselines for Grafana; a running server does so each night. 写入分析曲线"""
    settings, clock = settings_from(config), SystemClock()
    with closing(open_ledger(settings.ledger, clock)) as ledger, closing(open_store(settings.store)) as store:
        curves = open_site_curves(settings, store, ledger, clock)
        with Shown() as shown:
            outcome = curves.write(Principal(actor(), Role.ADMINISTRATOR), day.date(), shown)
    typer.echo(f"{outcome.body['rows']} 行 rows")
