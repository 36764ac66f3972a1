"""``yingfeng orderly energy-quota|energy-quotas``: what may be drawn in a whole day. 电量指标"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.energy_quota import EnergyQuotaBody, EnergyQuotaList, EnergyQuotaOut
from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.options import AsJson, Config, print_json, settings_from, terminal
from app.commands.orderly_answers import officer
from domain.errors import Invalid
from domain.scopes import DISTRICT, Scope
from response.orderly.energy_quotas import EnergyQuotas

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Such as 2026-07-29. 日期")]
Of = Annotated[str, typer.Option("--scope", help="Left out: the district. 范围")]


@contextmanager
def _quotas(config: Path | None) -> Iterator[EnergyQuotas]:
    """The ledger alone: a running server is not in the way."""
    with closing(open_ledger(settings_from(config).ledger, SystemClock())) as ledger:
        yield EnergyQuotas(ledger.orderly)


def energy_quota(
    day: Day,
    mwh: Annotated[float | None, typer.Argument(help="Energy of the whole day. 兆瓦时")] = None,
    source: Annotated[str, typer.Option("--source", help="Number of the document. 文号")] = "",
    scope: Of = str(DISTRICT),
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It holds no more. 撤回")] = False,
    config: Config = None,
) -> None:
    """Enter the energy quota of a day, or withdraw it. 录入电量指标"""
    with _quotas(config) as quotas:
        if withdraw:
            kept = quotas.withdraw(officer(), Scope.parse(scope), day.date())
            typer.echo(f"{kept.scope} {kept.day} 已撤回 withdrawn")
            return
        if mwh is None or not source:
            raise Invalid("须给出兆瓦时和 --source 文号 / give the MWh and the document (--source)")
        body = EnergyQuotaBody(scope=scope, day=day.date(), energy_mwh=mwh, source=source)
        kept = quotas.put(officer(), body.quota())
    typer.echo(f"{kept.scope} {kept.day} {kept.energy_kwh / 1000:,.1f} MWh 已录入 entered, {kept.source}")


def energy_quotas(as_json: AsJson = False, config: Config = None) -> None:
    """Quotas of energy that hold. 电量指标清单"""
    with _quotas(config) as quotas:
        found = quotas.quotas(officer())
    if as_json:
        print_json(EnergyQuotaList(items=[EnergyQuotaOut.of(each) for each in found]))
        return
    table = Table("日期", "范围 scope", "MWh", "文号 document", "录入 by")
    for each in found:
        table.add_row(str(each.day), each.scope, f"{each.energy_kwh / 1000:,.1f}", each.source, each.actor)
    terminal().print(table)


def register(app: typer.Typer) -> None:
    app.command("energy-quota")(energy_quota)
    app.command("energy-quotas")(energy_quotas)
