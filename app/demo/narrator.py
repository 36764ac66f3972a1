"""Tells the story while it happens, and ends it with a scorecard."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from app.demo.duty import Duty
from app.demo.nights import begin_months, begin_sites
from app.demo.scene import PASSWORD, PEOPLE, write_past, write_readings
from app.demo.telling import Teller
from app.demo.twin_process import TwinProcess
from app.system import System
from domain.alerts import Alert, AlertKind, AlertState
from domain.errors import YingfengError
from domain.events import AlertChanged
from domain.instants import Span
from domain.people import SYSTEM
from domain.scopes import DISTRICT
from ingest.twin.story import Story
from storage.page import every

#: Alerts of single enterprises are on the page; the lines tell of the district.
TOLD = (AlertKind.LOAD_QUOTA, AlertKind.LOAD_RECORD, AlertKind.GAP_LEVEL, AlertKind.METER_SILENT)


class Narrator:
    def __init__(
        self, story: Story, system: System, teller: Teller, *, seconds: float | None, finished: Callable[[], None]
    ) -> None:
        self._story = story
        self._system = system
        self._teller = teller
        self._seconds = seconds
        self._finished = finished
        self._stop = threading.Event()
        self._twin: TwinProcess | None = None
        self._told: dict[str, AlertState] = {}
        self._thread = threading.Thread(target=self._run, name="narrator", daemon=True)
        self._filler = threading.Thread(target=self._fill, name="past", daemon=True)
        self._duty = Duty(story, system, teller)
        system.bus.subscribe(AlertChanged, lambda event: self._tell_alert(event.alert))

    def begin(self, twin: TwinProcess, url: str) -> None:
        self._twin = twin
        say = self._teller.say
        say(f"打开 open {url}", "look")
        for name, _, label in PEOPLE:
            say(f"  账号 account {name:<11} 密码 password {PASSWORD}  ({label})")
        say("演示账号只在本机有效；所有数据均为模拟 demo accounts, on this machine only; all data are simulated")
        if self._seconds is None:
            say("Ctrl-C 结束 ends the demo")
        self._thread.start()
        self._filler.start()
        self._duty.begin()

    def end(self) -> None:
        self._stop.set()
        self._duty.end()
        if self._filler.is_alive():
            self._filler.join(10)

    def _fill(self) -> None:
        system, drawn = self._system, bool(self._system.settings.grafana.url)
        if drawn:
            begin_months(system)
        write_past(self._story, system.store, self._stop)
        if drawn and not self._stop.is_set():
            begin_sites(system)
        write_readings(self._story, system.store, self._stop)

    def _run(self) -> None:
        deadline = None if self._seconds is None else time.monotonic() + self._seconds
        looks = list(self._story.looks)
        scored = False
        while not self._stop.wait(0.2):
            now = self._system.clock.now()
            while looks and looks[0].at <= now:
                look = looks.pop(0)
                self._teller.say(f"★ {look.text_zh} / {look.text_en}", "look")
            if not scored and now >= self._story.end:
                scored = True
                self.scorecard()
                self._teller.say(
                    "故事结束，系统继续运行（实时速度） the story is told; the system goes on in real time", "look"
                )
            try:
                if self._twin is not None:
                    self._twin.check()
            except YingfengError as error:
                self._teller.say(str(error), "alert")
                self._twin = None
            if deadline is not None and time.monotonic() >= deadline:
                self._finished()
                return

    def _tell_alert(self, alert: Alert) -> None:
        known = self._told.get(alert.id)
        self._told[alert.id] = alert.state
        if alert.kind not in TOLD or known is alert.state:
            return
        if alert.state is AlertState.FIRING and known is None:
            self._teller.say(f"▲ 告警 alert: {alert.message_zh} / {alert.message_en}", "alert")
        elif alert.state is AlertState.RESOLVED:
            self._teller.say(f"▽ 恢复 cleared: {alert.message_zh} / {alert.message_en}", "clear")

    def scorecard(self) -> None:
        for line in self._score():
            self._teller.say(line, "score")

    def _score(self) -> Iterator[str]:
        counted = self._system.metrics.snapshot()
        sent = self._twin.readings if self._twin is not None else 0
        stored = round(counted.get("readings_stored_total", 0))
        repeats = round(counted.get("readings_repeated_total", 0))
        held = self._system.ledger.quarantine.counts()
        yield "── 成绩单 scorecard ──"
        yield (
            f"读数 readings: 发送 sent {sent:,}  入库 stored {stored:,}  重复 repeated {repeats:,}  "
            f"隔离 quarantined {sum(held.values()):,} {dict(held) if held else ''}".rstrip()
        )
        yield self._peak()
        kinds = Counter(str(a.kind) for a in self._alerts())
        yield "告警 alerts: " + ("、".join(f"{kind} {n}" for kind, n in sorted(kinds.items())) or "无 none")

    def _peak(self) -> str:
        now = self._system.clock.now()
        try:
            peak = self._system.desks.questions.peaks(SYSTEM, DISTRICT, Span(self._story.start, now))
        except YingfengError as error:
            return f"全区最高 district peak: 数据不足 insufficient data ({error})"
        return f"全区最高 district peak: {peak.demand_kw / 1000:,.2f} MW  {self._teller.local(peak.at):%H:%M}"

    def _alerts(self) -> Iterator[Alert]:
        yield from every(lambda cursor: self._system.alerts.list(SYSTEM, cursor=cursor, limit=200))
