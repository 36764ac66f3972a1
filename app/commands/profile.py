"""``profile``: one page about an enterprise for a visit, as Word. 企业用电画像"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import Config, settings_from
from app.commands.papers import form_of, write
from app.commands.potential import day_of
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_profiles
from config.settings import Settings
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
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            query = {"reveal": str(reveal).lower()} | ({} if day is None else {"day": day.isoformat()})
            return held.get_bytes(f"enterprises/{enterprise}/profile", **query)
        desk = open_profiles(settings, held.store, held.ledger, held.clock)
        return desk.docx(SYSTEM, EnterpriseId(enterprise), day, reveal=reveal)


def register(app: typer.Typer) -> None:
    app.command()(profile)
