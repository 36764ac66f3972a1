"""Two versions of a plan, difference by difference."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from response.orderly.plans import PlanChange

#: More is for the command and the workbook.
MOST_SHOWN = 200


class Comparison:
    """Which two are compared is chosen; the newest and the one before stand there first."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        ui.html(f"<h2>{escape(visit.t('plans.compare'))}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._before = ui.select({}, label=visit.t("plans.before")).props("outlined dense data-name=plan-before")
            self._after = ui.select({}, label=visit.t("plans.after")).props("outlined dense data-name=plan-after")
            button = ui.button(visit.t("plans.compare"), on_click=self._show)
            button.props("outline no-caps data-name=compare").classes("act")
        self._box = ui.html("", sanitize=False).props("data-name=plan-changes")

    def offer(self, names: dict[str, str]) -> None:
        """names : by plan, the newest first"""
        newest = list(names)
        self._after.set_options(names, value=newest[0] if newest else None)
        self._before.set_options(names, value=newest[1] if len(newest) > 1 else None)

    async def _show(self) -> None:
        visit, before, after = self._visit, str(self._before.value or ""), str(self._after.value or "")
        found = await visit.ask(lambda: visit.services.orderly.plans.compare(visit.principal, before, after))
        if found is not None:
            self._box.set_content(changes_markup(visit, found, before, after))


def changes_markup(visit: Visit, found: Sequence[PlanChange], before: str, after: str) -> str:
    if not found:
        return markup.state(visit.t("plans.same"))
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("plans.field")),
        markup.Column(before),
        markup.Column(after),
        markup.Column(visit.t("plans.account"), wide=True),
    )
    rows = [
        (
            escape(each.name),
            escape(each.field) or markup.NONE,
            escape(each.before),
            escape(each.after),
            f'<span class="num">{escape(each.account)}</span>',
        )
        for each in found[:MOST_SHOWN]
    ]
    told = visit.t("plans.changes", n=len(found), shown=len(rows))
    return f"<p>{escape(told)}</p>" + markup.table(columns, rows, name="changes", stacked=True)
