"""``intensity write-months``: the figures of months as rows of the store, for Grafana. 写入月度指标"""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from app.adapters import open_ledger, open_store
from app.analyses import Shown
from app.clock import SystemClock
from app.commands.intensity import app
from app.commands.options import Config, actor, settings_from
from app.wiring import open_intensity, open_intensity_curves
from domain.months import parse_month
from domain.people import Principal, Role


@app.command("write-months")
def write_months(
    first: Annotated[str, typer.Option("--from", help="First month, as in 2026-01. 起始月份")],
    last: Annotated[str | None, typer.Option("--to", help="Last month, included. 截止月份")] = None,
    config: Config = None,
) -> None:
    """Write the figures of months for Grafana; a running server does so each night for the last thirteen."""
    settings, clock = settings_from(config), SystemClock()
    begin = parse_month(first)
    with closing(open_ledger(settings.ledger, clock)) as ledger, closing(open_store(settings.store)) as store:
        curves = open_intensity_curves(settings, store, ledger, open_intensity(settings, store, ledger, clock))
        who = Principal(actor(), Role.ADMINISTRATOR)
        with Shown() as shown:
            outcome = curves.write(who, begin, parse_month(last) if last else begin, shown)
    typer.echo(f"{outcome.body['rows']} 行 rows")
