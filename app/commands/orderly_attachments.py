"""``yingfeng orderly attach|attachments``: the paper of an instruction, the photographs of a visit. 附件"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.attachments import AttachmentList, AttachmentOut
from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.options import AsJson, Config, print_json, settings_from, terminal
from app.commands.orderly_answers import officer
from config.settings import Settings
from domain.attachments import Subject
from response.orderly.attachments import AttachmentDesk

Of = Annotated[str, typer.Argument(help="instruction:7号, visit:ab12ef. 指令文号或走访编号")]
Files = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="PDF, PNG, JPEG, TIFF, WebP, HEIC. 文件")
]


@contextmanager
def _desk(settings: Settings) -> Iterator[AttachmentDesk]:
    """The ledger alone: a running server is not in the way."""
    with closing(open_ledger(settings.ledger, SystemClock())) as ledger:
        yield AttachmentDesk(ledger.attachments, ledger.orderly)


def attach_to(settings: Settings, subject: Subject, files: list[Path]) -> None:
    with _desk(settings) as desk:
        for file in files:
            kept = desk.add(officer(), subject, file.name, file.read_bytes())
            typer.echo(f"{kept.id} {kept.name} {kept.media_type} {kept.digest[:12]}… 已存 kept beside {subject}")


def attach(of: Of, files: Files, config: Config = None) -> None:
    """Keep papers or photographs beside an instruction or a visit. 上传扫描件、照片"""
    attach_to(settings_from(config), Subject.parse(of), files)


def attachments(
    of: Of,
    save: Annotated[
        Path | None, typer.Option("--save", file_okay=False, help="Write them into this folder. 下载到")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Files beside a record. 附件清单"""
    settings = settings_from(config)
    with _desk(settings) as desk:
        found = desk.of(officer(), Subject.parse(of))
        if save is not None:
            save.mkdir(parents=True, exist_ok=True)
            for each in found:
                target = save / f"{each.id}-{each.name}"
                target.write_bytes(desk.read(officer(), each.id)[1])
                typer.echo(target)
            return
    if as_json:
        print_json(AttachmentList(items=[AttachmentOut.of(each, settings.district.zone) for each in found]))
        return
    table = Table("编号", "文件 file", "类型", "字节 bytes", "SHA-256", "登记 by", "时间")
    for each in found:
        at = each.at.astimezone(settings.district.zone)
        size = f"{each.size_bytes:,}"
        table.add_row(
            str(each.id), each.name, each.media_type, size, each.digest[:16], each.actor, f"{at:%Y-%m-%d %H:%M}"
        )
    terminal().print(table)


def withdraw(
    attachment: Annotated[int, typer.Argument(min=1, help="Its number. 附件编号")], config: Config = None
) -> None:
    """It does not belong here: shown no more, kept all the same. 撤回附件"""
    with _desk(settings_from(config)) as desk:
        kept = desk.withdraw(officer(), attachment)
    typer.echo(f"{kept.id} {kept.name} 已撤回 withdrawn by {kept.withdrawn_by}")


def register(app: typer.Typer) -> None:
    app.command("attach")(attach)
    app.command("attachments")(attachments)
    app.command("withdraw-attachment")(withdraw)
