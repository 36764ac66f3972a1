"""``notices``: what was told to whom, why or why not, the contact check and the duty roster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.parameters import span_of
from api.schemas.duty import ContactCheckOut, ContactLineOut, ShiftList, ShiftOut
from api.schemas.notices import NoticeList, NoticeOut, WhyList
from app.adapters import open_ledger
from app.bus import InProcessBus
from app.clock import SystemClock
from app.commands.load import From, To
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from app.delivery import open_notices
from config.settings import Settings
from domain.clock import Clock
from domain.errors import Invalid
from domain.instants import Span, day_span
from domain.notices import Recipient
from domain.people import Principal, Role
from response.delivery.contacts import Contactable, ContactDesk
from response.delivery.desk import NoticeDesk
from response.delivery.duty_desk import DutyDesk
from response.delivery.roster_file import read_roster

app = typer.Typer(no_args_is_help=True, help="What was told to whom, and why (not). 通知与值班")


@dataclass(frozen=True, slots=True)
class _Desks:
    settings: Settings
    clock: Clock
    notices: NoticeDesk
    duty: DutyDesk
    contacts: ContactDesk


@contextmanager
def _desks(config: Path | None) -> Iterator[_Desks]:
    settings, clock = settings_from(config), SystemClock()
    zone = settings.district.zone
    with closing(open_ledger(settings.ledger, clock, zone)) as ledger:
        notices = open_notices(settings, ledger, clock, clock, InProcessBus())
        yield _Desks(
            settings,
            clock,
            notices,
            DutyDesk(ledger.duty, clock, settings.channels),
            ContactDesk(notices, notices.ways, ledger.registry, clock, zone),
        )


def _principal() -> Principal:
    return Principal(actor(), Role.ADMINISTRATOR)


@app.command("list")
def list_notices(
    reference: Annotated[str, typer.Option(help="What they are about, as dr:2026-07-21-1. 事由")] = "",
    recipient: Annotated[str, typer.Option(help="enterprise:ID or user:NAME. 收件人")] = "",
    limit: int = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Notices, newest first, with what became of each. 通知清单"""
    who = Recipient.parse(recipient) if recipient else None
    with _desks(config) as desks:
        page = desks.notices.list(_principal(), reference=reference or None, recipient=who, limit=limit)
        sent = desks.notices.deliveries_of(_principal(), page.items)
        zone = desks.settings.district.zone
    answer = NoticeList(items=[NoticeOut.of(kept, zone) for kept in page.items])
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("at 时间", "id", "to 收件人", "kind 类别", "subject 标题", "messages 各通道")
    for item in answer.items:
        mine = [f"{d.channel or '—'} {d.state}/{d.reason}" for d in sent if d.notice_id == item.id]
        shown = (f"{item.made_at:%m-%d %H:%M}", item.id, item.recipient, item.kind, item.subject[:60], ", ".join(mine))
        table.add_row(*(escape(cell) for cell in shown))
    terminal().print(table)


@app.command()
def why(
    subject: Annotated[str, typer.Argument(help="Id of a notice or of an alert. 通知或告警编号")],
    recipient: Annotated[str, typer.Option(help="enterprise:ID or user:NAME; all when left out. 收件人")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Why was somebody (not) told? 为什么收到或没收到"""
    who = Recipient.parse(recipient) if recipient else None
    with _desks(config) as desks:
        lines = desks.notices.why(_principal(), subject, who)
        answer = WhyList.of_all(lines, desks.settings.district.zone)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table(
        "at 时间", "to 收件人", "channel 通道", "state 状态", "why 原因", "tries 次", "proof 凭据", "note 说明"
    )
    for item in answer.items:
        shown = (
            f"{item.at:%m-%d %H:%M:%S}" if item.at else "—",
            item.recipient,
            f"{item.channel} {item.address}".strip() or "—",
            item.state or "—",
            f"{item.zh}\n{item.en}",
            str(item.attempts),
            item.proof or "—",
            item.note or "—",
        )
        table.add_row(*(escape(cell) for cell in shown))
    terminal().print(table)


@app.command("contact-check")
def contact_check(
    send: Annotated[bool, typer.Option("--send", help="Ask every enterprise to confirm. 向所有企业发送核对")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="With --send: marked as a drill. 标注演练")] = False,
    reference: Annotated[str, typer.Option(help="Of a check that was sent: who answered. 已发送核对的编号")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Which enterprises cannot be reached, before the season. 联系渠道核对"""
    with _desks(config) as desks:
        sent = desks.contacts.send(_principal(), drill=drill) if send else reference or None
        lines = desks.contacts.report(_principal(), sent)
    answer = ContactCheckOut(reference=sent, items=[ContactLineOut.of(line) for line in lines])
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("enterprise 企业", "name 名称", "state 状态", "ways 渠道", "problems 问题")
    for item in answer.items:
        if item.state is not Contactable.REACHABLE or item.problems:
            problems = "\n".join(f"{p.zh} / {p.en}" for p in item.problems)
            shown = (item.enterprise, item.name, item.state, ", ".join(item.ways) or "—", problems or "—")
            table.add_row(*(escape(cell) for cell in shown))
    terminal().print(table)
    lost = sum(item.state is Contactable.UNREACHABLE for item in answer.items)
    typer.echo(
        f"unreachable {lost} of {len(answer.items)} 无法联系 {lost} 户" + (f"; reference {sent}" if sent else "")
    )


@app.command()
def roster(
    file: Annotated[Path | None, typer.Option("--import", help="CSV: 日期,开始,结束,值班人,次序. 导入值班表")] = None,
    first: From = None,
    last: To = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show the duty roster, or replace the days a file covers. 值班表"""
    with _desks(config) as desks:
        zone = desks.settings.district.zone
        if file is None:
            span = span_of(first, last, now=desks.clock.now(), zone=zone)
            shifts = desks.duty.shifts(_principal(), span)
        else:
            try:
                given = read_roster(file.read_bytes(), zone)
            except OSError as error:
                raise Invalid(f"{file}: {error.strerror}") from error
            days = [shift.start.astimezone(zone).date() for shift in given]
            whole = Span(day_span(min(days), zone).start, day_span(max(days), zone).start + timedelta(days=1))
            shifts = desks.duty.put_shifts(_principal(), whole, given)
    answer = ShiftList(items=[ShiftOut.of(shift, zone) for shift in shifts])
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("from 起", "to 止", "user 值班人", "rank 次序")
    for item in answer.items:
        table.add_row(f"{item.start:%Y-%m-%d %H:%M}", f"{item.end:%m-%d %H:%M}", escape(item.user), str(item.rank))
    terminal().print(table)
