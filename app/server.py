"""The HTTP server: uvicorn that tells when it listens and stops MQTT before it stops answering."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from config.settings import ApiSettings
from domain.errors import Unavailable


def bind(settings: ApiSettings) -> socket.socket:
    """Bind before anything else starts, so that a taken port is one clear sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"port {settings.port} on {settings.host} is taken by another program; "
                "stop it or choose another with api.port (YINGFENG_API__PORT)"
            ) from error
        raise Unavailable(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return listener


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], None],
        stopping: Callable[[], None],
        grace_s: Callable[[], float],
    ) -> None:
        super().__init__(config)
        self._on_started = started
        self._on_stopping = stopping
        self._grace_s = grace_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            await asyncio.to_thread(self._on_started)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._on_stopping)
        self.config.timeout_graceful_shutdown = max(1, round(self._grace_s()))
        await super().shutdown(sockets=sockets)


class HttpServer:
    """``run`` blocks until a signal or ``stop``; ``started`` and ``stopping`` are called on a worker thread.

    grace_s : how long open requests and streams get to end, asked after ``stopping``; whole seconds, at least one
    """

    def __init__(
        self,
        app: FastAPI,
        settings: ApiSettings,
        *,
        started: Callable[[], None],
        stopping: Callable[[], None],
        grace_s: Callable[[], float] | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws_max_size=1_000_000,
        )
        self._server = _Server(config, started, stopping, grace_s or (lambda: settings.shutdown_s))

    def run(self, listener: socket.socket) -> None:
        if threading.current_thread() is threading.main_thread():
            # uvicorn raises the signal that ended it once more. Unanswered, it would end the process here, before
            # the parts below have drained and closed.
            signal.signal(signal.SIGTERM, lambda *_: None)
        self._server.run(sockets=[listener])

    def stop(self) -> None:
        self._server.should_exit = True
