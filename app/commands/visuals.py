"""``dashboards``: what Grafana lacks, and bringing it there."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.options import Config, settings_from
from dashboards.grafana.provision import apply_dashboards, plan_dashboards

app = typer.Typer(no_args_is_help=True, help="Grafana dashboards as code. Grafana 看板")


@app.command()
def plan(config: Config = None) -> None:
    """Show what apply would change. 预览变更"""
    typer.echo(str(plan_dashboards(settings_from(config))))


@app.command()
def apply(
    config: Config = None,
    renew_secret: Annotated[
        bool, typer.Option("--renew-secret", help="Send the store's password again. 重发密码")
    ] = False,
) -> None:
    """Bring folder, data source and dashboards to Grafana; a second time changes nothing. 应用"""
    typer.echo(str(apply_dashboards(settings_from(config), renew_secret=renew_secret)))
