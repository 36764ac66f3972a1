"""How earlier forecasts did, and past mornings issued and scored anew from what was known then."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading
from dashboards.console.names import place_name
from dashboards.console.visit import Visit
from monitor.forecast_book import ScopeScores

#: Mornings that are issued anew, the last of them long enough ago to be scored.
MORNINGS, LAST_DAYS_AGO = 14, 3


class ScoresCard:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._run = ""
        with ui.element("div").classes("card"):
            ui.html(f"<h2>{escape(visit.t('forecast.scores'))}</h2>", sanitize=False)
            self._table = ui.html(loading(visit), sanitize=False)
            self._state = ui.html("", sanitize=False)
            if visit.principal.may_write():
                again = ui.button(visit.t("forecast.rescore", count=MORNINGS)).props("no-caps flat data-name=rescore")
                again.on_click(self._begin)
        self._waiting = ui.timer(1.0, self._watch, active=False)
        ui.timer(0.1, self._show, once=True)

    async def _show(self) -> None:
        visit = self._visit
        found = await visit.ask(lambda: visit.services.forecast_book.scores(visit.principal))
        self._table.set_content(scores_table(visit, found or []))

    async def _begin(self) -> None:
        visit, services = self._visit, self._visit.services
        last = visit.today() - timedelta(days=LAST_DAYS_AGO)
        first = last - timedelta(days=MORNINGS - 1)
        run = await visit.ask(lambda: services.forecast_book.submit(services.runs, visit.principal, first, last))
        if run is not None:
            self._run = run.id
            self._waiting.activate()

    async def _watch(self) -> None:
        visit = self._visit
        run = await visit.ask(lambda: visit.services.runs.get(visit.principal, self._run))
        if run is not None and not run.state.is_over:
            told = visit.t("forecast.rescoring", share=f"{run.share:.0%}")
            self._state.set_content(f"<p class='soft'>{escape(told)}</p>")
            return
        self._waiting.deactivate()
        problem = visit.half(run.problem) if run is not None else ""
        self._state.set_content(f"<p class='soft'>{escape(problem)}</p>" if problem else "")
        await self._show()


def scores_table(visit: Visit, found: list[ScopeScores]) -> str:
    if not found:
        return markup.state(visit.t("forecast.scores.none"), visit.t("forecast.scores.when"))
    columns = (
        markup.Column(visit.t("scope")),
        markup.Column(visit.t("forecast.mornings"), right=True, wide=True),
        markup.Column(visit.t("forecast.error_day"), right=True),
        markup.Column(visit.t("forecast.skill_hour"), right=True, wide=True),
        markup.Column(visit.t("forecast.skill_day"), right=True),
        markup.Column(visit.t("forecast.skill_peak"), right=True, wide=True),
        markup.Column(visit.t("forecast.covered"), right=True),
    )
    rows = [
        (
            escape(place_name(visit, each.scope)),
            markup.number(each.issues),
            markup.share(each.relative_day_error),
            markup.share(each.hour_skill, 0),
            markup.share(each.day_skill, 0),
            markup.share(each.peak_skill, 0),
            markup.share(each.covered, 0),
        )
        for each in found
    ]
    return markup.table(columns, rows, name="scores") + f"<p class='soft'>{escape(visit.t('forecast.scores.note'))}</p>"
