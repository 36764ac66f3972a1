"""A past summer through one plan or several, in the background with its progress; the newest outcome stays."""

from __future__ import annotations

from datetime import date
from html import escape

import msgspec
from nicegui import ui

from dashboards.console import markup
from dashboards.console.rehearsal_view import rehearsal_markup
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.runs import Run, RunState
from domain.scopes import MONITORED
from response.orderly.rehearsed import KIND, Rehearsal, Season


class RehearsalCard:
    """Which plans are played is chosen; the newest version stands there first."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._run = visit, ""
        note = escape(visit.t("rehearsal.note"))
        ui.html(f"<h2>{escape(visit.t('rehearsal'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        if visit.principal.may_write():
            self._form()
        self._state = ui.html("", sanitize=False).props("data-name=rehearsal-state")
        self._box = ui.html("", sanitize=False).props("data-name=rehearsal")
        self._waiting = ui.timer(0.7, self._watch, active=False)
        ui.timer(0.1, self._resume, once=True)

    def _form(self) -> None:
        visit, year = self._visit, self._visit.today().year - 1
        with ui.element("div").classes("tools"):
            self._plans = ui.select({}, label=visit.t("rehearsal.plans"), multiple=True)
            self._plans.props("outlined dense use-chips data-name=rehearsal-plans").style("min-width: 14rem")
            self._first = ui.input(visit.t("from"), value=f"{year}-06-01").props("outlined dense type=date stack-label")
            self._last = ui.input(visit.t("to"), value=f"{year}-09-15").props("outlined dense type=date stack-label")
            self._share = ui.input(visit.t("rehearsal.share"), value="0.9").props("outlined dense")
            self._start = ui.button(visit.t("rehearsal.start"), on_click=self._begin)
            self._start.props("outline no-caps data-name=rehearse").classes("act")
            self._stop = ui.button(visit.t("rehearsal.stop"), on_click=self._end)
            self._stop.props("outline no-caps color=negative data-name=rehearsal-stop").classes("act")
            self._stop.set_visibility(False)

    def offer(self, names: dict[str, str]) -> None:
        """names : by plan, the newest first"""
        if self._visit.principal.may_write():
            chosen = [each for each in self._plans.value or [] if each in names]
            self._plans.set_options(names, value=chosen or list(names)[:1])

    async def _begin(self) -> None:
        visit = self._visit

        def begin() -> Run:
            visit.principal.require_write()
            plans = [str(each) for each in self._plans.value or []]
            if not plans:
                raise Invalid("请选择方案 / choose a plan")
            season, desk = self._season(), visit.services.orderly.rehearsal
            desk.plans(visit.principal, plans, season)
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
            self._follow(run)

    def _season(self) -> Season:
        try:
            first, last = (date.fromisoformat(str(each.value)) for each in (self._first, self._last))
            share = float(str(self._share.value))
        except ValueError:
            raise Invalid(self._visit.t("day.wrong")) from None
        if not 0 < share <= 1:
            raise Invalid("指标占比应在 0 与 1 之间 / the share lies between 0 and 1")
        return Season(first, last, share)

    async def _end(self) -> None:
        visit = self._visit
        await visit.ask(lambda: visit.services.runs.cancel(visit.principal, self._run))

    async def _resume(self) -> None:
        """What is kept, and a rehearsal that somebody began and left."""
        visit = self._visit
        await self._newest()
        page = await visit.ask(lambda: visit.services.runs.list(visit.principal, kind=KIND, limit=1))
        if page is not None and page.items and not page.items[0].state.is_over:
            self._follow(page.items[0])

    def _follow(self, run: Run) -> None:
        self._run = run.id
        self._going(on=True)
        self._state.set_content(markup.state(self._visit.t("rehearsal.running", share=f"{run.share:.0%}"), run.note))
        self._waiting.activate()

    async def _watch(self) -> None:
        visit = self._visit
        run = await visit.ask(lambda: visit.services.runs.get(visit.principal, self._run))
        if run is not None and not run.state.is_over:
            said = visit.half(run.note)
            self._state.set_content(markup.state(visit.t("rehearsal.running", share=f"{run.share:.0%}"), said))
            return
        self._waiting.deactivate()
        self._going(on=False)
        if run is not None and run.state is RunState.CANCELLED:
            self._state.set_content(markup.state(visit.t("rehearsal.stopped")))
        elif run is not None and run.problem:
            self._state.set_content(markup.state(visit.t("unavailable"), visit.half(run.problem)))
        else:
            self._state.set_content("")
            await self._newest()

    def _going(self, *, on: bool) -> None:
        if self._visit.principal.may_write():
            self._stop.set_visibility(on)
            self._start.set_enabled(not on)

    async def _newest(self) -> None:
        visit = self._visit
        found = await visit.ask(lambda: _kept(visit))
        if found:
            self._box.set_content(rehearsal_markup(visit, found))


def _kept(visit: Visit) -> tuple[Rehearsal, ...]:
    result = visit.services.runs.latest(visit.principal, KIND, str(MONITORED))
    if result is None:
        return ()
    return msgspec.convert(msgspec.json.decode(result.body)["items"], tuple[Rehearsal, ...])
