"""Gap ahead with its sliders, and from a need to a list with a sentence for everyone, prepared as an order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import escape
from typing import Any

import numpy as np
from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.allocation_view import difference_markup, list_markup
from dashboards.console.frame import loading, title
from dashboards.console.peaks import scope_name
from dashboards.console.visit import Visit
from domain.errors import InsufficientData, Invalid, NotFound, YingfengError
from domain.instants import from_ms
from domain.orderly import Order, Target, Window
from domain.scopes import Scope, ScopeKind
from monitor.baseline_data import ClockWindow
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.candidates import Wishes
from response.orderly.gap import GapSeries, WhatIf
from response.orderly.order_lines import order_lines
from response.orderly.orders import NewOrder


def build(visit: Visit) -> None:
    title(visit.t("page.orderly"), visit.t("orderly.note"))
    solving = _Solving(visit)
    with ui.element("div").classes("card"):
        _gap(visit, solving)
    with ui.element("div").classes("card"):
        solving.build()


def _gap(visit: Visit, solving: _Solving) -> None:
    ui.html(f"<h2>{escape(visit.t('orderly.gap'))}</h2>", sanitize=False)
    scopes = gap_scopes(visit)
    usual = next(iter(scopes))
    scope = ui.select(scopes, value=usual, label=visit.t("scope"), with_input=len(scopes) > 12)
    scope.props("outlined dense data-name=gap-scope").style("max-width: 320px")
    sliders: dict[str, ui.slider] = {}
    with ui.element("div").classes("tools"):
        for name, low, high, step in (
            ("warmer", 0.0, 5.0, 0.5),
            ("cloudy", 0.0, 1.0, 0.1),
            ("quota", -0.3, 0.0, 0.05),
            ("restart", 0.0, 5000.0, 250.0),
        ):
            with ui.element("div").style("width: 210px; max-width: 44%; padding-right: 12px"):
                told = ui.label("").classes("soft")
                slider = ui.slider(min=low, max=high, step=step, value=0.0).props(f"data-name=what-if-{name}")
                sliders[name] = slider
                _tell(visit, name, slider, told)
    state = ui.html(loading(visit), sanitize=False)
    chart = ui.echart(charts.base("MW", ())).classes("chartbox")
    chart.set_visibility(False)
    facts = ui.html("", sanitize=False).props("data-name=gap-facts")

    async def show() -> None:
        changes = WhatIf(*(float(sliders[name].value) for name in ("warmer", "cloudy", "quota", "restart")))
        chosen = Scope.parse(str(scope.value or usual))
        solving.scope = None if str(chosen) == usual else chosen
        found = await visit.ask(lambda: _asked(visit, chosen, changes))
        ready = isinstance(found, GapSeries)
        chart.set_visibility(ready)
        if isinstance(found, GapSeries):
            chart.options.clear()
            chart.options.update(gap_chart(visit, found))
            chart.update()
            state.set_content("")
            facts.set_content(gap_facts(visit, found))
            solving.propose(found)
            await solving.follow(changed=changes != WhatIf())
        elif found is not None:
            facts.set_content("")
            state.set_content(markup.state(visit.t("insufficient"), visit.half(str(found))))

    scope.on_value_change(show)
    for slider in sliders.values():
        slider.on("change", show)
    ui.timer(0.1, show, once=True)


def _tell(visit: Visit, name: str, slider: ui.slider, told: ui.label) -> None:
    def write() -> None:
        value = float(slider.value or 0.0)
        shown = {"warmer": f"+{value:g} °C", "restart": f"+{value:,.0f} kW"}.get(name, f"{value:+.0%}")
        told.set_text(f"{visit.t(f'orderly.{name}')} {shown if value else '0'}")

    slider.on_value_change(write)
    write()


def gap_scopes(visit: Visit) -> dict[str, str]:
    """The district first, then substations and feeders; by scope, what each is called."""
    view = visit.services.ledger.registry.registry().view(visit.today())
    parts = [each for each in view.scopes() if each.kind in (ScopeKind.SUBSTATION, ScopeKind.FEEDER)]
    return {str(each): scope_name(visit, each) for each in (visit.services.orderly.gap.usual_scope(), *parts)}


def _asked(visit: Visit, scope: Scope, changes: WhatIf) -> GapSeries | YingfengError:
    try:
        return visit.services.orderly.gap.ahead(visit.principal, scope, changes=changes)
    except InsufficientData as lack:
        return lack


def gap_chart(visit: Visit, gap: GapSeries) -> dict[str, Any]:
    options = charts.base("MW", [visit.moment(from_ms(int(ts))) for ts in gap.ts_ms])
    series = charts.band(visit.t("forecast.band"), charts.scaled(gap.p10_kw, 0.001), charts.scaled(gap.p90_kw, 0.001))
    above = np.where(gap.p50_kw > gap.quota_kw, gap.p50_kw, np.nan)
    series.append(charts.line("P50", charts.scaled(gap.p50_kw, 0.001), charts.BLUE, width=2.5, z=5))
    series.append(charts.line(visit.t("orderly.above"), charts.scaled(above, 0.001), charts.RED, width=3, z=6))
    dash: dict[str, Any] = {"lineStyle": {"type": "dashed"}, "step": "end"}
    series.append(
        charts.line(visit.t("chart.quota"), charts.scaled(gap.quota_kw, 0.001), charts.RED, width=1.5, **dash)
    )
    options["series"] = series
    options["legend"]["data"] = [each["name"] for each in series if each["name"]]
    return options


def gap_facts(visit: Visit, gap: GapSeries) -> str:
    tiles = []
    for day in gap.days:
        level = visit.t("orderly.no_level")
        if day.level is not None:
            level = visit.pick(day.level.label_zh, day.level.label_en) + (f" · {day.letter}" if day.letter else "")
        hours = "、".join(f"{visit.time(w.start)}–{visit.time(w.end)}" for w in day.windows) or "—"
        chance = "" if day.probability is None else visit.t("forecast.over", share=f"{day.probability:.0%}") + " · "
        note = f"{chance}P90 {day.gap_p90_kw / 1000:+,.2f} MW · {day.ratio:+.1%} · {level} · {hours}"
        label = visit.t("orderly.worst", day=f"{day.day:%m-%d}", at=visit.time(day.worst_at))
        tiles.append(markup.tile(label, markup.megawatts(day.gap_p50_kw), escape(note)))
    notes = "".join(f"<li>{escape(visit.half(note))}</li>" for note in gap.notes)
    more = f"<ul class='soft'>{notes}</ul>" if notes else ""
    basis = visit.t("orderly.basis", kw=f"{gap.expected_maximum_kw:,.0f}", by=visit.half(gap.expected_by))
    return f'<div class="tiles">{"".join(tiles)}</div><p class="soft">{escape(basis)}</p>{more}'


class _Solving:
    """The need as it stands in the fields, the list it became, and the order prepared from it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._answer: AllocationAnswer | None = None
        self._plain: AllocationAnswer | None = None
        #: Whose enterprises may be called, None = all.
        self.scope: Scope | None = None

    def build(self) -> None:
        visit = self._visit
        tomorrow = visit.today() + timedelta(days=1)
        ui.html(f"<h2>{escape(visit.t('orderly.list'))}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._mw = self._input("orderly.need", "3.0")
            self._day = self._input("day", tomorrow.isoformat(), "type=date stack-label")
            self._hours = self._input("orderly.hours", "14:00-16:00")
            self._level = self._input("orderly.level", "")
            self._excluded = self._input("orderly.excluded", "")
            self._pinned = self._input("orderly.pinned", "")
            self._outside = self._input("orderly.outside", "")
            self._approver = self._input("orderly.approver", "")
            solve = ui.button(visit.t("orderly.solve"), on_click=self._solve)
            solve.props("no-caps data-name=solve").classes("act")
        self._box = ui.html("", sanitize=False).props("data-name=list")
        if visit.principal.may_write():
            with ui.element("div").classes("tools"):
                self._number = self._input("orderly.instruction", "")
                self._target = ui.select(
                    {Target.REDUCTION: visit.t("orderly.reduction"), Target.CAP: visit.t("orderly.cap")},
                    value=Target.REDUCTION,
                ).props("outlined dense")
                self._drill = ui.checkbox(visit.t("orderly.drill"))
                prepare = ui.button(visit.t("orderly.prepare"), on_click=self._prepare)
                prepare.props("outline no-caps data-name=prepare").classes("act")

    def propose(self, gap: GapSeries) -> None:
        """The worst day's gap stands in the fields, for the officer to change."""
        worst = max(gap.days, key=lambda day: day.gap_p50_kw, default=None)
        if worst is None or worst.gap_p50_kw <= 0 or not worst.windows:
            return
        self._mw.value = f"{worst.gap_p50_kw / 1000:.2f}"
        self._day.value = worst.day.isoformat()
        window = next((each for each in worst.windows if each.start <= worst.worst_at < each.end), worst.windows[0])
        self._hours.value = f"{self._visit.time(window.start)}-{self._visit.time(window.end)}"

    async def follow(self, *, changed: bool) -> None:
        """The list of the proposed need, and with sliders moved what differs from the list without them."""
        self._box.set_content(loading(self._visit))
        visit = self._visit
        found = await visit.ask(self._tried)
        if isinstance(found, AllocationAnswer):
            self._answer = found
            if not changed:
                self._plain = found
            other = difference_markup(visit, self._plain, found) if changed and self._plain is not None else ""
            self._box.set_content(other + list_markup(visit, found))
        else:
            self._box.set_content("" if found is None else markup.state(visit.half(str(found))))

    def _tried(self) -> AllocationAnswer | YingfengError:
        """Without an approved plan, or for hours that have begun, there is no list: the page says so and goes on."""
        try:
            return self._visit.services.orderly.allocations.solve(self._visit.principal, self._need())
        except (NotFound, Invalid, InsufficientData) as lack:
            return lack

    def _input(self, word: str, value: str, props: str = "") -> ui.input:
        return ui.input(self._visit.t(word), value=value).props(f"outlined dense {props} data-name={word}")

    async def _solve(self) -> None:
        self._box.set_content(loading(self._visit))
        visit = self._visit
        answer = await visit.ask(lambda: visit.services.orderly.allocations.solve(visit.principal, self._need()))
        self._answer = answer
        self._box.set_content("" if answer is None else list_markup(visit, answer))

    async def _prepare(self) -> None:
        visit, answer = self._visit, self._answer
        if answer is None:
            visit.complain(Invalid(visit.t("orderly.solve_first")))
            return

        def put() -> Order:
            new = NewOrder(
                order_lines(answer, Target(self._target.value)),
                (answer.need.window,),
                str(self._number.value or "").strip(),
                plan=answer.plan,
                level=answer.level,
                outside_level=answer.need.outside_words,
                drill=bool(self._drill.value),
            )
            return visit.services.orderly.orders.prepare(visit.principal, new)

        order = await visit.ask(put)
        if order is not None:
            visit.tell(visit.t("orderly.prepared", order=order.id))
            ui.navigate.to(f"/orders?order={order.id}")

    def _need(self) -> Need:
        visit = self._visit
        try:
            kw = float(str(self._mw.value)) * 1000
            day = type(visit.today()).fromisoformat(str(self._day.value))
        except ValueError:
            raise Invalid(visit.t("orderly.need_wrong")) from None
        span = ClockWindow.parse(str(self._hours.value)).on(day, visit.zone)
        return Need(
            kw,
            Window(span.start, span.end),
            level=str(self._level.value or "").strip().upper(),
            wishes=Wishes(_pairs(self._pinned.value, float), _pairs(self._excluded.value, str)),
            outside_level=str(self._outside.value or "").strip(),
            approver=str(self._approver.value or "").strip(),
            scope=self.scope,
        )


def _pairs(text: object, read: Callable[[str], Any]) -> dict[str, Any]:
    """E001=200 E002: names with what stands behind them."""
    found = {}
    for part in str(text or "").replace("，", " ").replace(",", " ").split():
        name, _, value = part.partition("=")
        try:
            found[name] = read(value or ("0" if read is float else "—"))
        except ValueError:
            raise Invalid(f"{part} 应写作 E001=200 / must be written E001=200") from None
    return found
