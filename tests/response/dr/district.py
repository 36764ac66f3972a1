"""A district of eight plants with fifty days behind them, on a clock driven by hand: real ledger, store and desks."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.clock import SystemClock
from app.delivery import open_notices
from app.dr import open_dr_offline
from config.settings import Settings
from domain.dr import Contract, EventKind
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, MINUTE_MS, to_ms
from domain.notices import Answer, ReplyChannel
from domain.people import Principal, Role
from domain.readings import Reading, ReadingBatch, values_of
from domain.registry import Account, Contact, Enterprise, Meter
from domain.scopes import MONITORED, Scope, enterprise_scope
from response.delivery.desk import NoticeDesk
from response.dr.drafting import NewEvent
from response.dr.service import DemandResponse
from storage.ledger import SqlLedger
from storage.ports import DemandRows, ReadingStore
from storage.readings.duckdb import DuckDbStore
from tests.support.clock import HandClock

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 7, 28)
START = datetime(2026, 7, 28, 14, tzinfo=ZONE)
END = datetime(2026, 7, 28, 16, tzinfo=ZONE)
BEFORE = datetime(2026, 7, 27, 15, tzinfo=ZONE)
OTTO = Principal("otto", Role.OFFICER)
ADA = Principal("ada", Role.ADMINISTRATOR)
#: Level of each plant at full shift [kW].
LEVELS = {f"E{n:03d}": 800.0 + 100.0 * n for n in range(1, 9)}
DAYS_BACK = 50


def shape(level: float, day: date) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A working day of two shifts, a tenth of it at weekends; each day a little different, the same each time."""
    hours = np.arange(96) / 4
    base = np.where((hours >= 7.5) & (hours < 22), 1.0, 0.35)
    wobble = 1 + 0.02 * np.sin(hours + day.toordinal())
    return np.asarray(level * base * wobble * (0.1 if day.weekday() >= 5 else 1.0))


