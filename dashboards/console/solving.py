"""From a need to a list with a sentence for everyone, prepared as an order."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.allocation_view import difference_markup, list_markup
from dashboards.console.frame import loading
from dashboards.console.pairs import pairs
from dashboards.console.visit import Visit
from domain.errors import InsufficientData, Invalid, NotFound, YingfengError
from domain.orderly import Order, Target, Window
from domain.scopes import Scope
from monitor.baseline_data import ClockWindow
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.candidates import Wishes
from response.orderly.gap import GapDay, GapSeries
from response.orderly.order_lines import listed_order


class SolvingCard:
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
        """The heaviest gap of power or energy stands in the fields, for the officer to change."""
        found = proposals(gap)
        if not found:
            return
        kw, window = max(found, key=lambda each: each[0])
        self._mw.value = f"{kw / 1000:.2f}"
        self._day.value = window.start.astimezone(self._visit.zone).date().isoformat()
        self._hours.value = f"{self._visit.time(window.start)}-{self._visit.time(window.end)}"

    async def follow(self, *, changed: bool) -> None:
        """The list of the proposed need, and with sliders moved what differs from the list without them."""
        self._box.set_content(loading(self._visit, "orderly.solving"))
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
        self._box.set_content(loading(self._visit, "orderly.solving"))
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
            number, drill = str(self._number.value or "").strip(), bool(self._drill.value)
            new = listed_order(answer, number, Target(self._target.value), drill=drill)
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
            wishes=Wishes(pairs(self._pinned.value, float), pairs(self._excluded.value, str)),
            outside_level=str(self._outside.value or "").strip(),
            approver=str(self._approver.value or "").strip(),
            scope=self.scope,
        )


def proposals(gap: GapSeries) -> list[tuple[float, Window]]:
    """What taken off in which hours closes each gap of power and of energy [kW]."""
    found = [(day.gap_p50_kw, _worst(day)) for day in gap.days if day.gap_p50_kw > 0 and day.windows]
    return found + [(day.gap.kw, day.gap.window) for day in gap.energy if day.gap.kw and day.gap.window is not None]


def _worst(day: GapDay) -> Window:
    return next((each for each in day.windows if each.start <= day.worst_at < each.end), day.windows[0])
