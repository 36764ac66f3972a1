"""Readings of one meter and day: raw beside what counts, what the rules found, and what people decided, with undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from html import escape
from typing import TypeVar
from urllib.parse import quote

import numpy as np
from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading, title
from dashboards.console.visit import Visit
from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import Span, day_span, from_ms
from domain.scopes import meter_scope
from monitor.access import visible_meters
from monitor.as_known import Superseded
from monitor.vee_desk import ACTIONS, Edit, VeeDay
from storage.vee_ports import FlagRow, VeeChange

MOST_POINTS = 1_500
MOST_FLAGS, MOST_CHANGES, MOST_REVISIONS = 60, 20, 40
GREY, BLUE, AMBER = "#8794a2", "#17508f", "#b86e00"
#: Half of the last digit that is shown [kW].
SEEN_KW = 0.05
NAN = float("nan")
T = TypeVar("T")


class Picture:
    """What one asking of the page brings."""

    def __init__(self, visit: Visit, meter: str, day: date) -> None:
        services, principal = visit.services, visit.principal
        span = day_span(day, visit.zone)
        self.day: VeeDay = services.vee.day(principal, meter, day)
        self.flags = services.vee.flags(principal, span, meter=meter, limit=MOST_FLAGS).items
        self.changes = services.vee.changes(principal, meter=meter, limit=MOST_CHANGES).items
        found = services.questions.revisions(principal, meter_scope(meter), span)
        now = services.questions.curve(principal, meter_scope(meter), span)
        self.demand_kw = dict(zip(now.ts_ms.tolist(), now.demand_kw.tolist(), strict=True))
        self.judged = dict(zip(now.ts_ms.tolist(), now.quality.tolist(), strict=True))
        before = [each for each in found if each.revision > 0]
        shown = [each for each in before if self._shows(each)]
        self.alike = len(before) - len(shown)
        self.revised = shown[-MOST_REVISIONS:]

    def _shows(self, old: Superseded) -> bool:
        """Whether a person would see a difference to the present figure."""
        start_ms = round(old.start.timestamp() * 1000)
        present = self.demand_kw.get(start_ms)
        then, now = (NAN if kw is None else kw for kw in (old.demand_kw, present))
        same = bool(np.isclose(then, now, rtol=0, atol=SEEN_KW, equal_nan=True))
        return not same or old.quality != self.judged.get(start_ms, old.quality)


class VeePage:
    def __init__(self, visit: Visit, meter: str, day: str) -> None:
        self._visit = visit
        title(visit.t("page.vee"), visit.t("vee.note"))
        meters = visible_meters(visit.principal, visit.services.ledger.registry.registry(), visit.today())
        with ui.element("div").classes("tools"):
            self._meter = ui.select(meters, value=meter if meter in meters else None, label=visit.t("meter"))
            self._meter.props("outlined dense use-input input-debounce=0 data-name=vee-meter").style("min-width: 180px")
            self._day = ui.input(visit.t("day"), value=day).props("outlined dense type=date stack-label")
            again = ui.button(visit.t("refresh"), icon="refresh").props("outline no-caps").classes("act")
            if visit.principal.may_write():
                run = ui.button(visit.t("vee.run"), icon="play_arrow", on_click=self._run)
                run.props("outline no-caps data-name=vee-run").classes("act")
        with ui.element("div").classes("board"):
            with ui.element("div").classes("card"):
                self._state = ui.html(loading(visit), sanitize=False)
                self._chart = ui.echart(charts.base("kW", ())).classes("chartbox")
                self._chart.set_visibility(False)
                self._legend = ui.html("", sanitize=False)
            if visit.principal.may_write():
                with ui.element("div").classes("card"):
                    self._editor()
            with ui.element("div").classes("card"):
                ui.html(f"<h2>{escape(visit.t('vee.flags'))}</h2>", sanitize=False)
                self._flags = ui.element("div").style("width:100%")
            with ui.element("div").classes("card"):
                ui.html(f"<h2>{escape(visit.t('vee.changes'))}</h2>", sanitize=False)
                self._changes = ui.element("div").style("width:100%")
            with ui.element("div").classes("card"):
                note = f"<span class='soft'>{escape(visit.t('vee.revised.note'))}</span>"
                ui.html(f"<h2>{escape(visit.t('vee.revised'))}{note}</h2>", sanitize=False)
                self._revised = ui.html("", sanitize=False)
        for element in (self._meter, self._day):
            element.on_value_change(self.fill)
        again.on_click(self.fill)
        ui.timer(0.1, self.fill, once=True)

    async def fill(self) -> None:
        visit = self._visit
        if not self._meter.value:
            self._state.set_content(markup.state(visit.t("vee.choose"), visit.t("vee.choose.why")))
            return
        picture = await visit.ask(lambda: Picture(visit, str(self._meter.value), self._chosen()))
        if picture is None:
            self._state.set_content(markup.state(visit.t("unavailable")))
            return
        self._state.set_content(_head(visit, picture.day))
        self._draw(picture.day)
        self._flags.clear()
        with self._flags:
            if not picture.flags:
                ui.html(markup.state(visit.t("vee.flags.none"), visit.t("vee.flags.none.why")), sanitize=False)
            for flag in picture.flags:
                self._flag(flag)
        self._changes.clear()
        with self._changes:
            if not picture.changes:
                ui.html(markup.state(visit.t("vee.changes.none")), sanitize=False)
            for change in picture.changes:
                self._change(change)
        self._revised.set_content(_revised(visit, picture))

    def _chosen(self) -> date:
        try:
            return date.fromisoformat(str(self._day.value))
        except ValueError:
            raise Invalid(self._visit.t("day.wrong")) from None

    def _draw(self, day: VeeDay) -> None:
        visit = self._visit
        step = max(1, -(-len(day.ts_ms) // MOST_POINTS))
        at = slice(None, None, step)
        labels = [visit.time(from_ms(int(ts))) for ts in day.ts_ms[at]]
        options = charts.base("kW", labels)
        options["xAxis"]["axisLabel"]["interval"] = max(1, len(labels) // 8 - 1)
        trusted = np.isin(day.quality, ("ok",))
        filled = np.isin(day.quality, ("estimated", "edited"))

        def only(values: FloatArray, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[float | None]:
            return charts.scaled(np.where(chosen, values, np.nan)[at], 1.0)

        dotted = {"symbol": "circle", "symbolSize": 4, "showSymbol": True}
        options["series"] = [
            charts.line(visit.t("vee.raw"), charts.scaled(day.raw_kw[at], 1.0), GREY, width=1.2),
            charts.line(visit.t("vee.measured"), only(day.effective_kw, trusted), BLUE, width=2.2, z=4),
            charts.line(visit.t("vee.filled"), only(day.effective_kw, filled), AMBER, width=2.2, z=5, **dotted),
        ]
        options["legend"]["data"] = [series["name"] for series in options["series"]]
        self._chart.set_visibility(True)
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.update()

    # -- what people do

    def _editor(self) -> None:
        visit = self._visit
        note = f"<span class='soft'>{escape(visit.t('vee.edit.note'))}</span>"
        ui.html(f"<h2>{escape(visit.t('vee.edit'))}{note}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            first = ui.input(visit.t("from"), value="00:00").props(
                "outlined dense type=time stack-label data-name=vee-from"
            )
            last = ui.input(visit.t("vee.until"), value="00:15").props(
                "outlined dense type=time stack-label data-name=vee-to"
            )
            actions = {action: visit.t(f"vee_action.{action}") for action in ACTIONS}
            action = ui.select(actions, value="set", label=visit.t("vee.action")).props("outlined dense")
            action.style("min-width: 150px")
            value = ui.input(visit.t("vee.value")).props("outlined dense data-name=vee-value")
            reason = ui.input(visit.t("vee.reason")).props("outlined dense maxlength=500 data-name=vee-reason")
            button = ui.button(visit.t("vee.apply")).props("no-caps data-name=vee-apply").classes("act")
        action.on_value_change(lambda: value.set_visibility(action.value in ("set", "scale")))

        async def apply() -> None:
            def deed() -> VeeChange:
                span = self._span(str(first.value or ""), str(last.value or ""))
                number = _number(visit, str(value.value or "")) if action.value in ("set", "scale") else None
                wanted = Edit(str(self._meter.value or ""), span, str(action.value), str(reason.value or ""), number)
                return visit.services.vee.edit(visit.principal, wanted)

            await self._did(deed, lambda change: visit.t("vee.edited", n=change.rows, id=change.id))

        button.on_click(apply)

    def _span(self, first: str, last: str) -> Span:
        """Times of the chosen day; 00:00 as the end means its end."""
        day = day_span(self._chosen(), self._visit.zone)
        begin, end = self._instant(first), self._instant(last)
        return Span(begin, day.end if end <= day.start else end)

    def _instant(self, text: str) -> datetime:
        try:
            at = datetime.strptime(text, "%H:%M").time()
        except ValueError:
            raise Invalid(self._visit.t("vee.time.wrong")) from None
        return datetime.combine(self._chosen(), at, tzinfo=self._visit.zone)

    def _flag(self, flag: FlagRow) -> None:
        visit = self._visit
        with ui.element("div").classes("alert"):
            ui.html(_flag_text(visit, flag), sanitize=False)
            if flag.accepted_by is None and visit.principal.may_write():
                with ui.element("div").classes("acts"):
                    button = ui.button(
                        visit.t("vee.accept"),
                        on_click=lambda: self._ask_reason(
                            visit.t("vee.accept"),
                            lambda note: visit.services.vee.accept_flag(visit.principal, flag.id, note),
                            visit.t("vee.accepted"),
                        ),
                    )
                    button.props("outline dense no-caps data-name=vee-accept").classes("act")

    def _change(self, change: VeeChange) -> None:
        visit = self._visit
        with ui.element("div").classes("alert"):
            ui.html(_change_text(visit, change), sanitize=False)
            if visit.principal.may_write() and change.rows:
                with ui.element("div").classes("acts"):
                    button = ui.button(
                        visit.t("vee.undo"),
                        on_click=lambda: self._ask_reason(
                            visit.t("vee.undo"),
                            lambda reason: visit.services.vee.undo(visit.principal, change.id, reason),
                            visit.t("vee.undone"),
                        ),
                    )
                    button.props("flat dense no-caps data-name=vee-undo").classes("act")

    def _ask_reason(self, heading: str, deed: Callable[[str], object], done: str) -> None:
        visit = self._visit
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
            ui.label(heading)
            reason = ui.input(visit.t("vee.reason")).props("maxlength=500 outlined").style("width: 100%")
            with ui.row().style("justify-content: flex-end; width: 100%"):
                ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

                async def confirm() -> None:
                    dialog.close()
                    await self._did(lambda: deed(str(reason.value or "")), lambda _: done)

                ui.button(visit.t("vee.apply"), on_click=confirm).props("no-caps data-name=vee-confirm").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _did(self, deed: Callable[[], T], said: Callable[[T], str]) -> None:
        found = await self._visit.ask(deed)
        if found is not None:
            self._visit.tell(said(found))
            self._visit.board.poke()
            await self.fill()

    async def _run(self) -> None:
        """The chosen day of the chosen meter, or of all: in the background, kept under runs."""
        visit = self._visit
        services, principal = visit.services, visit.principal

        def submit() -> str:
            day = self._chosen()
            meters = (str(self._meter.value),) if self._meter.value else None
            services.vee.check_run(principal, day, day)
            parameters = {
                "from": day.isoformat(),
                "to": day.isoformat(),
                "meters": None if meters is None else list(meters),
            }
            run = services.runs.submit(
                principal,
                "vee",
                "district",
                parameters,
                lambda told: services.vee.run(principal, day, day, meters, told),
            )
            return run.id

        run_id = await visit.ask(submit)
        if run_id is None:
            return
        visit.tell(visit.t("vee.running"))

        async def look() -> None:
            run = await visit.ask(lambda: services.runs.get(principal, run_id))
            if run is None or run.state.is_over:
                timer.deactivate()
                if run is not None:
                    visit.tell(visit.t("vee.ran") if not run.problem else visit.half(run.problem))
                await self.fill()

        with visit.client:
            timer = ui.timer(1.0, look)


def build(visit: Visit, meter: str = "", day: str = "") -> None:
    VeePage(visit, meter, day or visit.today().isoformat())


def address(meter: str, day: date) -> str:
    return f"/console/vee?meter={quote(meter)}&day={day.isoformat()}"


def _number(visit: Visit, text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise Invalid(visit.t("figures.wrong", text=text)) from None


def _head(visit: Visit, day: VeeDay) -> str:
    received = ~np.isnan(day.raw_kw)
    odd = received & ~np.isin(day.raw_quality, ("ok",))
    filled = np.isin(day.quality, ("estimated", "edited"))
    hours = day.step_s / 3600
    measured = float(np.nansum(np.where(day.quality == "ok", day.effective_kw, np.nan))) * hours
    tiles = (
        markup.tile(
            visit.t("completeness"),
            markup.share(float(received.mean())),
            f"{int(received.sum()):,} / {len(received):,}",
        ),
        markup.tile(visit.t("quality.suspect"), markup.number(int(odd.sum())), ""),
        markup.tile(visit.t("vee.filled"), markup.number(int(filled.sum())), visit.t("vee.filled.note")),
        markup.tile(visit.t("vee.energy"), markup.number(measured, "kWh"), ""),
    )
    return f'<div class="tiles four" style="margin-bottom:10px">{"".join(tiles)}</div>'


def _flag_text(visit: Visit, flag: FlagRow) -> str:
    tone = "" if flag.accepted_by else ("warning" if flag.rule != "gap" else "info")
    accepted = ""
    if flag.accepted_by:
        by = visit.t("alerts.by", name=flag.accepted_by, at=visit.moment(flag.accepted_at))
        accepted = f'<div class="small soft">{escape(by)}: {escape(flag.note)}</div>'
    span = f"{visit.moment(from_ms(flag.start_ms))} – {visit.time(from_ms(flag.end_ms))}"
    return (
        f'<div class="head">{markup.pill(visit.t(f"vee_rule.{flag.rule}"), tone)}<span class="num">{span}</span></div>'
        f'<div class="text">{escape(visit.pick(flag.text_zh, flag.text_en))}</div>{accepted}'
    )


def _change_text(visit: Visit, change: VeeChange) -> str:
    undone = f" → {change.undoes}" if change.undoes else ""
    span = f"{visit.moment(change.span.start)} – {visit.moment(change.span.end)}"
    return (
        f'<div class="head">{markup.pill(visit.t(f"vee_kind.{change.kind}"))}'
        f'<span class="num">#{change.id}{undone}</span>'
        f'<span class="num">{visit.moment(change.at)}</span><span>{escape(change.actor)}</span></div>'
        f'<div class="text">{escape(visit.half(change.reason))}</div>'
        f'<div class="small soft num">{span} · {change.rows:,}</div>'
    )


def _revised(visit: Visit, picture: Picture) -> str:
    alike = visit.t("vee.revised.alike", n=picture.alike) if picture.alike else ""
    if not picture.revised:
        return markup.state(visit.t("vee.revised.none"), alike)
    columns = (
        markup.Column(visit.t("vee.block")),
        markup.Column(visit.t("vee.old"), right=True),
        markup.Column(visit.t("vee.new"), right=True),
        markup.Column(visit.t("vee.judged"), right=True),
        markup.Column(visit.t("vee.ended"), right=True),
    )
    table = markup.table(columns, [_revision(visit, each, picture) for each in picture.revised], name="revised")
    return table + (f'<div class="small soft">{escape(alike)}</div>' if alike else "")


def _revision(visit: Visit, old: Superseded, picture: Picture) -> tuple[str, ...]:
    start_ms = round(old.start.timestamp() * 1000)
    present, judged = picture.demand_kw.get(start_ms), picture.judged.get(start_ms)
    # The figure may stay while what it stands on changes.
    then, now = (visit.t(f"block_quality.{word}") for word in (old.quality, judged or old.quality))
    return (
        f'<span class="num">{visit.time(old.start)}</span>',
        markup.number(old.demand_kw, "kW", 1),
        markup.number(present, "kW", 1),
        f"{escape(then)} → {escape(now)}" if then != now else escape(then),
        f'<span class="num">{visit.moment(old.ended)}</span>',
    )
