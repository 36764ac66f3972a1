"""Builds the FastAPI application from ports. Nothing is opened here: ``app`` owns the parts and the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

from api import problems, reply_pages
from api.auth import ServicesDep, Staff, bearer_scheme, cookie_scheme
from api.docs_page import render
from api.edge import ApiEdge
from api.live import LiveHub
from api.openapi import document_of
from api.routes import (
    alerts,
    analyses,
    attachments,
    backfill,
    baselines,
    behaviour,
    billing,
    dr,
    duty,
    energy_quotas,
    forecast,
    health,
    inspections,
    intensity,
    intensity_import,
    intensity_questions,
    intensity_review,
    load,
    notices,
    orderly,
    orderly_plans,
    people,
    potentials,
    quality,
    records,
    references,
    registry,
    reports,
    runs,
    session,
    stream,
    vee,
    weather,
    years,
)
from api.services import Services
from api.throttle import LoginThrottle

HEARTBEAT_S = 15.0
#: The page brings its own style and no script; nothing may be loaded from outside.
DOCS_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def _pages(app: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def root() -> RedirectResponse:
        return RedirectResponse("/console")

    @router.get("/api/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(document_of(app))

    @router.get("/api/docs")
    def docs() -> HTMLResponse:
        return HTMLResponse(render(document_of(app)), headers={"Content-Security-Policy": DOCS_POLICY})

    @router.get("/metrics")
    def metrics(_: Staff, services: ServicesDep) -> Response:
        return Response(generate_latest(services.metrics_registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _version_1() -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    router.include_router(health.router)
    signed_in = [Depends(bearer_scheme), Depends(cookie_scheme)]
    for part in (
        session,
        people,
        registry,
        load,
        orderly,
        orderly_plans,
        inspections,
        attachments,
        energy_quotas,
        forecast,
        baselines,
        behaviour,
        potentials,
        references,
        alerts,
        billing,
        dr,
        records,
        runs,
        reports,
        weather,
        backfill,
        notices,
        duty,
        intensity,
        intensity_import,
        intensity_questions,
        intensity_review,
        vee,
        stream,
        analyses,
        quality,
        years,
    ):
        router.include_router(part.router, dependencies=signed_in)
    return router


def attach(app: FastAPI, services: Services, *, heartbeat_s: float = HEARTBEAT_S) -> None:
    """Gives the routes what they work on; once per application, or again after ``close_streams``."""
    app.state.services = services
    app.state.live = LiveHub(services.bus, services.metrics)
    app.state.throttle = LoginThrottle()
    app.state.heartbeat_s = heartbeat_s


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        close_streams(app)


def create_app(services: Services, *, heartbeat_s: float = HEARTBEAT_S) -> FastAPI:
    """The whole API. ``close_streams(app)`` must run before the server waits for its open answers to end."""
    app = FastAPI(
        title="迎峰 Yingfeng",
        version=services.version,
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    attach(app, services, heartbeat_s=heartbeat_s)
    app.add_middleware(ApiEdge)
    problems.install(app)
    app.include_router(_pages(app))
    app.include_router(reply_pages.router)
    app.include_router(_version_1())
    return app


def close_streams(app: FastAPI) -> None:
    """Ends every open stream, from any thread: a server told to stop waits for them otherwise."""
    hub: LiveHub = app.state.live
    hub.close()
