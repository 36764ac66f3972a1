"""What became of one notice, and what was said on the phone about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.notices import Answer, Reply, ReplyChannel
from response.delivery.why import STATE_ZH, WhyLine
from storage.notice_ports import KeptNotice

Again = Callable[[], Awaitable[None]]


async def why(visit: Visit, kept: KeptNotice, again: Again) -> None:
    """Every message with its reason, every answer; one that was written down by hand can be taken back."""
    desk, notice = visit.services.notices, kept.notice

    def question() -> tuple[Sequence[WhyLine], Sequence[Reply]]:
        answers = desk.replies(visit.principal, notice.reference)
        return desk.why(visit.principal, notice.id), [each for each in answers if each.notice_id == notice.id]

    found = await visit.ask(question)
    if found is None:
        return
    lines, replies = found
    with visit.client, ui.dialog() as dialog, ui.card().style("width: min(760px, 96vw)"):
        ui.html(_whole(visit, kept, lines), sanitize=False).style("width: 100%")
        for reply in replies:
            _reply(visit, reply, dialog, again)
        ui.button(visit.t("close"), on_click=dialog.close).props("flat no-caps").classes("act")
    dialog.on("hide", dialog.delete)
    dialog.open()


def _whole(visit: Visit, kept: KeptNotice, lines: Sequence[WhyLine]) -> str:
    columns = (
        markup.Column(visit.t("at")),
        markup.Column(visit.t("notices.channel")),
        markup.Column(visit.t("notices.state")),
        markup.Column(visit.t("why")),
        markup.Column(visit.t("notices.proof"), wide=True),
    )
    rows = [
        (
            f'<span class="num">{visit.moment(line.at)}</span>',
            escape(f"{line.channel} {line.address}".strip() or "—"),
            escape("—" if line.state is None else visit.pick(STATE_ZH[line.state], line.state.value)),
            f'{escape(visit.pick(line.zh, line.en))}<div class="small soft">{escape(line.note)}</div>',
            escape(line.proof or "—"),
        )
        for line in lines
    ]
    text = escape(kept.notice.body).replace("\n", "<br>")
    head = f'<div class="strong">{escape(kept.notice.subject)}</div>'
    return f"{head}<p>{text}</p>{markup.table(columns, rows, name='why')}"


def answer_text(visit: Visit, reply: Reply) -> str:
    """可以响应 348 kW"""
    power = "" if reply.power_kw is None else f" {reply.power_kw:,.0f} kW"
    return f"{visit.t(f'answer.{reply.answer}')}{power}"


def _reply(visit: Visit, reply: Reply, dialog: ui.dialog, again: Again) -> None:
    said = " · ".join(text for text in (reply.reason, reply.words) if text)
    taken_back = markup.pill(visit.t("notices.undone")) if reply.undone else ""
    line = (
        f"<div>{markup.pill(answer_text(visit, reply), '' if reply.undone else 'ok')} {taken_back} {escape(said)}"
        f'<div class="small soft">{visit.t(f"reply.{reply.channel}")} · {escape(reply.actor)}</div></div>'
    )
    with ui.element("div").classes("account").style("width: 100%"):
        ui.html(line, sanitize=False)
        if reply.channel is ReplyChannel.PHONE and not reply.undone and visit.principal.may_write():

            async def undo() -> None:
                if await visit.ask(lambda: visit.services.notices.undo_reply(visit.principal, reply.id)) is not None:
                    dialog.close()
                    visit.tell(visit.t("notices.undone"))
                    await again()

            ui.button(visit.t("notices.undo"), on_click=undo).props("flat no-caps data-name=undo-reply").classes("act")


def phone(visit: Visit, kept: KeptNotice, again: Again) -> None:
    """An officer writes down what was said on the phone: who, when and the words; it can be taken back."""
    answers = {a.value: visit.t(f"answer.{a}") for a in Answer}
    with visit.client, ui.dialog() as dialog, ui.card().style("width: min(460px, 94vw)"):
        ui.label(visit.t("notices.phoned.for", to=str(kept.notice.recipient))).classes("strong")
        answer = ui.select(answers, value=Answer.RECEIVED.value, label=visit.t("notices.answer"))
        answer.props("outlined dense")
        kw = ui.number(visit.t("notices.kw"), min=0).props("outlined dense data-name=kw")
        words = ui.input(visit.t("notices.words")).props("outlined dense maxlength=500 data-name=words")
        with ui.row().style("justify-content: flex-end; width: 100%"):
            ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

            async def confirm() -> None:
                said, power = str(words.value or ""), float(kw.value) if kw.value else None
                kept_reply = await visit.ask(
                    lambda: visit.services.notices.record_reply(
                        visit.principal,
                        kept.notice.id,
                        Answer(answer.value),
                        power_kw=power,
                        reason=said,
                        words=said,
                    )
                )
                if kept_reply is not None:
                    dialog.close()
                    visit.tell(visit.t("notices.recorded"))
                    await again()

            ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
    dialog.on("hide", dialog.delete)
    dialog.open()
