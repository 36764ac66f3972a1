"""A past summer through one plan or two, in the background with its progress; the newest outcome stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import msgspec
from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.runs import Run
from domain.scopes import MONITORED
from response.orderly.rehearsal import KIND, Season


class RehearsalCard:
    def __init__(self, visit: Visit) -> None:
        self._visit, self._run = visit, ""
        year = visit.today().year - 1
        note = escape(visit.t("rehearsal.note"))
        ui.html(f"<h2>{escape(visit.t('rehearsal'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._plans = ui.input(visit.t("rehearsal.plans")).props("outlined dense data-name=rehearsal-plans")
            self._first = ui.input(visit.t("from"), value=f"{year}-06-01").props("outlined dense type=date stack-label")
            self._last = ui.input(visit.t("to"), value=f"{year}-09-15").props("outlined dense type=date stack-label")
            self._share = ui.input(visit.t("rehearsal.share"), value="0.9").props("outlined dense")
            start = ui.button(visit.t("rehearsal.start"), on_click=self._start)
            start.props("outline no-caps data-name=rehearse").classes("act")
        self._box = ui.html("", sanitize=False).props("data-name=rehearsal")
        self._waiting = ui.timer(1.0, self._watch, active=False)
        ui.timer(0.1, self._newest, once=True)

    async def _start(self) -> None:
        visit = self._visit

        def begin() -> Run:
            visit.principal.require_write()
            plans = str(self._plans.value or "").replace("，", " ").replace(",", " ").split()
            if not plans:
                raise Invalid("请填方案编号，如 2026-1 / enter a plan such as 2026-1")
            try:
                season = Season(
                    date.fromisoformat(str(self._first.value)),
                    date.fromisoformat(str(self._last.value)),
                    float(str(self._share.value)),
                )
            except ValueError:
                raise Invalid(visit.t("day.wrong")) from None
            desk = visit.services.orderly.rehearsal
            parameters = {"plans": plans, "first": str(season.first), "last": str(season.last)}
            return visit.services.runs.submit(
                visit.principal,
                KIND,
                str(MONITORED),
                parameters | {"quota_share": season.quota_share},
                lambda progress: desk.outcome(visit.principal, plans, season, progress),
            )

        run = await visit.ask(begin)
        if run is not None:
            self._run = run.id
            self._waiting.activate()

    async def _watch(self) -> None:
        visit = self._visit
        run = await visit.ask(lambda: visit.services.runs.get(visit.principal, self._run))
        if run is None or run.state.is_over:
            self._waiting.deactivate()
        if run is not None and run.problem:
            self._box.set_content(markup.state(visit.t("unavailable"), visit.half(run.problem)))
        elif run is not None and not run.state.is_over:
            self._box.set_content(markup.state(visit.t("rehearsal.running", share=f"{run.share:.0%}"), run.note))
        elif run is not None:
            await self._newest()

    async def _newest(self) -> None:
        visit = self._visit
        found = await visit.ask(lambda: _kept(visit))
        if found:
            self._box.set_content(rehearsal_markup(visit, found))


def _kept(visit: Visit) -> list[dict[str, Any]]:
    result = visit.services.runs.latest(visit.principal, KIND, str(MONITORED))
    return [] if result is None else list(msgspec.json.decode(result.body)["items"])


def rehearsal_markup(visit: Visit, items: Sequence[Mapping[str, Any]]) -> str:
    columns = (
        markup.Column(visit.t("plans.plan")),
        markup.Column(visit.t("rehearsal.days"), right=True),
        markup.Column(visit.t("rehearsal.closed"), right=True),
        markup.Column(visit.t("rehearsal.missing"), right=True, wide=True),
        markup.Column(visit.t("rehearsal.called"), right=True, wide=True),
        markup.Column(visit.t("orders.loss"), right=True),
        markup.Column(visit.t("rehearsal.listed"), right=True, wide=True),
    )
    rows = [
        (
            escape(f"{each['plan']} · {each['first']} – {each['last']}"),
            markup.number(each["days_with_gap"]),
            markup.number(each["days_closed"]),
            markup.number(each["missing_kwh"], "kWh"),
            markup.number(len(each["sites"])),
            markup.number(each["loss_yuan"]),
            markup.number(each["listed_loss_yuan"]),
        )
        for each in items
    ]
    basis = "；".join(dict.fromkeys(visit.half(str(each["quota_by"])) for each in items))
    return markup.table(columns, rows, name="rehearsed") + f"<p class='soft'>{escape(basis)}</p>"
