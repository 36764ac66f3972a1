"""Everything that runs in one process, opened inside out and closed outside in.

Ledger, store, journal and engine open first, then the readers of the journal, the alerts and the ticker; the API
listens next, and MQTT comes last (``connect``). Closing is the reverse: no new messages, drain, then the parts below.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from api.services import Services
from app.adapters import open_journal, open_ledger, open_store
from app.bus import InProcessBus
from app.clock import FollowedClock, SystemClock
from app.connection import Connection, ConnectionParts
from app.delivery import DeliveryParts, DeliveryWorkers, open_replies
from app.desks import Desks, open_desks
from app.forecast_turns import ForecastTurns
from app.health import Checks
from app.mark_turns import MarkTurns
from app.metrics import PrometheusMetrics
from app.nights import open_nights
from app.order_turns import OrderTurns
from app.paper_turns import PaperTurns
from app.roles import REPLY_ALONE
from app.stopping import StopDeadline
from app.ticker import Ticker
from app.wiring import (
    open_alert_engine,
    open_day_loads,
    open_engine,
    open_quality_judge,
)
from config.settings import Settings
from domain.errors import Unavailable
from domain.events import IngestStarted, ReadingsStored
from ingest.broker import EmbeddedBroker
from ingest.codecs.dispatch import Codecs
from ingest.devices import Devices
from ingest.feed import EngineFeed
from ingest.intake import Intake
from ingest.journal import Journal
from ingest.journal_watch import JournalWatch
from ingest.late import LateMarks
from ingest.quarantine import Quarantine
from ingest.weather_http import HttpWeather, WeatherPoller
from ingest.weather_keeper import WeatherKeeper
from ingest.writer import StoreWriter
from monitor.engine import Engine
from monitor.vee_run import finish_open
from response.alert_desk import AlertDesk
from response.alert_engine import AlertEngine
from response.orderly.troubles import OrderTroubles

log = logging.getLogger(__name__)

#: How often the engine is asked whether it held an announcement back.
ANNOUNCE_S = 0.03
ANNOTATE_S = 30.0
#: The store writer drains the journal for as long as the deadline of the whole stop allows, and never longer.
DRAIN_S = 600.0


class System:
    """A context manager. ``roles`` is a subset of ingest, engine and api, or reply alone."""

    def __init__(
        self,
        settings: Settings,
        roles: frozenset[str],
        *,
        clock: FollowedClock | None = None,
        stopping: StopDeadline | None = None,
    ) -> None:
        self.settings = settings
        self.district = settings.district.id
        self.roles = roles
        self.clock = clock or FollowedClock()
        self.machine_clock = SystemClock()
        self.stopping = stopping or StopDeadline(settings.process.stop_s)
        self.bus = InProcessBus()
        self.metrics = PrometheusMetrics()
        self._stack = ExitStack()
        self._listening = ExitStack()
        self.checks = Checks()
        self.connection = Connection()
        self._delivery: DeliveryWorkers | None = None
        self._orders: OrderTurns | None = None
        self.journal: Journal | None = None
        self.engine: Engine | None = None
        self.alert_engine: AlertEngine | None = None
        self.broker: EmbeddedBroker | None = None
        self.weather: WeatherKeeper | None = None

    def __enter__(self) -> Self:
        with self._stack:
            self._open()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()
        self._stack.close()

    def _open(self) -> None:
        self.codecs = Codecs.of(self.settings)
        self.devices = Devices(self.codecs.mapped, self.metrics) if self.codecs.mapped is not None else None
        self.ledger = open_ledger(self.settings.ledger, self.machine_clock, self.settings.district.zone)
        self._stack.callback(self.ledger.close)
        self.checks.watch_answer("ledger", self.ledger.ping)
        self.store = open_store(self.settings.store, alone=not self.settings.mqtt.share_group)
        self._stack.callback(self.store.close)
        self.checks.watch_answer("store", self.store.ping)
        if "ingest" in self.roles:
            self.journal = self._stack.enter_context(open_journal(self.settings.journal))
        self.quarantine = Quarantine(self.ledger.quarantine, self.journal, self.clock)
        if self.journal is not None:
            self._watch_journal(self.journal)
        if "engine" in self.roles:
            self._open_engine()
        if self.journal is not None:
            self._open_writer(self.journal)
        if self.roles & {"ingest", "engine"} or self.settings.mqtt.url != "embedded":
            self.checks.watch("mqtt", self.connection.mqtt_problem)
        if self.journal is not None and self.devices is not None:
            self.checks.watch("backfill", self.connection.backfill_problem)
        if self.journal is not None:
            self.checks.watch("data flow", self.connection.flow_problem)
        self.desks = open_desks(
            self.settings, self.store, self.ledger, self.clock, self.machine_clock, self.bus, live=self.engine
        )
        if "api" in self.roles:
            self._stack.enter_context(self.desks.runs)
        if "engine" in self.roles:
            self._open_turns(self.desks)
        self.alerts = AlertDesk(
            alerts=self.ledger.alerts,
            audit=self.ledger.audit,
            clock=self.clock,
            bus=self.bus,
            engine=self.alert_engine,
        )
        if "engine" in self.roles:
            parts = DeliveryParts(self.settings, self.ledger, self.desks.notices, self.clock, self.machine_clock)
            self._delivery = DeliveryWorkers(parts, self.alerts, self.bus, self.metrics)
            self.checks.watch("notices", self._delivery.problem)

    def _open_turns(self, desks: Desks) -> None:
        """What the district clock sets going: forecasts, the night's work, orders, papers and events."""
        self._stack.enter_context(ForecastTurns(desks.forecast_book, stop_s=self._within(10.0)))
        zone = self.settings.district.zone
        finish_open(self.ledger, zone)
        self._turn("nights", open_nights(self.settings, self.store, self.ledger, self.clock, desks))
        orders = self._orders = OrderTurns(desks.orderly, self.store, self.clock)
        papers = PaperTurns(desks.orderly, desks.reports, self.clock, zone)
        self._turn("orders", [("orders", orders.tick), ("papers", papers.tick)])
        self._turn("events", [("events", desks.dr.turns.tick)])
        if self.settings.grafana.url:
            annotations = MarkTurns(self.settings.grafana, self.ledger, self.clock)
            self._turn("annotations", [("annotations", annotations.tick)], period_s=ANNOTATE_S)

    def _turn(self, name: str, tasks: Sequence[tuple[str, Callable[[], None]]], *, period_s: float = 1.0) -> None:
        """A ticker of its own, whose trouble is a part of readiness under the same name."""
        ticker = self._stack.enter_context(self._ticker(tasks, name=name, period_s=period_s))
        self.checks.watch(name, ticker.problem)

    def _watch_journal(self, journal: Journal) -> None:
        if "engine" not in self.roles:
            # Left by a run with all roles, its place would keep every segment; an engine starts from the store anyway.
            journal.forget_reader("engine")
        source = self.settings.mqtt.client_id
        watch = JournalWatch(journal, self.quarantine, self.metrics, self.clock, self.bus, source=source)
        ticker = self._stack.enter_context(self._ticker([("journal", watch.look)]))
        self.checks.watch("journal", lambda: watch.problem or ticker.problem())

    def _open_engine(self) -> None:
        engine = open_engine(self.settings, self.store, self.ledger, self.clock, self.bus, self.metrics)
        try:
            engine.restore()
        except Unavailable as error:
            # A store that is down is only lag: readings wait in the journal, and the engine tries again each second.
            log.warning("%s; the start goes on without what it holds", error)
        self._stack.callback(engine.close)
        alert_engine = open_alert_engine(
            self.settings,
            self.ledger,
            self.clock,
            self.bus,
            live=engine,
            flow=self.connection.flow,
            orders=self._troubles,
        )
        alert_engine.restore()
        self._stack.callback(alert_engine.subscribe())
        self.engine, self.alert_engine = engine, alert_engine
        if self.journal is not None:
            reader = self.journal.reader("engine", start="end")
            feed = EngineFeed(
                reader,
                self._intake(),
                engine.accept,
                self.metrics,
                self.clock,
                memory=self._memory("engine"),
                heard=self.connection.heard,
            )
            feed.start()
            self._stack.callback(lambda: feed.stop(self.stopping.share_s(5.0)))
            self.checks.watch("engine feed", lambda: feed.problem)
        if self.journal is None or self.settings.mqtt.share_group:
            # What other processes took is in their journals: it is read from the store instead.
            self._stack.callback(self.bus.subscribe(ReadingsStored, engine.catch_up))
            self._stack.callback(self.bus.subscribe(IngestStarted, engine.look_again))
        keeper = self.weather = WeatherKeeper(self.ledger.weather, self.metrics)
        judge = open_quality_judge(self.settings, self.store, self.ledger, self.clock, self.bus, self.metrics)
        self._stack.callback(judge.close)
        days = open_day_loads(self.settings, self.store, self.ledger, self.clock, self.bus, self.metrics)
        self._stack.callback(days.close)
        tasks = [("engine", engine.tick), ("alerts", alert_engine.evaluate), ("weather", keeper.flush)]
        tasks += [("data quality", judge.tick), ("days", days.tick)]
        if self.settings.weather.url:
            provider = HttpWeather(self.settings.weather)
            poller = WeatherPoller(provider, self.settings.weather.every_s, self.clock, keeper.hand_over)
            self._stack.enter_context(poller)
            self.checks.watch("weather", lambda: poller.problem)
        self._turn("engine", tasks)
        self._turn("announcer", [("announcements", engine.announce)], period_s=ANNOUNCE_S)

    def _open_writer(self, journal: Journal) -> None:
        writer = StoreWriter(
            journal.reader("store"),
            self._intake(),
            self.store,
            self.quarantine,
            self.bus,
            self.metrics,
            self.clock,
            batch_rows=self.settings.store.batch_rows,
            memory=self._memory("store"),
            late=LateMarks(self.ledger.dirty, self.clock, self.settings.district.zone),
        )
        writer.start()
        self._stack.callback(lambda: writer.stop(self.stopping.share_s(DRAIN_S)))
        self.checks.watch("store writer", lambda: writer.problem)

    def _intake(self) -> Intake:
        return Intake(self.ledger.registry.registry, self.settings, self.clock, codecs=self.codecs)

    def _memory(self, reader: str) -> Path:
        return Path(self.settings.journal.path) / f"{reader}.memory"

    def connect(self) -> None:
        """MQTT, last of all: readings come only when everything that handles them is up."""
        if self.roles == REPLY_ALONE:
            return  # the pages for enterprises need the ledger and the store, and must not speak to the broker
        mqtt, alone = self.settings.mqtt, not self.roles & {"ingest", "engine"}
        if alone and mqtt.url == "embedded":
            return
        if mqtt.url == "embedded":
            self.broker = self._stack.enter_context(EmbeddedBroker())
            mqtt = mqtt.model_copy(update={"url": self.broker.url})
        if self._delivery is not None:
            self._delivery.open(self._listening, mqtt)
        self.connection.open(self._listening, mqtt, self._connection_parts(), alone=alone)

    def _connection_parts(self) -> ConnectionParts:
        return ConnectionParts(
            settings=self.settings,
            ledger=self.ledger,
            store=self.store,
            journal=self.journal,
            engine=self.engine,
            weather=self.weather,
            codecs=self.codecs,
            devices=self.devices,
            bus=self.bus,
            metrics=self.metrics,
            clock=self.clock,
            machine_clock=self.machine_clock,
            within=self._within,
        )

    def _troubles(self) -> OrderTroubles:
        """None are in force before the desks are open."""
        return OrderTroubles(0) if self._orders is None else self._orders.troubles()

    def disconnect(self) -> None:
        """The stop begins: no new messages; what was handed over is journalled and acknowledged first."""
        self.stopping.begin()
        self._listening.close()

    @property
    def broker_url(self) -> str:
        """Where publishers connect: the embedded broker's address once it runs."""
        return self.broker.url if self.broker is not None else self.settings.mqtt.url

    def _within(self, most_s: float) -> Callable[[], float]:
        """How long a part may take to end, asked when its turn has come."""
        return lambda: self.stopping.share_s(most_s)

    def _ticker(
        self, tasks: Sequence[tuple[str, Callable[[], None]]], *, period_s: float = 1.0, name: str = "ticker"
    ) -> Ticker:
        return Ticker(tasks, period_s=period_s, name=name, stop_s=self._within(10.0))

    def services(self) -> Services:
        desks = self.desks
        return Services(
            settings=self.settings,
            clock=self.clock,
            machine_clock=self.machine_clock,
            bus=self.bus,
            metrics=self.metrics,
            metrics_registry=self.metrics.registry,
            questions=desks.questions,
            quality=desks.quality,
            years=desks.years,
            histories=desks.histories,
            forecasts=desks.forecasts,
            forecast_book=desks.forecast_book,
            baselines=desks.baselines,
            potentials=desks.potentials,
            orderly=desks.orderly,
            profiles=desks.profiles,
            anomalies=desks.anomalies,
            behaviour=desks.behaviour,
            billing=desks.billing,
            runs=desks.runs,
            intensity=desks.intensity,
            reports=desks.reports,
            analyses=desks.analyses,
            vee=desks.vee,
            ledger=self.ledger,
            alerts=self.alerts,
            notices=desks.notices,
            replies=open_replies(self.settings, self.ledger, desks.notices, desks.questions, self.clock),
            dr=desks.dr,
            quarantine=self.quarantine,
            version=version("yingfeng"),
            health=self.checks.all(),
        )
