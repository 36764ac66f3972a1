"""The web application: API, and the console on the same server."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from api.application import close_streams, create_app
from app.system import System


@dataclass(frozen=True, slots=True)
class Site:
    app: FastAPI

    def close_streams(self) -> None:
        close_streams(self.app)


def build_site(system: System) -> Site:
    return Site(create_app(system.services()))
