"""``dr``: demand response from the gap to the settlement. 需求响应"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.schemas.dr import DrillIn, EventIn, EventOut, MoveIn
from app.commands import dr_tables as show
from app.commands.options import AsJson, Config, actor, print_json, settings_from
from app.dr_local import DrAnswers, dr_answers
from config.settings import Settings
from domain.dr import EventKind
from domain.dr_states import EventState, Move
from domain.errors import Invalid

app = typer.Typer(help="Demand response: invite, follow, settle, prove. 需求响应", no_args_is_help=True)
EventId = Annotated[str, typer.Argument(help="As in 2026-07-28-1. 事件编号")]
Officer = Annotated[
    str, typer.Option("--officer", help="Who confirms that notices leave; not needed in a drill. 确认人")
]
Reason = Annotated[str, typer.Option("--reason", help="Why. 原因")]


@contextmanager
def asked(config: Path | None, officer: str = "") -> Iterator[tuple[DrAnswers, Settings]]:
    settings = settings_from(config)
    with dr_answers(settings, officer or actor()) as answers:
        yield answers, settings


def tell(event: EventOut, as_json: bool) -> None:
    if as_json:
        print_json(event)
    else:
        show.event(event)


def _instant(text: str, settings: Settings) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not an instant such as 2026-07-28T14:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=settings.district.zone)


@app.command("list")
def list_events(as_json: AsJson = False, config: Config = None) -> None:
    """Events, the newest first. 事件列表"""
    with asked(config) as (dr, _):
        found = dr.events()
    if as_json:
        print_json(found)
    else:
        show.events(found)


@app.command("show")
def show_event(event: EventId, as_json: AsJson = False, config: Config = None) -> None:
    """One event with those who take part. 查看"""
    with asked(config) as (dr, _):
        tell(dr.event(event), as_json)


@app.command()
def create(
    programme: Annotated[str, typer.Option("--programme", help="Id of programmes.toml. 项目")],
    start: Annotated[str, typer.Option("--start", help="As 2026-07-28T14:00. 开始")],
    end: Annotated[str, typer.Option("--end", help="As 2026-07-28T16:00. 结束")],
    target_kw: Annotated[float, typer.Option("--target-kw", help="What is asked for in all. 目标")],
    title: Annotated[str, typer.Option("--title", help="标题")] = "",
    document: Annotated[str, typer.Option("--document", help="Number of the province's document. 文号")] = "",
    mirrored: Annotated[bool, typer.Option("--mirrored", help="The province's event. 省级事件")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="A drill, printed on every message. 演练")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Draft an event. 新建"""
    with asked(config) as (dr, settings):
        if target_kw <= 0:
            raise Invalid("目标应大于 0 kW / the target must be above 0 kW")
        body = EventIn(
            kind=EventKind.MIRRORED if mirrored else EventKind.LOCAL,
            programme=programme,
            start=_instant(start, settings),
            end=_instant(end, settings),
            target_kw=target_kw,
            title=title,
            document=document,
            drill=drill,
        )
        tell(dr.create(body), as_json)


@app.command()
def drill(
    programme: Annotated[str, typer.Option("--programme", help="Id of programmes.toml. 项目")],
    target_kw: Annotated[
        float | None, typer.Option("--target-kw", min=1, help="None: what the next gap asks for. 目标，不填取缺口")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Begin a drill; a running server takes it from the gap to the settlement by itself. 一键演练"""
    with asked(config) as (dr, _):
        tell(dr.drill(DrillIn(programme=programme, target_kw=target_kw)), as_json)


@app.command()
def choose(
    event: EventId,
    enterprise: Annotated[
        list[str] | None, typer.Option("--enterprise", help="Repeat; E001, or E001:330201; none: by potential. 企业")
    ] = None,
    look: Annotated[bool, typer.Option("--look", help="Only show who could be asked. 仅查看")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Choose the enterprises, by potential or by name. 选择企业"""
    with asked(config) as (dr, _):
        if look:
            found = dr.candidates(event)
            if as_json:
                print_json(found)
            else:
                show.candidates(found)
            return
        tell(dr.move(event, moved(dr, event, Move.CHOOSE, enterprises=enterprise)), as_json)


@app.command()
def invite(event: EventId, officer: Officer = "", as_json: AsJson = False, config: Config = None) -> None:
    """Freeze the baselines and send the invitations. 邀约"""
    with asked(config, officer) as (dr, _):
        tell(dr.move(event, moved(dr, event, Move.INVITE, officer=officer)), as_json)


@app.command()
def close(event: EventId, officer: Officer = "", as_json: AsJson = False, config: Config = None) -> None:
    """Close the invitations: clear, and confirm where an officer is named or it is a drill. 出清、确认"""
    with asked(config, officer) as (dr, _):
        found = dr.event(event)
        if found.state is not EventState.CLEARED:
            found = dr.move(event, moved(dr, event, Move.CLEAR))
        if officer or found.drill:
            found = dr.move(event, moved(dr, event, Move.CONFIRM, officer=officer))
        tell(found, as_json)


@app.command()
def cancel(
    event: EventId, reason: Reason, officer: Officer = "", as_json: AsJson = False, config: Config = None
) -> None:
    """Call it off and tell everybody. 取消"""
    with asked(config, officer) as (dr, _):
        tell(dr.move(event, moved(dr, event, Move.CANCEL, reason=reason, officer=officer)), as_json)


@app.command()
def status(event: EventId, as_json: AsJson = False, config: Config = None) -> None:
    """How it goes: each against its promise, and whom to call. 执行进度"""
    with asked(config) as (dr, _):
        found = dr.pace(event)
    if as_json:
        print_json(found)
    else:
        show.pace(found)


@app.command()
def remind(
    event: EventId,
    enterprise: Annotated[
        list[str] | None, typer.Option("--enterprise", help="Repeat; E001, or E001:330201; none: rescue list. 企业")
    ] = None,
    officer: Officer = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Tell who is behind its promise how much is missing. 催促"""
    with asked(config, officer) as (dr, _):
        move = moved(dr, event, Move.REMIND, officer=officer, enterprises=enterprise)
        tell(dr.move(event, move), as_json)


def moved(
    dr: DrAnswers,
    event: str,
    move: Move,
    *,
    officer: str = "",
    reason: str = "",
    enterprises: list[str] | None = None,
) -> MoveIn:
    return MoveIn(
        move=move,
        version=dr.event(event).version,
        confirm=bool(officer),
        officer=officer,
        reason=reason,
        enterprises=enterprises or None,
    )
