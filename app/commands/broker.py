"""``yingfeng broker``: who may say and hear what at the broker, as files made from the registry."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, get_args

import typer

from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.options import Config, settings_from
from domain.errors import Invalid
from domain.instants import local_date
from ingest.access.files import PASSWORDS, Broker, Wishes, Written, write_access

app = typer.Typer(no_args_is_help=True, help="Access files of the broker. 消息服务器的访问控制")


@app.callback()
def root() -> None:
    """Keeps ``broker files`` a command of a group."""


@app.command()
def files(
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder of the files; run again on it. 目录")],
    broker: Annotated[str, typer.Option("--broker", help="mosquitto or emqx.")] = "mosquitto",
    certificates: Annotated[
        bool, typer.Option("--certificates", help="Also an own authority and a certificate for each user. 证书")
    ] = False,
    requests_only: Annotated[
        bool, typer.Option("--requests-only", help="Keys and requests, to be signed by another authority. 仅申请")
    ] = False,
    server_name: Annotated[
        list[str] | None, typer.Option("--server-name", help="Host name or address of the broker; repeat it. 主机名")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long certificates hold. 有效天数")] = 825,
    renew: Annotated[
        list[str] | None, typer.Option("--renew", help="User that gets a new password; repeat it.")
    ] = None,
    renew_all: Annotated[bool, typer.Option("--renew-all", help="New passwords for everybody. 全部更换")] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Print new passwords once instead of writing them (0600). 仅显示一次")
    ] = False,
    with_replay: Annotated[
        bool, typer.Option("--with-replay", help="Also a user that may publish as every meter, for trials. 回放用户")
    ] = False,
    config: Config = None,
) -> None:
    """Access list, passwords and certificates from the registry; existing passwords are kept. 生成访问控制文件"""
    if broker not in get_args(Broker):
        raise Invalid(f"--broker {broker!r} must be mosquitto or emqx")
    settings, clock = settings_from(config), SystemClock()
    with closing(open_ledger(settings.ledger, clock)) as ledger:
        view = ledger.registry.registry().view(local_date(clock.now(), settings.district.zone))
    wishes = Wishes(
        broker=broker,  # type: ignore[arg-type]
        certificates=certificates or requests_only,
        requests_only=requests_only,
        server_names=tuple(server_name or ()),
        days=days,
        renew=tuple(renew or ()),
        renew_all=renew_all,
        keep_clear=not show,
        replay=with_replay,
    )
    _tell(write_access(out, view, settings.district.id, wishes, now=clock.now()), out, broker, show=show)


def _tell(written: Written, out: Path, broker: str, *, show: bool) -> None:
    typer.echo(
        f"{written.users} 用户 users · 新密码 new passwords {len(written.made)} · "
        f"新证书 new certificates {len(written.certificates)} · 撤销 removed {len(written.removed)}"
    )
    typer.echo(f"改动 changed: {', '.join(written.changed) or '无 nothing'}")
    if written.removed:
        typer.echo(f"已撤销 access ended: {', '.join(written.removed)}")
    if written.made and show:
        typer.echo("新密码只显示这一次 new passwords, shown only now:")
        for user, password in sorted(written.made.items()):
            typer.echo(f"{user},{password}")
    elif written.made:
        typer.echo(f"新密码 new passwords: {out / PASSWORDS} (0600)；分发后请删除 delete it once they are handed out")
    reload = "kill -HUP <mosquitto>" if broker == "mosquitto" else "docs/broker-security.md (EMQX)"
    if written.changed:
        typer.echo(f"使其生效 to take effect: {reload}")
