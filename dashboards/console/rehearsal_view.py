"""Rehearsed plans side by side: the season in one line each, then its days and who was called."""

from __future__ import annotations

from html import escape

from dashboards.console import markup
from dashboards.console.visit import Visit
from response.orderly.rehearsed import Rehearsal, RehearsedDay, RehearsedSite, compared_runs, compared_sites

#: More is for the command.
MOST_SITES = 60


def rehearsal_markup(visit: Visit, found: tuple[Rehearsal, ...]) -> str:
    basis = "；".join(dict.fromkeys(visit.half(each.quota_by) for each in found))
    cooled = visit.t("rehearsal.cooled", count=str(found[0].cooling_sites))
    return (
        _seasons(visit, found)
        + f"<p class='soft'>{escape(basis)}；{escape(cooled)}</p>"
        + f"<h2>{escape(visit.t('rehearsal.by_day'))}</h2>"
        + _days(visit, found)
        + f"<h2>{escape(visit.t('rehearsal.by_site'))}</h2>"
        + _sites(visit, found)
    )


def _seasons(visit: Visit, found: tuple[Rehearsal, ...]) -> str:
    columns = (
        markup.Column(visit.t("plans.plan")),
        markup.Column(visit.t("rehearsal.days"), right=True),
        markup.Column(visit.t("rehearsal.closed"), right=True),
        markup.Column(visit.t("rehearsal.missing"), right=True),
        markup.Column(visit.t("rehearsal.called"), right=True),
        markup.Column(visit.t("rehearsal.soft"), right=True),
        markup.Column(visit.t("orders.loss"), right=True),
        markup.Column(visit.t("rehearsal.listed"), right=True),
    )
    rows = [
        (
            escape(f"{each.plan} · {each.first} – {each.last}"),
            markup.number(each.days_with_gap),
            markup.number(each.days_closed),
            markup.number(each.missing_kwh, "kWh"),
            markup.number(len(each.sites)),
            markup.number(each.soft_kwh, "kWh"),
            markup.number(each.loss_yuan),
            markup.number(each.listed_loss_yuan),
        )
        for each in found
    ]
    return markup.table(columns, rows, name="rehearsed", stacked=True)


def _days(visit: Visit, found: tuple[Rehearsal, ...]) -> str:
    columns = (
        markup.Column(visit.t("day")),
        markup.Column(visit.t("rehearsal.need"), right=True),
        *(markup.Column(each.plan) for each in found),
    )
    rows = [
        (
            escape(f"{run.day:%m-%d} {run.start:%H:%M}–{run.end:%H:%M}"),
            markup.number(run.need_kw, "kW"),
            *(_day(visit, day) for day in run.by_plan),
        )
        for run in compared_runs(found)
    ]
    return markup.table(columns, rows, name="rehearsed-days", stacked=True)


def _day(visit: Visit, day: RehearsedDay | None) -> str:
    if day is None:
        return markup.NONE
    ending = (
        markup.pill(visit.t("rehearsal.short", kw=f"{day.missing_kw:,.0f}"), "critical")
        if day.missing_kw > 0
        else markup.pill(visit.t("rehearsal.is_closed"), "ok")
    )
    said = visit.t("rehearsal.day", level=day.level or "—", count=str(day.called), kw=f"{day.ordered_kw:,.0f}")
    return f"{ending} {escape(said)}"


def _sites(visit: Visit, found: tuple[Rehearsal, ...]) -> str:
    rows = compared_sites(found)
    columns = (
        markup.Column(visit.t("enterprise.name")),
        *(markup.Column(each.plan, right=True) for each in found),
    )
    shown = [(escape(row.name), *(_site(visit, site) for site in row.by_plan)) for row in rows[:MOST_SITES]]
    listed = markup.table(columns, shown, name="rehearsed-sites", stacked=True)
    if len(rows) <= MOST_SITES:
        return listed
    return listed + f"<p class='soft'>{escape(visit.t('rehearsal.more', count=str(len(rows) - MOST_SITES)))}</p>"


def _site(visit: Visit, site: RehearsedSite | None) -> str:
    if site is None:
        return markup.NONE
    return escape(
        visit.t(
            "rehearsal.site",
            calls=str(site.calls),
            hours=f"{site.hours:.1f}",
            kwh=f"{site.energy_kwh:,.0f}",
            yuan=f"{site.loss_yuan:,.0f}",
        )
    )
