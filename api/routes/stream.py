"""Server-sent events: the snapshot first, then alerts, closed intervals and the moved load of one scope."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.auth import Caller, ServicesDep, principal_of
from api.live import Fact, LiveHub
from api.parameters import ScopeText, scope_of
from api.schemas.base import local
from api.schemas.load import CurrentOut
from api.schemas.watch import AlertOut, IntervalOut, SnapshotOut
from api.services import Services
from domain.errors import Forbidden, NotFound, Unauthenticated, YingfengError
from domain.events import AlertChanged
from domain.people import Principal
from domain.scopes import Scope

log = logging.getLogger(__name__)
router = APIRouter(tags=["stream"])
HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
RETRY = b"retry: 3000\n\n"
HEARTBEAT = b": heartbeat\n\n"
SNAPSHOT_ALERTS = 500


def encode(event: str, body: BaseModel) -> bytes:
    """One event. No id is sent: a client that comes back gets a new snapshot, so Last-Event-ID has nothing to say."""
    return f"event: {event}\ndata: {body.model_dump_json()}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One client: who it is and which scope's load it watches. Its blocking questions run in the thread pool."""

    services: Services
    principal: Principal
    scope: Scope

    def check(self) -> None:
        self._load()

    def snapshot(self) -> bytes:
        load, reason = self._load()
        page = self.services.alerts.list(self.principal, active=True, limit=SNAPSHOT_ALERTS)
        alerts = [AlertOut.of(alert, self.services.zone) for alert in page.items]
        return encode("snapshot", SnapshotOut(scope=str(self.scope), load=load, reason=reason, alerts=alerts))

    def load(self) -> bytes:
        load, reason = self._load()
        return encode("load", load) if load is not None else f": no load: {reason}\n\n".encode()

    def fact(self, event: Fact) -> bytes:
        if not isinstance(event, AlertChanged):
            start = local(event.start, self.services.zone)
            return encode("interval", IntervalOut(start=start, revision=event.revision))
        if not self._may_see(event):
            return b""
        return encode("alert", AlertOut.of(event.alert, self.services.zone))

    def _may_see(self, event: AlertChanged) -> bool:
        """Staff see every alert; for an enterprise the desk decides, as it does for the list."""
        if self.principal.sees_all():
            return True
        try:
            self.services.alerts.get(self.principal, event.alert.id)
        except (Forbidden, NotFound):
            return False
        return True

    def _load(self) -> tuple[CurrentOut | None, str]:
        try:
            return CurrentOut.of(self.services.questions.current(self.principal, self.scope), self.services.zone), ""
        except (Forbidden, NotFound, Unauthenticated):
            raise
        except YingfengError as error:
            # A store that is down for a minute must not end the stream: the next move of the load asks again.
            return None, " ".join(str(error).split())


class _Stream:
    """One client's answers in order of news. The load is asked beside the mailbox: however long the question takes,
    an alert that comes meanwhile is sent at once."""

    def __init__(self, request: Request, subscription: Subscription) -> None:
        self._request = request
        self._subscription = subscription
        self._hub: LiveHub = request.app.state.live
        self._heartbeat_s: float = request.app.state.heartbeat_s
        self._mailbox = self._hub.join()
        self._checked = time.monotonic()
        self._load: asyncio.Task[bytes] | None = None
        self._moved = False

    async def events(self) -> AsyncIterator[bytes]:
        news = asyncio.ensure_future(self._mailbox.take(self._heartbeat_s))
        try:
            yield RETRY + await run_in_threadpool(self._subscription.snapshot)
            while not (self._mailbox.closed or self._mailbox.overflowed):
                await asyncio.wait([each for each in (news, self._load) if each], return_when=asyncio.FIRST_COMPLETED)
                if not await self._welcome():
                    return
                if news.done():
                    told = await self._answer(news.result())
                    news = asyncio.ensure_future(self._mailbox.take(self._heartbeat_s))
                    if told:
                        yield told
                if self._load is not None and self._load.done():
                    loaded, self._load = self._load.result(), None
                    self._ask_for_the_load()
                    yield loaded
        except YingfengError as error:
            # The answer has begun, so there is no problem document any more: the client comes back and is told then.
            log.info("a stream of %s ended: %s", self._subscription.principal.name, error)
        finally:
            self._hub.leave(self._mailbox)
            for task in (news, self._load):
                if task is not None:
                    task.cancel()

    async def _answer(self, news: Fact | bool) -> bytes:
        if news is False:
            return HEARTBEAT
        if news is True:
            self._moved = True
            self._ask_for_the_load()
            return b""
        return await run_in_threadpool(self._subscription.fact, news)

    def _ask_for_the_load(self) -> None:
        """One question at a time; a load that moved meanwhile is asked for once more."""
        if self._moved and self._load is None:
            self._moved = False
            self._load = asyncio.ensure_future(run_in_threadpool(self._subscription.load))

    async def _welcome(self) -> bool:
        """A session that ended, or an account that was locked, ends its streams too."""
        if time.monotonic() - self._checked < self._heartbeat_s:
            return True
        self._checked = time.monotonic()
        return await run_in_threadpool(_still_welcome, self._request, self._subscription)


def _still_welcome(request: Request, subscription: Subscription) -> bool:
    try:
        return principal_of(request, subscription.services) == subscription.principal
    except Unauthenticated:
        return False


@router.get(
    "/stream",
    summary="Live events of a scope (text/event-stream)",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "snapshot, then alert, load and interval"}},
)
async def stream(request: Request, caller: Caller, services: ServicesDep, scope: ScopeText = "") -> StreamingResponse:
    """Sends `snapshot` (a SnapshotOut), then `alert` (AlertOut), `load` (CurrentOut) and `interval` as they happen, and
    a comment every 15 s. A client that falls far behind, and one whose session ended, is disconnected; it comes back
    and is given a new snapshot."""
    subscription = Subscription(services, caller, scope_of(scope, caller))
    # Asked before the answer begins, so that a refused scope is a problem document and not a broken stream.
    await run_in_threadpool(subscription.check)
    return StreamingResponse(_Stream(request, subscription).events(), media_type="text/event-stream", headers=HEADERS)
