"""``profile``: one page about an enterprise for a visit, as Word. 企业用电画像"""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.adapters import open_ledger, open_store
from app.clock import SystemClock
from app.commands.options import Config, settings_from
from app.commands.papers import form_of, write
from app.commands.potential import day_of
from app.local_server import running_server
from app.wiring import open_profiles
from config.settings import Settings
from domain.errors import Unavailable
from domain.ids import EnterpriseId
from domain.people import SYSTEM


def profile(
    enterprise: Annotated[str, typer.Argument(help="Id of the enterprise. 企业编号")],
    out: Annotated[Path, typer.Option("--out", help="File to write, .docx. 文件")],
    day: Annotated[str | None, typer.Option("--day", help="As of this day; today if left out. 日期")] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Contacts in full; it is recorded. 显示电话")] = False,
    config: Config = None,
) -> None:
    """One page for a visit: registry, figures, typical days, potential by hour, last events. 企业用电画像"""
    form_of(out, ("docx",))
    write(out, _page(settings_from(config), enterprise, day_of(day) if day else None, reveal=reveal))


def _page(settings: Settings, enterprise: str, day: date | None, *, reveal: bool) -> bytes:
    try:
        store = open_store(settings.store)
    except Unavailable:
        server = running_server(settings)
        if server is None:
            raise
        query = {"reveal": str(reveal).lower()} | ({} if day is None else {"day": day.isoformat()})
        return server.get_bytes(f"enterprises/{enterprise}/profile", **query)
    clock = SystemClock()
    with closing(store), closing(open_ledger(settings.ledger, clock)) as ledger:
        desk = open_profiles(settings, store, ledger, clock)
        return desk.docx(SYSTEM, EnterpriseId(enterprise), day, reveal=reveal)


def register(app: typer.Typer) -> None:
    app.command()(profile)
