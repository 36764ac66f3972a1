"""Notices by matter with how far each got; who is on duty and was called; who cannot be reached."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import duty, markup, notice_dialogs, routes_card, silences_card
from dashboards.console.frame import loading, title
from dashboards.console.notice_groups import Group, Reach, Told, groups_of
from dashboards.console.visit import Visit
from domain.notices import NoticeClass, Recipient
from domain.registry import RegistryView

MOST = 500
TONES = {
    Reach.UNREACHED: "critical",
    Reach.DEVICE: "warning",
    Reach.SENT: "ok",
    Reach.ANSWERED: "ok",
}


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
        self._opened: set[str] = set()
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
        found = await visit.ask(lambda: _found(visit, to, about))
        if found is None:
            return
        groups, total, view = found
        shown = sum(len(group.told) for group in groups)
        self._box.clear()
        with self._box:
            if not groups:
                ui.html(markup.state(visit.t("notices.none")), sanitize=False)
            for group in groups:
                self._group(group, view)
            if total > shown:
                ui.html(f"<p class='soft'>{escape(visit.t('list.more', n=total - shown))}</p>", sanitize=False)

    def _group(self, group: Group, view: RegistryView) -> None:
        """One row a notice; several of one heading are folded up, with how many stand where."""
        if len(group.told) == 1:
            self._one(group.told[0], view)
            return
        notice = group.told[0].kept.notice
        key = f"{notice.reference} {notice.kind} {notice.drill}"
        with (
            ui.expansion(value=key in self._opened).classes("more w-full").props(f'data-group="{escape(key)}"') as fold
        ):
            body = ui.element("div").style("width: 100%")
        with fold.add_slot("header"):
            ui.html(_heading(self._visit, group), sanitize=False).style("width: 100%")

        def opened() -> None:
            (self._opened.add if fold.value else self._opened.discard)(key)
            if fold.value and not body.default_slot.children:
                with body:
                    for each in group.told:
                        self._one(each, view)

        fold.on_value_change(opened)
        opened()

    def _one(self, told: Told, view: RegistryView) -> None:
        visit, kept = self._visit, told.kept
        with ui.element("div").classes("account").props(f'data-notice="{escape(kept.notice.id)}"'):
            ui.html(_line(visit, told, view), sanitize=False)
            with ui.element("div").classes("acts"):
                why = ui.button(visit.t("notices.why"), on_click=lambda: notice_dialogs.why(visit, kept, self.fill))
                why.props("flat no-caps data-name=why").classes("act")
                if visit.principal.may_write() and kept.notice.notice_class is not NoticeClass.INFORMATION:
                    phoned = ui.button(
                        visit.t("notices.phoned"), on_click=lambda: notice_dialogs.phone(visit, kept, self.fill)
                    )
                    phoned.props("outline no-caps data-name=phoned").classes("act")


def _found(visit: Visit, to: str, about: str) -> tuple[list[Group], int, RegistryView]:
    desk, who = visit.services.notices, visit.principal
    recipient = Recipient.parse(to) if to else None
    page = desk.list(who, reference=about or None, recipient=recipient, limit=MOST)
    kept = page.items
    replies = [each for about in {k.notice.reference for k in kept} for each in desk.replies(who, about)]
    groups = groups_of(kept, desk.deliveries_of(who, kept), replies)
    return groups, page.total, visit.services.ledger.registry.registry().view(visit.today())


def _pills(visit: Visit, told: Told) -> str:
    notice = told.kept.notice
    drill = markup.pill(visit.t("notices.drill"), "warning") if notice.drill else ""
    return f"{drill}{markup.pill(visit.t(f'notice.{notice.notice_class}'))}"


def _heading(visit: Visit, group: Group) -> str:
    newest = max(group.told, key=lambda told: told.kept.made_at)
    notice = newest.kept.notice
    counts = " ".join(
        markup.pill(f"{visit.t(f'reach.{reach}')} {n}", TONES.get(reach, "")) for reach, n in group.counts.items()
    )
    return (
        f'<div>{_pills(visit, newest)} <span class="strong">{escape(visit.half(notice.subject)[:120])}</span> {counts}'
        f'<div class="small soft"><span class="num">{visit.moment(newest.kept.made_at)}</span> · '
        f"{escape(visit.t('notices.of', n=len(group.told)))} · {escape(notice.reference)}{_by(newest)}</div></div>"
    )


def _line(visit: Visit, told: Told, view: RegistryView) -> str:
    kept, reach = told.kept, told.reach
    text = visit.t(f"reach.{reach}") if told.reply is None else notice_dialogs.answer_text(visit, told.reply)
    return (
        f"<div>{_pills(visit, told)} {markup.pill(text, TONES.get(reach, ''))} "
        f'<span class="strong">{escape(_name(kept.notice.recipient, view))}</span>'
        f'<div class="small soft"><span class="num">{visit.moment(kept.made_at)}</span> · '
        f"{escape(visit.half(kept.notice.subject)[:120])} · {escape(kept.notice.reference)}{_by(told)}</div></div>"
    )


def _by(told: Told) -> str:
    by = told.kept.notice.confirmed_by
    return f" · {escape(by)}" if by else ""


def _name(recipient: Recipient, view: RegistryView) -> str:
    if recipient.enterprise_id is None:
        return str(recipient.user)
    known = view.enterprises.get(recipient.enterprise_id)
    return f"{known.name} {known.id}" if known is not None else recipient.enterprise_id
