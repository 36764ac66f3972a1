"""Puts the console under /console of the application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from nicegui import app as pages
from nicegui import ui
from starlette.types import ASGIApp

from dashboards.console import routes
from dashboards.console.board import Board
from dashboards.console.gate import ROOT, Gate
from dashboards.console.services import ConsoleServices
from domain.people import Principal

RECONNECT_S = 20.0


@dataclass(frozen=True, slots=True)
class Console:
    services: ConsoleServices
    board: Board


def mount(app: FastAPI, services: ConsoleServices, *, cookie: str) -> None:
    """``cookie`` names the session cookie that the API's sign-in sets. May be called again for a later application.

    NiceGUI knows one application per process: of several mounted ones, one runs at a time.
    """
    console = Console(services, Board(services.bus))

    def resolve(session: str) -> Principal | None:
        user = services.ledger.people.session_user(session)
        return user.principal if user is not None and user.active else None

    gate: ASGIApp = Gate(pages, console, cookie, resolve)
    app.mount(ROOT, gate)
    routes.register()
    # A second mounting finds the stack of the first already built, and adding to a built stack is refused.
    pages.user_middleware.clear()
    pages.middleware_stack = None
    # NiceGUI mounts itself too; the gate above stands before it and answers everything.
    ui.run_with(
        app,
        title="迎峰 Yingfeng",
        mount_path=ROOT,
        favicon="⚡",
        language="zh-CN",
        tailwind=False,
        reconnect_timeout=RECONNECT_S,
        message_history_length=100,
        show_welcome_message=False,
    )
    _live_with(app, console.board)


def _live_with(app: FastAPI, board: Board) -> None:
    """The board starts and stops with the server."""
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with outer(application):
            board.start()
            try:
                yield
            finally:
                await board.stop()

    app.router.lifespan_context = lifespan
