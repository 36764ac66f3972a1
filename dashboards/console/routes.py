"""The addresses of the pages. NiceGUI keeps them per process, so they find their console in the request."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from nicegui import Client, app, ui
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboards.console import (
    alerts,
    baselines,
    billing,
    characteristics,
    cooling,
    enterprise,
    enterprises,
    event,
    events,
    forecasts,
    inspections,
    intensity,
    login,
    notices,
    orderly,
    orderly_plans,
    orders,
    overview,
    peaks,
    quality,
    registry,
    reports,
    review,
    shapes,
    system,
    users,
    vee,
)
from dashboards.console.frame import frame, staff_only
from dashboards.console.missing import missing
from dashboards.console.visit import Visit

ASSETS = Path(__file__).parent / "assets"
STAFF_PAGES: dict[str, Callable[[Visit], None]] = {
    "forecast": forecasts.build,
    "enterprises": enterprises.build,
    "notices": notices.build,
    "peaks": peaks.build,
    "shapes": shapes.build,
    "cooling": cooling.build,
    "quality": quality.build,
    "billing": billing.build,
    "intensity": intensity.build,
    "registry": registry.build,
    "orderly": orderly.build,
    "plans": orderly_plans.build,
    "inspections": inspections.build,
    "users": users.build,
    "system": system.build,
}


@cache
def register() -> None:
    """Once per process."""
    app.add_static_files("/assets", ASSETS, max_cache_age=3600)
    app.add_exception_handler(404, missing)
    app.add_api_route("/login", _login, methods=["GET"], include_in_schema=False)
    ui.page("/")(_overview)
    ui.page("/alerts")(_alerts)
    ui.page("/characteristics")(_characteristics)
    ui.page("/baselines")(_baselines)
    ui.page("/enterprise/{enterprise_id}")(_enterprise)
    ui.page("/vee")(_vee)
    ui.page("/events")(_events)
    ui.page("/event/{event_id}")(_event)
    ui.page("/reports")(_reports)
    ui.page("/orders")(_orders)
    ui.page("/review")(_review)
    for name in STAFF_PAGES:
        ui.page(f"/{name}")(_staff_page(name))


def _login(request: Request) -> HTMLResponse:
    return login.page(request, request.scope["console"].services.settings.district.name)


def _overview(request: Request, client: Client) -> None:
    visit = Visit(request, client)
    own = visit.principal.enterprise
    with frame(visit, "enterprise" if own else "overview"):
        if own is not None:
            enterprise.build(visit, own)
        else:
            overview.build(visit)


def _alerts(request: Request, client: Client) -> None:
    visit = Visit(request, client)
    with frame(visit, "alerts"):
        alerts.build(visit)


def _characteristics(request: Request, client: Client) -> None:
    visit = Visit(request, client)
    with frame(visit, "characteristics"):
        characteristics.build(visit)


def _baselines(request: Request, client: Client) -> None:
    visit = Visit(request, client)
    with frame(visit, "baselines"):
        baselines.build(visit)


def _enterprise(request: Request, client: Client, enterprise_id: str) -> None:
    visit = Visit(request, client)
    with frame(visit, "enterprise" if visit.principal.enterprise else "enterprises"):
        enterprise.build(visit, enterprise_id)


def _events(request: Request, client: Client) -> None:
    visit = Visit(request, client)
    with frame(visit, "events"):
        events.build(visit)


def _event(request: Request, client: Client, event_id: str) -> None:
    visit = Visit(request, client)
    with frame(visit, "events"):
        event.build(visit, event_id)


def _vee(request: Request, client: Client, meter: str = "", day: str = "") -> None:
    visit = Visit(request, client)
    with frame(visit, "vee"):
        if staff_only(visit):
            vee.build(visit, meter, day)


def _reports(request: Request, client: Client, id: str = "") -> None:
    visit = Visit(request, client)
    with frame(visit, "reports"):
        reports.build(visit, id)


def _orders(request: Request, client: Client, order: str = "") -> None:
    visit = Visit(request, client)
    with frame(visit, "orders"):
        orders.build(visit, order)


def _review(request: Request, client: Client, day: str = "") -> None:
    visit = Visit(request, client)
    with frame(visit, "review"):
        if staff_only(visit):
            review.build(visit, day)


def _staff_page(name: str) -> Callable[[Request, Client], None]:
    def page(request: Request, client: Client) -> None:
        visit = Visit(request, client)
        with frame(visit, name):
            if staff_only(visit):
                STAFF_PAGES[name](visit)

    return page
