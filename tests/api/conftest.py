"""One small district behind the real application: real ledger, real readings in memory, fake load questions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from api.application import attach, close_streams, create_app
from api.auth import COOKIE
from api.headers import WRITE_HEADER
from api.services import HealthCheck, Services
from app.bus import InProcessBus
from app.clock import SystemClock
from app.delivery import open_notices, open_replies
from app.dr import open_dr
from app.metrics import PrometheusMetrics
from app.orderly import open_gap, open_orderly
from app.reports import open_report_kinds, open_reports
from app.wiring import (
    open_analyses,
    open_anomalies,
    open_baselines,
    open_behaviour,
    open_billing,
    open_forecast_book,
    open_forecasts,
    open_histories,
    open_intensity,
    open_potentials,
    open_profiles,
    open_quality_desk,
    open_vee,
    open_year_desk,
)
from config.settings import MqttSettings, Settings
from domain.anomalies import KeptAnomaly
from domain.attachments import Attached, Subject
from domain.duty import Silence
from domain.energy import Basis
from domain.energy_review import RegionalReview
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.inspections import Visit, VisitKind
from domain.instants import Span, to_ms
from domain.notices import Answer, Notice, NoticeClass, Recipient, Reply, ReplyChannel
from domain.orderly import (
    EnergyQuota,
    Order,
    OrderLine,
    OrderState,
    Plan,
    PlanRow,
    PlanStep,
    Rank,
    Target,
    Window,
)
from domain.people import Role
from domain.readings import Reading, ReadingBatch, values_of
from domain.registry import Account, Contact, Enterprise, Meter
from domain.runs import Result, Run, RunState
from domain.scopes import enterprise_scope
from monitor.runs import Runs
from storage.ledger import SqlLedger
from storage.ledger_ports import Quarantined
from storage.readings.memory import MemoryStore
from storage.vee_ports import FlagRow
from tests.api.client import Client
from tests.api.fakes import NOW, FakeAlerts, FakeQuarantineDesk, FakeQuestions, SetProbe, alert
from tests.response.orderly import plan_case
from tests.support import reports
from tests.support.clock import HandClock
from tests.support.dr import put_events

PASSWORD = "correct-horse-battery"
SINCE = date(2020, 1, 1)
#: A flag of the day before lies in every ledger.
FLAGGED = Span(NOW - timedelta(days=1), NOW - timedelta(hours=23))
USERS = {
    "ada": (Role.ADMINISTRATOR, None),
    "otto": (Role.OFFICER, None),
    "vera": (Role.VIEWER, None),
    "emil": (Role.ENTERPRISE, EnterpriseId("E001")),
}


@dataclass
class District:
    """The application and the parts behind it that a test looks at or disturbs."""

    app: FastAPI
    services: Services
    bus: InProcessBus
    clock: HandClock
    ledger: SqlLedger
    questions: FakeQuestions
    alerts: FakeAlerts
    quarantine: FakeQuarantineDesk
    probe: SetProbe
    tokens: dict[str, str]

    def client(self, user: str | None = None) -> Client:
        """Signed in by API token, or a stranger."""
        return Client(self.app, {"Authorization": f"Bearer {self.tokens[user]}"} if user else {})

    def browser(self, user: str) -> Client:
        """Signed in by cookie, as the console is."""
        session = self.ledger.people.create_session(user, 1.0)
        return Client(self.app, {"Cookie": f"{COOKIE}={session}", WRITE_HEADER: "1"})


def _fill_registry(ledger: SqlLedger) -> None:
    ids = [f"E{n:03d}" for n in range(1, 8)]
    ledger.registry.put_versions(
        "system",
        enterprises=[
            Enterprise(
                EnterpriseId(each),
                SINCE,
                f"企业{each}",
                street="梅墟" if each < "E004" else "新明",
                sector="电子",
                contacts=(Contact("王工", "13812345678"),),
            )
            for each in ids
        ],
        accounts=[Account(AccountId(f"33020{n}"), SINCE, EnterpriseId(each)) for n, each in enumerate(ids)],
        meters=[
            Meter(MeterId(f"M{each[1:]}"), SINCE, AccountId(f"33020{n}"), gateway=GatewayId("GW1"))
            for n, each in enumerate(ids)
        ],
    )


def _fill_anomalies(ledger: SqlLedger) -> None:
    day = NOW.date() - timedelta(days=1)
    found = KeptAnomaly(0, enterprise_scope("E001"), "企业E001", day, "step", 90.0, 40.0, 8.0, NOW)
    ledger.anomalies.keep([found])


def _fill_orderly(ledger: SqlLedger) -> None:
    own = plan_case.enterprise(1)
    [account] = plan_case.registry(own).accounts
    plan = Plan(2025, 1, "2025年方案", (PlanRow(own, account, (PlanStep("A", 100.0),)),), "test", "otto", NOW)
    for version in (1, 2):
        ledger.orderly.plans.put("otto", f"2025-{version}", replace(plan, version=version), after=0)
    window = Window(NOW.replace(minute=0), NOW.replace(minute=0) + timedelta(hours=2))
    line = OrderLine("E001", Rank.SHIFT, Target.REDUCTION, 10.0)
    given = Order(
        *("20260728-0001", "20260728-0001", 1, "", "2025-1", "A", (window,), (line,), OrderState.ISSUED, "otto", NOW),
        drill=True,
    )
    ledger.orderly.orders.put("otto", given.id, given, after=0)
    second = replace(given, id="20260728-0002", state=OrderState.PREPARED, lines=(replace(line, enterprise="E002"),))
    ledger.orderly.orders.put("otto", second.id, second, after=0)
    visit = Visit("v1", "E001", VisitKind.SURVEY, NOW, ("张三",), "空调机组", "otto")
    ledger.orderly.visits.put("otto", visit.id, visit, after=0)
    quota = EnergyQuota("district", date(2026, 7, 29), 4.2e6, "9号", "otto")
    ledger.orderly.energy_quotas.put("otto", "district@2026-07-29", quota, after=0)
    ledger.attachments.put("otto", Subject(Attached.VISIT, "v1"), "现场.png", "image/png", b"\x89PNG\r\n\x1a\n")


def _readings() -> ReadingBatch:
    first = to_ms(NOW - timedelta(hours=2))
    return ReadingBatch.of(
        Reading("M001", first + minute * 60_000, values_of(power_kw=100.0 + minute)) for minute in range(120)
    )


def _fill_notices(ledger: SqlLedger) -> None:
    """n1 to E001 with an answer recorded by hand, n2 to E002, and a silence."""
    for number, enterprise in ((1, "E001"), (2, "E002")):
        to = Recipient(enterprise_id=EnterpriseId(enterprise))
        told = Notice("contact.check", NoticeClass.INFORMATION, "核对", "", to, "contact:1", id=f"n{number}")
        ledger.notices.put("otto", [(told, [])], NOW)
    said = Reply("n1", "contact:1", EnterpriseId("E001"), Answer.RECEIVED, to_ms(NOW), ReplyChannel.PHONE, "otto")
    ledger.notices.put_reply(said)
    ledger.duty.add_silence(Silence("", "", "", NOW, NOW + timedelta(hours=1), "检修", "otto"))


def _held(n: int) -> Quarantined:
    return Quarantined(
        0, NOW, f"yingfeng/v1/gaoxin/enterprise/E001/M{n:03d}/reading", b"{\xff", "json", "", None, "held"
    )


def _open(path: Path, clock: HandClock) -> SqlLedger:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return SqlLedger(f"sqlite:///{path}", clock=clock, machine_clock=SystemClock(), hasher=hasher)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A filled ledger's file and everyone's API token; each test works on a copy."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    ledger = _open(path, HandClock(NOW))
    _fill_registry(ledger)
    tokens = {}
    for name, (role, enterprise) in USERS.items():
        ledger.people.create_user("system", name, PASSWORD, role, enterprise)
        tokens[name] = ledger.people.create_token("system", name, "test", None)[1]
    ledger.results.save_run(Run("r1", "court", "enterprise:E001", {}, "otto", RunState.DONE, NOW, result="p1"))
    ledger.results.keep(
        Result("p1", "court", "enterprise:E001", {}, "d", "s", "9.9.9", NOW, "otto", b'{"best":1}', "b")
    )
    _fill_orderly(ledger)
    _fill_anomalies(ledger)
    ledger.energy_reviews.put_regions(
        "system", [RegionalReview("R1", "高新区", "文", date(2019, 5, 10), 10_000.0, Basis.EQUIVALENT)]
    )
    ledger.quarantine.hold([_held(n) for n in range(5)])
    _fill_notices(ledger)
    put_events(ledger.dr)
    ledger.vee.replace_flags(
        ["M007"], FLAGGED, [FlagRow("M007", "spike", FLAGGED.start_ms, FLAGGED.end_ms, 9.0, 3.0, "跳变", "spike")]
    )
    for ident, kind, subject in (("rep1", "monthly", "district"), ("card1", "card", "enterprise:E001")):
        reports.keep(ledger, ident, kind, subject)
        reports.sign(ledger, ident)
    reports.keep(ledger, "draft1")
    reports.send(ledger, "rep1")
    ledger.close()
    return path, tokens


class Applications:
    """Building the routes takes a hundred times as long as using them, so tests share one application, given new
    parts each time. A test that adds routes builds its own."""

    def __init__(self) -> None:
        self._app: FastAPI | None = None

    def get(self, services: Services) -> FastAPI:
        if self._app is None:
            self._app = create_app(services)
        attach(self._app, services, heartbeat_s=0.2)
        return self._app


@pytest.fixture(scope="session")
def applications() -> Applications:
    return Applications()


@pytest.fixture
def district(tmp_path: Path, applications: Applications, filled: tuple[Path, dict[str, str]]) -> Iterator[District]:
    clock, bus, metrics = HandClock(NOW), InProcessBus(), PrometheusMetrics()
    template, tokens = filled
    shutil.copy(template, tmp_path / "ledger.sqlite")
    ledger = _open(tmp_path / "ledger.sqlite", clock)
    store = MemoryStore()
    store.write(_readings())
    questions = FakeQuestions(store, {f"M{n:03d}": f"E{n:03d}" for n in range(1, 8)})
    alerts = FakeAlerts(alert("a1"), alert("a2", enterprise_scope("E001")), alert("a3", enterprise_scope("E002")))
    quarantine, probe = FakeQuarantineDesk(ledger.quarantine), SetProbe()
    notices = open_notices(Settings(), ledger, clock, SystemClock(), bus)
    services = Services(
        settings=Settings(mqtt=MqttSettings(mappings=("acrel_gateway",))),
        clock=clock,
        machine_clock=SystemClock(),
        bus=bus,
        metrics=metrics,
        metrics_registry=metrics.registry,
        questions=questions,
        histories=open_histories(Settings(), store, ledger, clock),
        quality=open_quality_desk(Settings(), store, ledger, clock),
        years=open_year_desk(Settings(), store, ledger),
        forecasts=(forecasts := open_forecasts(Settings(), store, ledger, clock)),
        forecast_book=open_forecast_book(
            forecasts, Settings(), ledger, open_histories(Settings(), store, ledger, clock), clock, store
        ),
        baselines=open_baselines(Settings(), store, ledger, clock),
        potentials=open_potentials(Settings(), store, ledger, clock),
        profiles=open_profiles(Settings(), store, ledger, clock),
        anomalies=open_anomalies(Settings(), store, ledger, clock),
        behaviour=open_behaviour(Settings(), store, ledger, clock),
        billing=open_billing(Settings(), ledger, open_histories(Settings(), store, ledger, clock), questions),
        runs=(runs := Runs(ledger.results, clock, program="9.9.9")),
        intensity=(intensity := open_intensity(Settings(), store, ledger, clock)),
        reports=open_reports(
            Settings(), ledger, clock, runs, open_report_kinds(Settings(), store, ledger, clock, intensity)
        ),
        analyses=open_analyses(Settings(), store, ledger, open_histories(Settings(), store, ledger, clock)),
        vee=open_vee(Settings(), store, ledger, clock),
        ledger=ledger,
        alerts=alerts,
        notices=notices,
        replies=open_replies(Settings(), ledger, notices, questions, clock),
        dr=open_dr(
            Settings(),
            store,
            ledger,
            clock,
            questions=questions,
            potentials=open_potentials(Settings(), store, ledger, clock),
            notices=notices,
            gaps=open_gap(Settings(), store, ledger, clock),
        ),
        orderly=open_orderly(Settings(), store, ledger, clock, notices),
        quarantine=quarantine,
        version="9.9.9",
        health=(HealthCheck("store", probe), HealthCheck("ledger", lambda: None)),
    )
    app = applications.get(services)
    yield District(app, services, bus, clock, ledger, questions, alerts, quarantine, probe, tokens)
    close_streams(app)
    store.close()
    ledger.close()
