"""``yingfeng orderly``: plans, lists, orders and their execution. 有序用电"""

from __future__ import annotations

import typer

from app.commands import orderly_plan

app = typer.Typer(no_args_is_help=True, help="Orderly power use. 有序用电")
app.add_typer(orderly_plan.app, name="plan")
