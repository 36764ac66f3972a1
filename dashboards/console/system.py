"""How the system itself is: its parts, and who changed what."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading, title
from dashboards.console.services import HealthCheck
from dashboards.console.visit import Visit

MOST_ENTRIES = 100


def build(visit: Visit) -> None:
    title(visit.t("page.system"), visit.t("system.note", version=visit.services.version))
    with ui.element("div").classes("board halves"):
        with ui.element("div").classes("card"):
            _health(visit)
        with ui.element("div").classes("card"):
            _audit(visit)


def _health(visit: Visit) -> None:
    head = f"<h2>{escape(visit.t('health'))}</h2>"
    box = ui.html(head + loading(visit), sanitize=False)

    async def fill() -> None:
        found = await visit.ask(lambda: [(check.name, _problem(check)) for check in visit.services.health])
        if found is not None:
            box.set_content(head + markup.facts((name, _state(visit, problem)) for name, problem in found))

    ui.timer(0.1, fill, once=True)
    ui.timer(15, fill)


def _problem(check: HealthCheck) -> str:
    return check.probe() or ""


def _state(visit: Visit, problem: str) -> str:
    if not problem:
        return markup.pill(visit.t("health.well"), "ok")
    return f"{markup.pill(visit.t('health.ill'), 'critical')} {escape(visit.half(problem))}"


def _audit(visit: Visit) -> None:
    head = f"<h2>{escape(visit.t('audit'))}<span class='soft'>{escape(visit.t('audit.note'))}</span></h2>"
    if not visit.principal.may_write():
        ui.html(head + markup.state(visit.t("officers_only")), sanitize=False)
        return
    box = ui.html(head + loading(visit), sanitize=False)

    async def fill() -> None:
        page = await visit.ask(lambda: visit.services.ledger.audit.entries(limit=MOST_ENTRIES))
        if page is not None:
            columns = [
                markup.Column(visit.t(key)) for key in ("audit.subject", "audit.at", "audit.actor", "audit.action")
            ]
            rows = [
                (escape(e.subject), f'<span class="num">{visit.moment(e.at)}</span>', escape(e.actor), escape(e.action))
                for e in page.items
            ]
            box.set_content(
                head
                + (
                    markup.table(columns, rows, name="audit", stacked=True)
                    if rows
                    else markup.state(visit.t("audit.none"))
                )
            )

    ui.timer(0.1, fill, once=True)
