"""The web application: the API, and the console on the same server."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from api.application import close_streams, create_app
from api.auth import COOKIE
from app.system import System
from dashboards.console import mount


@dataclass(frozen=True, slots=True)
class Site:
    app: FastAPI

    def close_streams(self) -> None:
        close_streams(self.app)


def build_site(system: System) -> Site:
    services = system.services()
    app = create_app(services)
    mount(app, services, cookie=COOKIE)
    return Site(app)