@dataclass
class Scene:
    clock: HandClock
    ledger: SqlLedger
    store: DuckDbStore
    dr: DemandResponse
    notices: NoticeDesk
    settings: Settings

    def at(self, instant: datetime) -> None:
        self.clock.set(instant.astimezone(UTC))

    def tick(self, instant: datetime) -> None:
        self.at(instant)
        self.dr.turns.tick()

    def load(self, kw: Mapping[str, float], start: datetime, end: datetime) -> None:
        """Minute readings of the plants at these levels, and their blocks, as the engine would write them."""
        first, last = to_ms(start), to_ms(end)
        readings = [
            Reading(f"M{enterprise[1:]}", at, values_of(power_kw=value))
            for enterprise, value in kw.items()
            for at in range(first, last, MINUTE_MS)
        ]
        self.store.write(ReadingBatch.of(readings))
        ts = np.arange(first, last, BLOCK_MS, dtype=np.int64)
        put_blocks(self.store, {enterprise: np.full(len(ts), value) for enterprise, value in kw.items()}, ts)

    def usual(self, enterprise: str, instant: datetime) -> float:
        local = instant.astimezone(ZONE)
        return float(shape(LEVELS[enterprise], local.date())[local.hour * 4 + local.minute // 15])

    def answer(self, event: str, enterprise: str, answer: Answer, kw: float | None = None, reason: str = "") -> None:
        """As an enterprise answers a notice."""
        page = self.notices.list(OTTO, reference=f"dr:{event}", kind="dr.invitation")
        notice = next(k.notice for k in page.items if k.notice.recipient.enterprise_id == enterprise)
        who = Principal(f"{enterprise}-user", Role.ENTERPRISE, EnterpriseId(enterprise))
        self.notices.record_reply(who, notice.id, answer, power_kw=kw, reason=reason, channel=ReplyChannel.MQTT)


def put_blocks(
    store: ReadingStore,
    kw: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
    ts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> None:
    total = np.sum(list(kw.values()), axis=0)
    put_rows(store, {MONITORED: total, **{enterprise_scope(e): each for e, each in kw.items()}}, ts)


def put_rows(
    store: ReadingStore,
    kw: Mapping[Scope, np.ndarray[tuple[int], np.dtype[np.float64]]],
    ts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> None:
    n = len(ts)
    for scope, values in kw.items():
        store.write_demand(
            DemandRows(
                scope=(scope,) * n,
                ts_ms=ts,
                demand_kw=values,
                energy_kwh=values / 4,
                coverage=np.ones(n),
                estimate_kw=values,
                estimate_low_kw=values,
                estimate_high_kw=values,
                quality=np.full(n, "ok", dtype=object),
                revision=np.ones(n, dtype=np.int64),
            )
        )


def new_event(**more: object) -> NewEvent:
    given: dict[str, object] = {
        "kind": EventKind.LOCAL,
        "programme": "zj_dayahead",
        "start_ms": to_ms(START),
        "end_ms": to_ms(END),
        "target_kw": 1_000.0,
    }
    return NewEvent(**(given | more))  # type: ignore[arg-type]


def filled(path: Path) -> Path:
    """A folder with ledger and store of the district; scenes work on copies."""
    ledger = SqlLedger(
        f"sqlite:///{path}/ledger.sqlite", clock=HandClock(BEFORE.astimezone(UTC)), machine_clock=SystemClock()
    )
    fill(ledger)
    ledger.close()
    store = DuckDbStore(path / "store.duckdb")
    first = DAY - timedelta(days=DAYS_BACK)
    days = [first + timedelta(days=n) for n in range(DAYS_BACK + 1)]
    start = to_ms(datetime(first.year, first.month, first.day, tzinfo=ZONE))
    ts = np.arange(len(days) * 96, dtype=np.int64) * BLOCK_MS + start
    known = ts < to_ms(BEFORE)
    curves = {e: np.concatenate([shape(level, day) for day in days])[known] for e, level in LEVELS.items()}
    put_blocks(store, curves, ts[known])
    store.close()
    return path


def scene(path: Path, template: Path) -> Scene:
    clock = HandClock(BEFORE.astimezone(UTC))
    for name in ("ledger.sqlite", "store.duckdb"):
        shutil.copy(template / name, path / name)
    ledger = SqlLedger(f"sqlite:///{path}/ledger.sqlite", clock=clock, machine_clock=SystemClock())
    return open_scene(Settings(), clock, ledger, DuckDbStore(path / "store.duckdb"))


def open_scene(settings: Settings, clock: HandClock, ledger: SqlLedger, store: DuckDbStore) -> Scene:
    """What a start of the program makes of the same ledger and store."""
    notices = open_notices(settings, ledger, clock, SystemClock(), InProcessBus())
    dr = open_dr_offline(settings, store, ledger, clock, notices)
    return Scene(clock, ledger, store, dr, notices, settings)


def fill(ledger: SqlLedger) -> None:
    since = date(2020, 1, 1)
    ledger.registry.put_versions(
        "system",
        enterprises=[
            Enterprise(
                EnterpriseId(e),
                since,
                f"企业{e}",
                sector="C39",
                security_load_kw=0.3 * level,
                shiftable_kw=0.4 * level,
                contacts=(Contact("王工", f"1381234567{e[-1]}"),),
            )
            for e, level in LEVELS.items()
        ],
        accounts=[Account(AccountId(f"33020{n}"), since, EnterpriseId(e)) for n, e in enumerate(LEVELS, 1)],
        meters=[Meter(MeterId(f"M{e[1:]}"), since, AccountId(f"33020{n}")) for n, e in enumerate(LEVELS, 1)],
    )
    contracts = [
        Contract(AccountId(f"33020{n}"), programme, date(2026, 1, 1), date(2026, 12, 31), 300.0)
        for n in range(1, 8)
        for programme in ("zj_dayahead", "zj_fill")
    ]
    ledger.dr.put_contracts("system", "test", contracts)
