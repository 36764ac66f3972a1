"""The enterprises: where the load is, and a way to each one's page."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.board import Answer
from dashboards.console.frame import live, loading, title, trouble
from dashboards.console.pictures import Row, Rows, rows_topic
from dashboards.console.visit import Visit

NEAR_CAPACITY, OVER_CAPACITY = 0.9, 1.0


def build(visit: Visit) -> None:
    title(visit.t("page.enterprises"), visit.t("enterprises.note"))
    with ui.element("div").classes("card"):
        _Table(visit)


class _Table:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._rows: Rows | None = None
        with ui.element("div").classes("tools"):
            self._text = ui.input(visit.t("enterprises.search"), on_change=self._draw).classes("grow")
            self._text.props("outlined dense clearable debounce=200 data-name=search")
            every = {"": visit.t("all")}
            self._sector = ui.select(every, value="", label=visit.t("enterprise.sector"), on_change=self._draw)
            self._street = ui.select(every, value="", label=visit.t("enterprise.street"), on_change=self._draw)
            for choice in (self._sector, self._street):
                choice.props("outlined dense")
        self._box = ui.html(loading(visit), sanitize=False)
        live(visit, rows_topic(visit), self._take)

    def _take(self, answer: Answer) -> None:
        if answer.value is None:
            self._box.set_content(trouble(self._visit, answer.problem))
            return
        self._rows = answer.value
        known = [row.enterprise for row in answer.value.rows]
        for choice, words in (
            (self._sector, {e.sector for e in known}),
            (self._street, {e.street for e in known}),
        ):
            options = {"": self._visit.t("all"), **{word: word for word in sorted(words) if word}}
            if options != choice.options:
                choice.set_options(options)
        self._draw()

    def _draw(self) -> None:
        if self._rows is None:
            return
        visit = self._visit
        rows = [row for row in self._rows.rows if self._keeps(row)]
        span = f"{visit.time(self._rows.block.start)}–{visit.time(self._rows.block.end)}"
        note = visit.t("enterprises.count", n=len(rows), total=len(self._rows.rows), span=span)
        head = f'<div class="small soft">{escape(note)}</div>'
        if not rows:
            self._box.set_content(head + markup.state(visit.t("enterprises.none"), visit.t("enterprises.none.why")))
            return
        self._box.set_content(
            head + markup.table(_columns(visit), [_cells(visit, r) for r in rows], name="enterprises")
        )

    def _keeps(self, row: Row) -> bool:
        text = str(self._text.value or "").strip().casefold()
        e = row.enterprise
        return (
            any(text in word.casefold() for word in (e.id, e.name, e.credit_code))
            and self._sector.value in ("", e.sector)
            and self._street.value in ("", e.street)
        )


def _columns(visit: Visit) -> tuple[markup.Column, ...]:
    return (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("enterprise.sector"), wide=True),
        markup.Column(visit.t("enterprise.street"), wide=True),
        markup.Column(visit.t("demand"), right=True),
        markup.Column(visit.t("share"), right=True),
        markup.Column(visit.t("capacity"), right=True, wide=True),
        markup.Column(visit.t("use"), right=True),
        markup.Column(visit.t("coverage"), right=True, wide=True),
        markup.Column(visit.t("faults"), wide=True),
    )


def _cells(visit: Visit, row: Row) -> tuple[str, ...]:
    e = row.enterprise
    demand = markup.number(row.demand_kw, "kW")
    if row.demand_kw is None:
        demand = markup.pill(visit.t("insufficient"))
    return (
        f'{markup.link(f"/console/enterprise/{e.id}", e.name)} <span class="soft small">{escape(e.id)}</span>',
        escape(e.sector),
        escape(e.street),
        demand,
        markup.share(row.share),
        markup.number(row.capacity_kva, "kVA"),
        _use(visit, row.use),
        markup.share(row.coverage, 0),
        troubles(visit, row.silent, row.faults),
    )


def _use(visit: Visit, use: float | None) -> str:
    if use is None or use < NEAR_CAPACITY:
        return markup.share(use, 0)
    over = use >= OVER_CAPACITY
    word = markup.pill(visit.t("use.over" if over else "use.near"), "critical" if over else "warning")
    return f"{word} {markup.share(use, 0)}"


def troubles(visit: Visit, silent: int, faults: tuple[str, ...]) -> str:
    pills = [markup.pill(visit.t("silent"), "serious")] if silent else []
    pills += [markup.pill(fault_name(visit, fault), "warning") for fault in faults]
    return " ".join(pills) or '<span class="soft">—</span>'


def fault_name(visit: Visit, fault: str) -> str:
    known = ("spike", "frozen", "catch_up", "clock", "register", "bad", "estimated")
    return visit.t(f"fault.{fault}") if fault in known else fault
