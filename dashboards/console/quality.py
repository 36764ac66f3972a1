"""Data quality: indicators against targets, completeness of each meter today, and what was refused."""

from __future__ import annotations

from datetime import date
from html import escape

from nicegui import ui

from dashboards.console import markup, quality_card
from dashboards.console.enterprises import troubles
from dashboards.console.frame import loading, title
from dashboards.console.quality_card import chosen_day
from dashboards.console.vee import address
from dashboards.console.visit import Visit
from monitor.answers import MeterQuality
from storage.ledger_ports import Quarantined

MOST_METERS, MOST_ITEMS = 300, 50
SHOWN_BYTES = 300


def build(visit: Visit) -> None:
    title(visit.t("page.quality"), visit.t("quality.note"))
    with ui.element("div").classes("board"):
        with ui.element("div").classes("card"):
            quality_card.build(visit)
        with ui.element("div").classes("card"):
            _meters(visit)
        with ui.element("div").classes("card"):
            _quarantine(visit)


def _meters(visit: Visit) -> None:
    with ui.element("div").classes("tools"):
        day = ui.input(visit.t("day"), value=visit.today().isoformat()).props("outlined dense type=date stack-label")
        only = ui.checkbox(visit.t("quality.only_troubled"), value=True)
        again = ui.button(visit.t("refresh"), icon="refresh").props("outline no-caps").classes("act")
    box = ui.html(loading(visit), sanitize=False)

    async def fill() -> None:
        chosen = str(day.value)
        ask = visit.services.questions.quality
        found = await visit.ask(lambda: ask(visit.principal, chosen_day(visit, chosen)))
        if found is not None:
            box.set_content(_meter_markup(visit, found, chosen_day(visit, chosen), only_troubled=bool(only.value)))

    for element in (day, only):
        element.on_value_change(fill)
    again.on_click(fill)
    ui.timer(0.1, fill, once=True)
    ui.timer(60, fill)


def _meter_markup(visit: Visit, rows: list[MeterQuality], day: date, *, only_troubled: bool) -> str:
    if not rows:
        return markup.state(visit.t("meters.none"))
    received, expected = sum(r.received for r in rows), sum(r.expected for r in rows)
    troubled = [r for r in rows if r.silent or r.faults or r.suspect or r.completeness < 1]
    tiles = (
        markup.tile(
            visit.t("completeness"),
            markup.share(received / expected if expected else None, 2),
            f"{received:,} / {expected:,}",
        ),
        markup.tile(visit.t("quality.silent"), markup.number(sum(r.silent for r in rows)), ""),
        markup.tile(visit.t("quality.faulty"), markup.number(sum(bool(r.faults) for r in rows)), ""),
        markup.tile(visit.t("quality.suspect"), markup.number(sum(r.suspect for r in rows)), ""),
    )
    head = f'<div class="tiles four" style="margin-bottom:10px">{"".join(tiles)}</div>'
    shown = (troubled if only_troubled else rows)[:MOST_METERS]
    if not shown:
        return head + markup.state(visit.t("quality.fine"))
    columns = (
        markup.Column(visit.t("meter")),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("completeness"), right=True),
        markup.Column(visit.t("quality.received"), right=True, wide=True),
        markup.Column(visit.t("quality.suspect"), right=True, wide=True),
        markup.Column(visit.t("quality.last"), right=True, wide=True),
        markup.Column(visit.t("faults")),
    )
    return head + markup.table(columns, [_row(visit, r, day) for r in shown], name="quality")


def _row(visit: Visit, row: MeterQuality, day: date) -> tuple[str, ...]:
    owner = (
        markup.link(f"/console/enterprise/{row.enterprise}", row.enterprise)
        if row.enterprise
        else escape(visit.t("boundary"))
    )
    return (
        markup.link(address(row.meter, day), row.meter),
        owner,
        markup.share(row.completeness),
        f"{row.received:,} / {row.expected:,}",
        markup.number(row.suspect),
        visit.moment(row.last_ts),
        troubles(visit, int(row.silent), row.faults),
    )


def _quarantine(visit: Visit) -> None:
    head = ui.html(f"<h2>{escape(visit.t('quarantine.title'))}</h2>", sanitize=False)
    if not visit.principal.may_write():
        ui.html(markup.state(visit.t("quarantine.officers")), sanitize=False)
        return
    box = ui.element("div").style("width:100%")

    async def fill() -> None:
        page = await visit.ask(lambda: visit.services.quarantine.list(limit=MOST_ITEMS))
        if page is None:
            return
        note = visit.t("quarantine.note", n=len(page.items), total=page.total)
        head.set_content(f"<h2>{escape(visit.t('quarantine.title'))}<span class='soft'>{escape(note)}</span></h2>")
        box.clear()
        with box:
            if not page.items:
                ui.html(markup.state(visit.t("quarantine.none")), sanitize=False)
            for item in page.items:
                one(item)

    def one(item: Quarantined) -> None:
        with ui.element("div").classes("alert"):
            ui.html(_item(visit, item), sanitize=False)
            with ui.element("div").classes("acts"):
                for name in ("replay", "discard"):

                    async def act(name: str = name) -> None:
                        deed = getattr(visit.services.quarantine, name)
                        if await visit.ask(lambda: deed(visit.principal, item.id)) is not None:
                            visit.tell(visit.t(f"quarantine.{name}.done"))
                            await fill()

                    button = ui.button(visit.t(f"quarantine.{name}"), on_click=act)
                    button.props(f"{'outline' if name == 'replay' else 'flat'} dense no-caps data-name={name}").classes(
                        "act"
                    )

    ui.timer(0.1, fill, once=True)


def _item(visit: Visit, item: Quarantined) -> str:
    payload = item.payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    more = "…" if len(item.payload) > SHOWN_BYTES else ""
    return (
        f'<div class="head">{markup.pill(item.reason, "warning")}<span class="num">{visit.moment(item.at)}</span>'
        f"<span>{escape(item.topic)}</span></div>"
        f'<div class="text">{escape(visit.half(item.detail))}</div>'
        f'<div class="small soft"><code>{escape(payload)}{more}</code></div>'
    )
