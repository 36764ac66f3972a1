"""Notices with their proof, why (not), phone receipts; who is on duty and was called; who cannot be reached."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import ui

from dashboards.console import duty, markup, routes_card, silences_card
from dashboards.console.frame import loading, title
from dashboards.console.visit import Visit
from domain.notices import Answer, Delivery, DeliveryState, NoticeClass, Recipient
from response.delivery.why import STATE_ZH, WhyLine
from storage.notice_ports import KeptNotice

MOST = 100
#: From the best to the worst: the state of a notice is that of its best message to a person.
ORDER = (
    DeliveryState.SENT,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.SUPPRESSED,
    DeliveryState.UNNEEDED,
    DeliveryState.STANDBY,
    DeliveryState.FAILED,
    DeliveryState.UNREACHABLE,
)
TONES = {DeliveryState.SENT: "ok", DeliveryState.FAILED: "critical", DeliveryState.UNREACHABLE: "critical"}


def build(visit: Visit) -> None:
    title(visit.t("page.notices"), visit.t("notices.note"))
    with ui.element("div").classes("board halves"):
        with ui.element("div").classes("card wide"):
            Notices(visit)
        with ui.element("div").classes("card"):
            duty.roster(visit)
        with ui.element("div").classes("card"):
            duty.escalations(visit)
        with ui.element("div").classes("card"):
            routes_card.build(visit)
        with ui.element("div").classes("card"):
            silences_card.build(visit)
        with ui.element("div").classes("card wide"):
            duty.Contacts(visit)


class Notices:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        ui.html(f"<h2>{escape(visit.t('notices'))}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._to = ui.input(visit.t("notices.to"), placeholder="enterprise:E001").props("outlined dense")
            self._about = ui.input(visit.t("notices.reference"), placeholder="dr:…").props("outlined dense")
            ui.button(visit.t("refresh"), on_click=self.fill).props("flat no-caps data-name=look").classes("act")
        self._box = ui.element("div").style("width: 100%").props("data-name=notices")
        with self._box:
            ui.html(loading(visit), sanitize=False)
        ui.timer(0.1, self.fill, once=True)

    async def fill(self) -> None:
        visit = self._visit
        to, about = str(self._to.value or "").strip(), str(self._about.value or "").strip()

        def question() -> tuple[Sequence[KeptNotice], Sequence[Delivery]]:
            who = Recipient.parse(to) if to else None
            desk = visit.services.notices
            page = desk.list(visit.principal, reference=about or None, recipient=who, limit=MOST)
            return page.items, desk.deliveries_of(visit.principal, [kept.notice.id for kept in page.items])

        found = await visit.ask(question)
        if found is None:
            return
        notices, deliveries = found
        self._box.clear()
        with self._box:
            if not notices:
                ui.html(markup.state(visit.t("notices.none")), sanitize=False)
            for kept in notices:
                self._one(kept, [d for d in deliveries if d.notice_id == kept.notice.id])

    def _one(self, kept: KeptNotice, deliveries: Sequence[Delivery]) -> None:
        visit, notice = self._visit, kept.notice
        with ui.element("div").classes("account").props(f'data-notice="{escape(notice.id)}"'):
            ui.html(_line(visit, kept, deliveries), sanitize=False)
            with ui.element("div").classes("acts"):
                why = ui.button(visit.t("notices.why"), on_click=lambda: self._why(kept))
                why.props("flat no-caps data-name=why").classes("act")
                if visit.principal.may_write() and notice.notice_class is not NoticeClass.INFORMATION:
                    phoned = ui.button(visit.t("notices.phoned"), on_click=lambda: _phone(visit, kept))
                    phoned.props("outline no-caps data-name=phoned").classes("act")

    async def _why(self, kept: KeptNotice) -> None:
        visit = self._visit
        lines = await visit.ask(lambda: visit.services.notices.why(visit.principal, kept.notice.id))
        if lines is None:
            return
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(760px, 96vw)"):
            ui.html(_whole(visit, kept, lines), sanitize=False).style("width: 100%")
            ui.button(visit.t("close"), on_click=dialog.close).props("flat no-caps").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()


def _line(visit: Visit, kept: KeptNotice, deliveries: Sequence[Delivery]) -> str:
    notice = kept.notice
    people = [d for d in deliveries if d.channel != "mqtt"] or list(deliveries)
    best = min((d.state for d in people), key=ORDER.index, default=None)
    shown = markup.pill(_state(visit, best), TONES.get(best, "")) if best is not None else ""
    drill = markup.pill(visit.t("notices.drill"), "warning") if notice.drill else ""
    kind = markup.pill(visit.t(f"notice.{notice.notice_class}"))
    by = f" · {escape(notice.confirmed_by)}" if notice.confirmed_by else ""
    return (
        f'<div>{drill}{kind} {shown} <span class="strong">{escape(notice.subject[:120])}</span>'
        f'<div class="small soft"><span class="num">{visit.moment(kept.made_at)}</span> → '
        f"{escape(str(notice.recipient))} · {escape(notice.reference)}{by}</div></div>"
    )


def _state(visit: Visit, state: DeliveryState | None) -> str:
    return "—" if state is None else visit.pick(STATE_ZH[state], state.value)


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
            escape(_state(visit, line.state)),
            f'{escape(visit.pick(line.zh, line.en))}<div class="small soft">{escape(line.note)}</div>',
            escape(line.proof or "—"),
        )
        for line in lines
    ]
    text = escape(kept.notice.body).replace("\n", "<br>")
    head = f'<div class="strong">{escape(kept.notice.subject)}</div>'
    return f"{head}<p>{text}</p>{markup.table(columns, rows, name='why')}"


def _phone(visit: Visit, kept: KeptNotice) -> None:
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

            ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
    dialog.on("hide", dialog.delete)
    dialog.open()
