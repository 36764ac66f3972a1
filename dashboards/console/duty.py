"""Cards of the notices page: the duty roster, alerts that called people, and the contact check before the season."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from nicegui import events, ui

from dashboards.console import markup
from dashboards.console.duty_forms import shift_form
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from domain.duty import Escalation, EscalationState, Shift
from domain.instants import Span, day_span
from response.delivery.contacts import Contactable, ContactLine
from response.delivery.roster_file import read_roster

DAYS_SHOWN, MOST_BYTES, MOST_SHOWN = 7, 500_000, 200


def roster(visit: Visit) -> None:
    """Who is on duty now and in the coming days; a file replaces the days it covers."""
    ui.html(f"<h2>{escape(visit.t('duty.roster'))}</h2>", sanitize=False)
    box = ui.html(loading(visit), sanitize=False).props("data-name=roster")

    async def fill() -> None:
        now = visit.services.clock.now()
        span = Span(now, now + timedelta(days=DAYS_SHOWN))
        shifts = await visit.ask(lambda: visit.services.duty.shifts(visit.principal, span))
        if shifts is not None:
            box.set_content(_shifts(visit, shifts))

    ui.timer(0.1, fill, once=True)
    if not visit.principal.may_write():
        return

    async def take(event: events.UploadEventArguments) -> None:
        content = await event.file.read()

        def put() -> Sequence[Shift]:
            given = read_roster(content, visit.zone)
            days = [shift.start.astimezone(visit.zone).date() for shift in given]
            whole = Span(day_span(min(days), visit.zone).start, day_span(max(days), visit.zone).end)
            return visit.services.duty.put_shifts(visit.principal, whole, given)

        if await visit.ask(put) is not None:
            visit.tell(visit.t("duty.imported"))
            await fill()

    shift_form(visit, fill)
    upload = ui.upload(label=visit.t("duty.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
    upload.props('accept=".csv" flat')


def _shifts(visit: Visit, shifts: Sequence[Shift]) -> str:
    now = visit.services.clock.now()
    if not any(shift.start <= now < shift.end for shift in shifts):
        nobody = markup.state(visit.t("duty.nobody"), visit.t("duty.nobody.note"))
    else:
        nobody = ""
    columns = (markup.Column(visit.t("duty.user")), markup.Column(visit.t("from")), markup.Column(visit.t("to")))
    rows = [
        (
            f"{shift.rank}. {escape(shift.user)}"
            + (markup.pill(visit.t("duty.now"), "ok") if shift.start <= now < shift.end else ""),
            f'<span class="num">{visit.moment(shift.start)}</span>',
            f'<span class="num">{visit.moment(shift.end)}</span>',
        )
        for shift in shifts[:MOST_SHOWN]
    ]
    return nobody + (markup.table(columns, rows, name="shifts") if rows else "")


def escalations(visit: Visit) -> None:
    ui.html(f"<h2>{escape(visit.t('duty.called'))}</h2>", sanitize=False)
    box = ui.html(loading(visit), sanitize=False).props("data-name=escalations")

    async def fill() -> None:
        found = await visit.ask(lambda: visit.services.duty.escalations(visit.principal))
        if found is not None:
            box.set_content(_escalations(visit, found[:20]))

    ui.timer(0.1, fill, once=True)


def _escalations(visit: Visit, found: Sequence[Escalation]) -> str:
    if not found:
        return markup.state(visit.t("duty.none_called"))
    columns = (markup.Column(visit.t("at")), markup.Column(visit.t("duty.people")), markup.Column(visit.t("why")))
    rows = []
    for each in found:
        if each.acknowledge_s is not None:
            said = visit.t("duty.acknowledged", by=each.acknowledged_by, minutes=f"{each.acknowledge_s / 60:.1f}")
        else:
            said = visit.t("duty.calling" if each.state is EscalationState.CALLING else "duty.closed")
        rows.append(
            (
                f'<span class="num">{visit.moment(each.started_at)}</span>',
                escape("、".join(each.people) or "—"),
                escape(said),
            )
        )
    return markup.table(columns, rows, name="escalations")


class Contacts:
    """The unreachable first. ``send`` asks everybody to confirm; afterwards the list says who did."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._reference: str | None = None
        note = escape(visit.t("contacts.note"))
        ui.html(f"<h2>{escape(visit.t('contacts'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            ui.button(visit.t("refresh"), on_click=self.fill).props("flat no-caps").classes("act")
            if visit.principal.may_write():
                send = ui.button(visit.t("contacts.send"), on_click=self._ask)
                send.props("outline no-caps data-name=contact-check").classes("act")
        self._box = ui.html(loading(visit), sanitize=False).props("data-name=contacts")
        ui.timer(0.1, self.fill, once=True)

    async def fill(self) -> None:
        visit, reference = self._visit, self._reference
        lines = await visit.ask(lambda: visit.services.contacts.report(visit.principal, reference))
        if lines is not None:
            self._box.set_content(_contacts(visit, lines))

    def _ask(self) -> None:
        visit = self._visit
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
            ui.label(visit.t("contacts.sure"))
            with ui.row().style("justify-content: flex-end; width: 100%"):
                ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

                async def confirm() -> None:
                    dialog.close()
                    self._reference = await visit.ask(lambda: visit.services.contacts.send(visit.principal))
                    await self.fill()

                ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()


def _contacts(visit: Visit, lines: Sequence[ContactLine]) -> str:
    lost = [line for line in lines if line.state is Contactable.UNREACHABLE]
    head = markup.state(visit.t("contacts.count", lost=len(lost), total=len(lines)))
    columns = (
        markup.Column(visit.t("page.enterprises")),
        markup.Column(visit.t("notices.state")),
        markup.Column(visit.t("notices.channel"), wide=True),
        markup.Column(visit.t("why")),
    )
    rows = [
        (
            f"{escape(line.name)}<div class='small soft'>{escape(line.enterprise)}</div>",
            markup.pill(visit.t(f"contact.{line.state}"), "critical" if line in lost else ""),
            escape("、".join(line.ways) or "—"),
            "<br>".join(escape(visit.pick(zh, en)) for zh, en in line.problems) or "—",
        )
        for line in lines[:MOST_SHOWN]
    ]
    return head + markup.table(columns, rows, name="contacts")
