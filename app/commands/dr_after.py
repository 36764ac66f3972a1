"""``dr``: after the event: settle, publish, finish, export, and proving an evidence pack. 核算、公示、结算、校验"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.schemas.dr_settlement import CheckOut
from app.commands import dr_tables as show
from app.commands.dr import EventId, Reason, app, asked, moved, tell
from app.commands.options import AsJson, Config, print_json
from app.commands.papers import FORMS, write
from domain.dr_states import Move
from domain.errors import InsufficientData, Invalid
from response.dr.archive import KINDS
from response.dr.evidence_check import check


@app.command()
def settle(event: EventId, reason: Reason = "", as_json: AsJson = False, config: Config = None) -> None:
    """Verify on the frozen baselines; a re-run needs its reason and is a revision. 核算"""
    with asked(config) as (dr, _):
        dr.move(event, moved(dr, event, Move.VERIFY, reason=reason))
        found = dr.settlements(event)
    if as_json:
        print_json(found)
    else:
        show.settlement(found)
    if any(row.validity in ("incomplete", "no_baseline") for row in found.items[-1].items):
        raise InsufficientData(
            "部分企业数据不足，补采后重新核算 / some enterprises lack data; settle again when it came"
        )


@app.command()
def publish(event: EventId, as_json: AsJson = False, config: Config = None) -> None:
    """Publish the newest verification; objections are open from here. 公示"""
    with asked(config) as (dr, _):
        tell(dr.move(event, moved(dr, event, Move.PUBLISH)), as_json)


@app.command()
def finish(event: EventId, as_json: AsJson = False, config: Config = None) -> None:
    """Settle once every objection is answered. 结算"""
    with asked(config) as (dr, _):
        tell(dr.move(event, moved(dr, event, Move.SETTLE)), as_json)


@app.command()
def export(
    event: EventId,
    to: Annotated[Path, typer.Option("--to", help="Folder. 目录")] = Path(),
    config: Config = None,
) -> None:
    """核算表, 公示表 and 申诉记录 as docx and xlsx, and the evidence pack. 导出"""
    to.mkdir(parents=True, exist_ok=True)
    with asked(config) as (dr, _):
        files = {f"{event}-{kind}.{form}": dr.paper(event, kind, form) for kind in KINDS for form in FORMS}
        files[f"{event}-evidence.zip"] = dr.evidence(event)
    for name, content in files.items():
        write(to / name, content)


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="An evidence pack. 证据包")],
    root: Annotated[str | None, typer.Option("--root", help="SHA-256 printed on the signed paper. 根校验值")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute every figure of an evidence pack again, and name what was altered. 校验证据包"""
    try:
        content = bundle.read_bytes()
    except OSError as error:
        raise Invalid(f"{bundle} cannot be read: {error.strerror}") from error
    found = check(content, root=root)
    out = CheckOut.of(found)
    if as_json:
        print_json(out)
    else:
        show.checked(out)
    if not found.sound:
        raise Invalid("证据包不可信 / the evidence pack is not sound")
