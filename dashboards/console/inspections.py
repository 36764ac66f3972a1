"""走访 and 双随机抽查 with what is still to follow, the lots they came from, and 保供电 for a period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.attachments_card import AttachmentsCard
from dashboards.console.figures import entered_day
from dashboards.console.frame import loading, title
from dashboards.console.names import enterprise_names
from dashboards.console.visit import Visit
from domain.attachments import Attached
from domain.errors import Invalid
from domain.inspections import Lot, VisitKind
from domain.inspections import Visit as Inspection
from domain.orderly import Guard

Again = Callable[[], Awaitable[None]]


def build(visit: Visit) -> None:
    title(visit.t("page.inspections"), visit.t("inspections.note"))
    names = enterprise_names(visit)
    with ui.element("div").classes("card"):
        _visits(visit, names)
    with ui.element("div").classes("card"):
        _lots(visit, names)
    with ui.element("div").classes("card"):
        _guards(visit, names)


def _visits(visit: Visit, names: Mapping[str, str]) -> None:
    ui.html(f"<h2>{escape(visit.t('inspections.visits'))}</h2>", sanitize=False)
    fields = ui.element("div").classes("tools")
    box = ui.html(loading(visit), sanitize=False).props("data-name=visits")
    follow = ui.element("div").classes("tools")

    def records() -> dict[str, str]:
        found = visit.services.orderly.visits.visits(visit.principal)
        return {each.id: f"{visit.moment(each.at)} {names.get(each.enterprise, each.enterprise)}" for each in found}

    async def show() -> None:
        found = await visit.ask(lambda: visit.services.orderly.visits.visits(visit.principal)) or ()
        box.set_content(visits_markup(visit, found, names))
        await files.again()
        undone.set_options(
            {each.id: f"{names.get(each.enterprise, each.enterprise)} {each.follow_up}" for each in found if each.open}
        )

    async def done() -> None:
        ident = str(undone.value or "")
        desk = visit.services.orderly.visits
        if ident and await visit.ask(lambda: desk.follow_up(visit.principal, ident, done=True)) is not None:
            await show()

    with follow:
        undone = ui.select({}, label=visit.t("inspections.open")).props("outlined dense data-name=visit-open")
        undone.style("min-width: 240px")
        button = ui.button(visit.t("inspections.done"), on_click=done).props("outline no-caps data-name=visit-done")
        button.classes("act")
    follow.set_visibility(visit.principal.may_write())
    if visit.principal.may_write():
        with fields:
            _record(visit, names, show)
    files = AttachmentsCard(visit, Attached.VISIT, records)
    ui.timer(0.1, show, once=True)


def _record(visit: Visit, names: Mapping[str, str], again: Again) -> None:
    enterprise = _enterprise(visit, names, "visit-enterprise")
    kinds = {kind: visit.t(f"visit_kind.{kind}") for kind in VisitKind}
    kind = ui.select(kinds, value=VisitKind.SURVEY).props("outlined dense data-name=visit-kind")
    visitors = ui.input(visit.t("inspections.visitors")).props("outlined dense data-name=visit-visitors")
    finding = ui.input(visit.t("inspections.finding")).props("outlined dense data-name=visit-finding")
    follow_up = ui.input(visit.t("inspections.follow_up")).props("outlined dense data-name=visit-follow-up")
    due = ui.input(visit.t("inspections.due")).props("outlined dense type=date stack-label data-name=visit-due")

    async def keep() -> None:
        def put() -> Inspection:
            given = Inspection(
                id="",
                enterprise=str(enterprise.value or ""),
                kind=VisitKind(kind.value),
                at=visit.services.clock.now(),
                visitors=_people(visitors.value),
                finding=str(finding.value or "").strip(),
                actor="",
                follow_up=str(follow_up.value or "").strip(),
                due=entered_day(visit, str(due.value)) if due.value else None,
            )
            return visit.services.orderly.visits.record(visit.principal, given)

        if await visit.ask(put) is not None:
            visit.tell(visit.t("inspections.kept"))
            await again()

    ui.button(visit.t("inspections.record"), on_click=keep).props("no-caps data-name=visit-record").classes("act")


def _lots(visit: Visit, names: Mapping[str, str]) -> None:
    note = escape(visit.t("inspections.lot.note"))
    ui.html(f"<h2>{escape(visit.t('inspections.lots'))}<span class='soft'>{note}</span></h2>", sanitize=False)
    fields = ui.element("div").classes("tools")
    box = ui.html(loading(visit), sanitize=False).props("data-name=lots")

    async def show() -> None:
        found = await visit.ask(lambda: visit.services.orderly.visits.lots(visit.principal))
        box.set_content(lots_markup(visit, found or (), names))

    async def draw() -> None:
        def put() -> Lot:
            text = str(count.value or "")
            if not text.isdigit():
                raise Invalid(visit.t("inspections.count.wrong"))
            return visit.services.orderly.visits.draw(visit.principal, int(text), _people(officers.value))

        if await visit.ask(put) is not None:
            await show()

    if visit.principal.may_write():
        with fields:
            count = ui.input(visit.t("inspections.count"), value="5").props("outlined dense data-name=lot-count")
            officers = ui.input(visit.t("inspections.officers")).props("outlined dense data-name=lot-officers")
            ui.button(visit.t("inspections.draw"), on_click=draw).props("no-caps data-name=lot-draw").classes("act")
    ui.timer(0.1, show, once=True)


def _guards(visit: Visit, names: Mapping[str, str]) -> None:
    note = escape(visit.t("inspections.guards.note"))
    ui.html(f"<h2>{escape(visit.t('inspections.guards'))}<span class='soft'>{note}</span></h2>", sanitize=False)
    fields = ui.element("div").classes("tools")
    box = ui.html(loading(visit), sanitize=False).props("data-name=guards")

    async def show() -> None:
        found = await visit.ask(lambda: visit.services.orderly.orders.guards(visit.principal))
        box.set_content(guards_markup(visit, found or (), names, visit.today()))

    async def keep() -> None:
        def put() -> Guard:
            days = (entered_day(visit, str(first.value)), entered_day(visit, str(last.value)))
            given = Guard(str(enterprise.value or ""), *days, str(reason.value or "").strip(), "")
            return visit.services.orderly.orders.guard(visit.principal, given)

        if await visit.ask(put) is not None:
            await show()

    if visit.principal.may_write():
        with fields:
            enterprise = _enterprise(visit, names, "guard-enterprise")
            today = visit.today().isoformat()
            first = ui.input(visit.t("from"), value=today).props(
                "outlined dense type=date stack-label data-name=guard-first"
            )
            last = ui.input(visit.t("to"), value=today).props(
                "outlined dense type=date stack-label data-name=guard-last"
            )
            reason = ui.input(visit.t("inspections.reason")).props("outlined dense data-name=guard-reason")
            button = ui.button(visit.t("inspections.guard"), on_click=keep).props("no-caps data-name=guard-keep")
            button.classes("act")
    ui.timer(0.1, show, once=True)


def _enterprise(visit: Visit, names: Mapping[str, str], name: str) -> ui.select:
    field = ui.select(dict(names), label=visit.t("enterprise.name"), with_input=True)
    return field.props(f"outlined dense data-name={name}").style("min-width: 220px")


def _people(text: object) -> tuple[str, ...]:
    """Names with spaces, commas or 、 between them."""
    joined = str(text or "").translate(str.maketrans("，、,;；", "     "))
    return tuple(joined.split())


def visits_markup(visit: Visit, found: Sequence[Inspection], names: Mapping[str, str]) -> str:
    if not found:
        return markup.state(visit.t("inspections.none"))
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("at")),
        markup.Column(visit.t("inspections.kind")),
        markup.Column(visit.t("inspections.visitors"), wide=True),
        markup.Column(visit.t("inspections.finding")),
        markup.Column(visit.t("inspections.follow_up")),
    )
    rows = [
        (
            markup.link(f"/console/enterprise/{each.enterprise}", names.get(each.enterprise, each.enterprise)),
            f'<span class="num">{escape(visit.moment(each.at))}</span>',
            escape(visit.t(f"visit_kind.{each.kind}")),
            escape("、".join(each.visitors)),
            escape(each.finding),
            _follow_up(visit, each),
        )
        for each in found
    ]
    return markup.table(columns, rows, name="visits", stacked=True)


def _follow_up(visit: Visit, each: Inspection) -> str:
    if not each.follow_up:
        return markup.NONE
    if each.done:
        return escape(each.follow_up) + " " + markup.pill(visit.t("inspections.done"), "ok")
    due = "" if each.due is None else f" {each.due.isoformat()}"
    late = each.due is not None and each.due < visit.today()
    return (
        escape(each.follow_up) + " " + markup.pill(visit.t("inspections.open") + due, "critical" if late else "warning")
    )


def lots_markup(visit: Visit, found: Sequence[Lot], names: Mapping[str, str]) -> str:
    if not found:
        return markup.state(visit.t("inspections.no_lots"))
    lot = found[0]
    columns = (markup.Column(visit.t("enterprise.name")), markup.Column(visit.t("inspections.officers")))
    rows = [
        (
            markup.link(f"/console/enterprise/{each.enterprise}", names.get(each.enterprise, each.enterprise)),
            escape("、".join(each.officers)),
        )
        for each in lot.pairs
    ]
    told = visit.t(
        "inspections.drawn",
        lot=lot.id,
        at=visit.moment(lot.drawn_at),
        n=len(lot.pairs),
        pool=len(lot.pool),
        actor=lot.actor,
    )
    seed = f'{escape(visit.t("inspections.seed"))} <span class="num">{escape(lot.seed)}</span>'
    earlier = "、".join(f"{each.id} ({each.seed})" for each in found[1:])
    more = f"<p class='soft'>{escape(visit.t('inspections.earlier', lots=earlier))}</p>" if earlier else ""
    return f"<p>{escape(told)} · {seed}</p>" + markup.table(columns, rows, name="lot") + more


def guards_markup(visit: Visit, found: Sequence[Guard], names: Mapping[str, str], today: date) -> str:
    if not found:
        return markup.state(visit.t("inspections.no_guards"))
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("orders.state")),
        markup.Column(visit.t("from")),
        markup.Column(visit.t("to")),
        markup.Column(visit.t("inspections.reason")),
        markup.Column(visit.t("inspections.by"), wide=True),
    )
    rows = []
    for each in sorted(found, key=lambda guard: guard.last, reverse=True):
        word, tone = ("now", "ok") if each.covers(today) else ("past", "") if each.last < today else ("ahead", "info")
        rows.append(
            (
                markup.link(f"/console/enterprise/{each.enterprise}", names.get(each.enterprise, each.enterprise)),
                markup.pill(visit.t(f"guard.{word}"), tone),
                f'<span class="num">{each.first.isoformat()}</span>',
                f'<span class="num">{each.last.isoformat()}</span>',
                escape(each.reason),
                escape(each.actor),
            )
        )
    return markup.table(columns, rows, name="guards", stacked=True)
