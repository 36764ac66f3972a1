"""Two ingest processes share the readings of one broker: one dies, nothing is lost or doubled, no alert ends for it."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.parse
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.members import left_members
from config.policy_table import SHIPPED
from config.settings import MqttSettings, Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.outlet import Outlet
from ingest.topics import reading_topic
from storage.ledger import SqlLedger
from tests.e2e.real_week import standing_clock
from tests.e2e.running import Running, running, serving, settings_in, until
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

METERS, DRAWN_KW, APPROVED_KW = 20, 20.0, 300.0
#: Yesterday: the members run on the machine's clock and take nothing from the future.
BASE = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1)
MINUTE = timedelta(minutes=1)
HOLD_S = 120
PATIENCE_S = 120.0
Rows = dict[tuple[str, int], float]


def fill_registry(settings: Settings) -> None:
    ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
    ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(EnterpriseId("E001"), ALWAYS, "甬城精密机械有限公司")],
        accounts=[Account(AccountId("A1"), ALWAYS, EnterpriseId("E001"), approved_demand_kw=APPROVED_KW)],
        meters=[Meter(MeterId(f"M{n:03}"), ALWAYS, AccountId("A1"), interval_s=60) for n in range(METERS)],
    )
    ledger.close()


def stored(influx: Influx, bucket: str) -> tuple[int, Rows]:
    """Rows and values by key, asked of the server itself."""
    query = urllib.parse.urlencode({"db": bucket, "epoch": "ms", "q": 'SELECT power_kw FROM reading GROUP BY "meter"'})
    with urllib.request.urlopen(f"http://127.0.0.1:{influx.port}/query?{query}", timeout=30) as answer:
        results = json.load(answer)["results"]
    series = [each for result in results for each in result.get("series", ())]
    rows = [((one["tags"]["meter"], ts_ms), value) for one in series for ts_ms, value in one["values"]]
    return len(rows), dict(rows)


class Meters:
    """All meters' readings, minute by minute; ``sent`` is what the broker has taken."""

    def __init__(self, outlet: Outlet, district: str) -> None:
        self._outlet = outlet
        self._district = district
        self.sent: Rows = {}

    def send(self, first: int, last: int, kw: float) -> None:
        for minute in range(first, last):
            ts_ms = int((BASE + minute * MINUTE).timestamp() * 1000)
            for number in range(METERS):
                meter = f"M{number:03}"
                payload = json.dumps({"ts": ts_ms, "p_kw": kw}).encode()
                self._outlet.publish(reading_topic(self._district, EnterpriseId("E001"), MeterId(meter)), payload)
                self.sent[meter, ts_ms] = kw
        assert self._outlet.flush(60)


def pass_minutes(here: Running, first: int, last: int) -> list[str]:
    """The district clock goes on minute by minute; the states of the alert after each."""
    seen = []
    assert here.system.engine is not None
    assert here.system.alert_engine is not None
    for minute in range(first, last):
        here.system.clock.follow(BASE + (minute + 1) * MINUTE + timedelta(seconds=45), 0.0)
        here.system.engine.tick()
        here.system.alert_engine.evaluate()
        seen.append(state(here))
    return seen


def state(here: Running) -> str:
    alerts = here.get("alerts", kind="approved_demand")["items"]
    return str(alerts[0]["state"]) if alerts else "none"


def coverage(here: Running) -> float:
    return float(here.get("load/current", scope="enterprise:E001")["sliding_demand_kw"]["coverage"])


def policy_with_a_short_hold(folder: Path) -> Path:
    text = SHIPPED.joinpath("alerts.toml").read_text(encoding="utf-8")
    changed = text.replace("hold_s = 14400", f"hold_s = {HOLD_S}")
    assert changed != text
    folder.mkdir()
    (folder / "alerts.toml").write_text(changed, encoding="utf-8")
    return folder


