"""The demo from start to scorecard."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from app.adapters import open_ledger, open_store
from app.clock import FollowedClock, SystemClock
from app.demo import scene
from app.demo.narrator import Narrator
from app.demo.policy import demo_policy
from app.demo.telling import Teller
from app.demo.twin_process import TwinProcess
from app.roles import ALL_ROLES
from app.server import HttpServer, bind
from app.serving_pages import stop
from app.site import build_site
from app.system import System
from config.calendar import Calendar
from config.settings import ApiSettings, Settings, load_settings
from domain.errors import Unavailable
from ingest.twin.story import Story, tell, usual_day

USUAL_PORT = 8000


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """seconds : ends by itself after so many; None runs until Ctrl-C. port : None takes 8000 or a free one."""

    seconds: float | None
    port: int | None
    day: date | None
    seed: int
    enterprises: int
    speed: float
    full: bool


def run_demo(options: DemoOptions) -> None:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="yingfeng-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = demo_settings(folder, options.port, grafana_in(os.environ) if options.full else {})
        teller = Teller(settings.district.zone)
        if options.full:
            from app.demo.servers import full_servers

            settings = stack.enter_context(full_servers(folder, settings, teller.say))
        calendar = Calendar()
        day = options.day or usual_day(datetime.now(UTC).astimezone(settings.district.zone).date(), calendar)
        story = tell(day=day, seed=options.seed, n=options.enterprises, calendar=calendar, speed=options.speed)
        teller.say(f"园区孪生 district twin: {options.enterprises} enterprises, {day:%Y-%m-%d}, {options.speed:g}x")
        _prepare(settings, story, teller)
        listener = _listen(settings.api, explicit=options.port is not None, teller=teller)
        stack.enter_context(listener)
        _play(settings, story, options, listener, teller)


def grafana_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The only settings a demo takes from outside: the Grafana that is to draw its boards."""
    return {name: value for name, value in environment.items() if name.startswith("YINGFENG_GRAFANA__")}


def demo_settings(folder: Path, port: int | None, more: Mapping[str, str]) -> Settings:
    return load_settings(
        None,
        {
            "YINGFENG_MQTT__URL": "embedded",
            "YINGFENG_MQTT__ACCEPT_LOSS": "true",
            "YINGFENG_STORE__URL": f"duckdb:///{folder}/readings.duckdb",
            "YINGFENG_LEDGER__URL": f"sqlite:///{folder}/ledger.sqlite",
            "YINGFENG_JOURNAL__PATH": str(folder / "journal"),
            "YINGFENG_API__PORT": str(port or USUAL_PORT),
            "YINGFENG_DISTRICT__POLICY_PATH": str(demo_policy(folder)),
            # Open streams of a demo need no long good-bye.
            "YINGFENG_API__SHUTDOWN_S": "2",
            **more,
        },
    )


def _prepare(settings: Settings, story: Story, teller: Teller) -> None:
    ledger = open_ledger(settings.ledger, SystemClock(), settings.district.zone)
    store = open_store(settings.store)
    try:
        scene.set_scene(story, ledger, store, teller.say)
    finally:
        store.close()
        ledger.close()


def _listen(settings: ApiSettings, *, explicit: bool, teller: Teller) -> socket.socket:
    try:
        return bind(settings)
    except Unavailable:
        if explicit:
            raise
        teller.say(f"端口 {settings.port} 已被占用，另取一个 port {settings.port} is taken, another is used")
        return bind(settings.model_copy(update={"port": 0}))


def _play(settings: Settings, story: Story, options: DemoOptions, listener: socket.socket, teller: Teller) -> None:
    clock = FollowedClock()
    # Time stands still until the meters announce that they speak; else they would seem silent while they start.
    clock.follow(story.start, 0.0)
    url = "http://{}:{}".format(*listener.getsockname()[:2])
    with System(settings, ALL_ROLES, clock=clock) as system, ExitStack() as meters:
        site = build_site(system)

        def started() -> None:
            system.connect()
            twin = meters.enter_context(_twin(system.broker_url, settings, story, options))
            teller.follow(clock)
            narrator.begin(twin, url)

        def stopping() -> None:
            narrator.end()
            meters.close()
            stop(system, site)

        server = HttpServer(site.app, settings.api, started=started, stopping=stopping)
        narrator = Narrator(story, system, teller, seconds=options.seconds, finished=server.stop)
        server.run(listener)
        _settle(system)
        narrator.scorecard()


def _twin(url: str, settings: Settings, story: Story, options: DemoOptions) -> TwinProcess:
    return TwinProcess(
        url=url,
        district=settings.district.id,
        day=story.day.isoformat(),
        seed=options.seed,
        enterprises=options.enterprises,
        speed=story.speed,
    )


def _settle(system: System, timeout_s: float = 10.0) -> None:
    """Let the journal drain into the store, so that the scorecard adds up."""
    deadline = time.monotonic() + timeout_s
    while system.journal is not None and any(system.journal.stats().lag_records.values()):
        if time.monotonic() > deadline:
            return
        threading.Event().wait(0.05)
