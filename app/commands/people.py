"""``user``: accounts from the command line, for the first administrator and for emergencies."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.table import Table

from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from domain.errors import Invalid
from domain.ids import parse_enterprise_id
from domain.people import Role
from storage.ledger_ports import Ledger

app = typer.Typer(no_args_is_help=True, help="Accounts of people. 用户管理")
Name = Annotated[str, typer.Argument(help="User name. 用户名")]


@contextmanager
def _ledger(config: Config) -> Iterator[Ledger]:
    with closing(open_ledger(settings_from(config).ledger, SystemClock())) as ledger:
        yield ledger


def _password() -> str:
    """From YINGFENG_NEW_PASSWORD, from a pipe, or asked twice on a terminal."""
    given = os.environ.get("YINGFENG_NEW_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password 密码: ")
    if first != getpass.getpass("Again 再次输入: "):
        raise Invalid("the two passwords differ")
    return first


@app.command("list")
def list_users(config: Config = None, as_json: AsJson = False) -> None:
    """List the accounts. 列出用户"""
    with _ledger(config) as ledger:
        users = ledger.people.users()
    if as_json:
        rows = [{"name": u.name, "role": u.role, "enterprise": u.enterprise, "active": u.active} for u in users]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not users:
        typer.echo("no accounts yet; create one: yingfeng user create NAME --role administrator")
        return
    table = Table("user 用户", "role 角色", "enterprise 企业", "active 启用")
    for user in users:
        table.add_row(user.name, str(user.role), user.enterprise or "", "yes" if user.active else "no")
    terminal().print(table)


@app.command()
def create(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account may do. 角色")],
    enterprise: Annotated[str | None, typer.Option(help="For role enterprise: its id. 企业编号")] = None,
    config: Config = None,
) -> None:
    """Create an account; asks for the password. 新建用户"""
    with _ledger(config) as ledger:
        owner = parse_enterprise_id(enterprise) if enterprise else None
        ledger.people.create_user(actor(), name, _password(), role, owner)
    typer.echo(f"{name} ({role}) created 已创建")


@app.command()
def password(name: Name, config: Config = None) -> None:
    """Set a new password. 重置密码"""
    with _ledger(config) as ledger:
        ledger.people.set_password(actor(), name, _password())
    typer.echo(f"{name}: password changed 密码已更新")


@app.command()
def disable(name: Name, config: Config = None) -> None:
    """Switch an account off; undo with enable. 停用用户"""
    with _ledger(config) as ledger:
        ledger.people.set_active(actor(), name, active=False)
    typer.echo(f"{name} disabled 已停用")


@app.command()
def enable(name: Name, config: Config = None) -> None:
    """Switch an account on again. 启用用户"""
    with _ledger(config) as ledger:
        ledger.people.set_active(actor(), name, active=True)
    typer.echo(f"{name} enabled 已启用")