@pytest.mark.timeout(400)
def test_a_dead_member_costs_coverage_and_no_alert_and_its_share_comes_after_its_restart(
    mosquitto: Mosquitto, influx: Influx, tmp_path: Path
) -> None:
    store = influx.settings().model_dump(exclude_defaults=True)
    common = {"store": store, "ledger": {"url": f"sqlite:///{tmp_path}/ledger.sqlite"}}
    policy = policy_with_a_short_hold(tmp_path / "policy")

    def settings(name: str, **mqtt: str) -> Settings:
        (tmp_path / name).mkdir()
        return settings_in(
            tmp_path / name,
            **common,
            # The canary is a reading too, and these tests count every row of the store.
            mqtt={"url": mosquitto.url, "client_id": name, "canary_s": 0, **mqtt},
            district={"policy_path": str(policy)},
        )

    members = [settings(name, share_group="yingfeng") for name in ("one", "two")]
    watched = settings("engine")
    fill_registry(watched)

    with ExitStack() as stack:
        outlet = stack.enter_context(Outlet(MqttSettings(url=mosquitto.url), client_id="meters"))
        meters = Meters(outlet, watched.district.id)
        here = stack.enter_context(running(watched, roles=frozenset({"engine", "api"}), clock=standing_clock(BASE)))
        children = [
            stack.enter_context(serving(each, "--role", "ingest", log=tmp_path / f"{n}.log", api=False))
            for n, each in enumerate(members)
        ]
        for child in children:
            child.wait_for("subscribed at")
        minute = 20
        set_clock(here, minute)
        meters.send(0, minute, DRAWN_KW)
        until("all stored", lambda: stored(influx, store["bucket"])[1] == meters.sent, patience_s=PATIENCE_S)
        until("the engine has read them", lambda: coverage_after(here, minute) > 0.95, patience_s=PATIENCE_S)
        pass_minutes(here, minute - 12, minute)
        assert state(here) == "firing"

        children[1].signal(signal.SIGKILL)
        before = len(meters.sent)
        set_clock(here, minute + 20)
        meters.send(minute, minute + 20, DRAWN_KW)
        until(
            "the other member's share",
            lambda: stored(influx, store["bucket"])[0] >= before + 20 * METERS // 2 - 1,
            patience_s=PATIENCE_S,
        )
        assert set(pass_minutes(here, minute + 15, minute + 20)) == {"firing"}
        assert 0.2 < coverage(here) < 0.9
        minute += 20

        log = tmp_path / "again.log"
        stack.enter_context(serving(members[1], "--role", "ingest", log=log, api=False))
        until("nothing is lost", lambda: stored(influx, store["bucket"])[1] == meters.sent, patience_s=PATIENCE_S)
        assert stored(influx, store["bucket"])[0] == len(meters.sent)
        until("the late share is seen", lambda: coverage_after(here, minute) > 0.95, patience_s=20)
        assert state(here) == "firing"

        # It ends when the load is known to be low, so it could have ended before.
        set_clock(here, minute + 25)
        meters.send(minute, minute + 25, 5.0)
        until("all stored", lambda: stored(influx, store["bucket"])[1] == meters.sent, patience_s=PATIENCE_S)
        until("the engine has read them", lambda: coverage_after(here, minute + 25) > 0.95, patience_s=PATIENCE_S)
        assert pass_minutes(here, minute + 20, minute + 25)[-1] == "resolved"


def set_clock(here: Running, minute: int) -> None:
    """Before the readings up to that minute are sent: from its future the engine takes nothing."""
    here.system.clock.follow(BASE + minute * MINUTE + timedelta(seconds=45), 0.0)


def coverage_after(here: Running, minute: int) -> float:
    set_clock(here, minute)
    assert here.system.engine is not None
    here.system.engine.tick()
    return coverage(here)


@pytest.mark.timeout(400)
def test_the_supervisor_starts_a_dead_member_again_and_ends_all(
    mosquitto: Mosquitto, influx: Influx, tmp_path: Path
) -> None:
    store = influx.settings().model_dump(exclude_defaults=True)
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url, "canary_s": 0}, store=store)
    fill_registry(settings)

    def pids() -> list[int]:
        return [int(n) for n in re.findall(r"member-\d runs as process (\d+)", child.said())]

    def runs(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    with (
        serving(settings, "--role", "ingest", "--members", "2", log=tmp_path / "log", api=False) as child,
        Outlet(MqttSettings(url=mosquitto.url), client_id="meters") as outlet,
    ):
        meters = Meters(outlet, settings.district.id)
        until("both subscribed", lambda: child.said().count("subscribed at") == 2, patience_s=PATIENCE_S)
        meters.send(0, 5, 1.0)
        os.kill(pids()[0], signal.SIGKILL)
        meters.send(5, 15, 1.0)
        until("started again", lambda: len(pids()) == 3, patience_s=PATIENCE_S)
        until("nothing is lost", lambda: stored(influx, store["bucket"])[1] == meters.sent, patience_s=PATIENCE_S)
        assert "member-1 ended with -9" in child.said()
        assert left_members(settings, 1) == [2]
        members = pids()[1:]
        assert child.signal(signal.SIGTERM) == 0, child.said()[-2000:]
        assert not any(runs(pid) for pid in members)
