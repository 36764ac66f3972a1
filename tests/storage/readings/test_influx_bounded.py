"""No question to InfluxDB is without a time range: every statement the store sends is looked at on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.scopes import DISTRICT, enterprise_scope
from storage.readings.influx import InfluxStore
from storage.readings.influx_setup import InfluxSetup
from storage.schema import LOAD_DAY, QUALITY_DAY
from tests.servers.flaky_proxy import FlakyProxy
from tests.servers.influx import Influx
from tests.storage.readings.rows import batch, day_range, demand, minutes, reading

BOUNDED = re.compile(r"WHERE time >= \d+ms AND time < \d+ms")


@pytest.fixture
def watched(influx: Influx) -> Iterator[tuple[InfluxStore, FlakyProxy, Influx]]:
    with FlakyProxy(influx.port).running() as proxy:
        store = InfluxStore(influx.settings("watched", url=f"influxdb://127.0.0.1:{proxy.port}"), page_rows=3)
        yield store, proxy, influx
        store.close()


def test_every_select_has_a_bounded_time_range(watched: tuple[InfluxStore, FlakyProxy, Influx]) -> None:
    store, proxy, influx = watched
    many = [f"m{i}" for i in range(60)]
    store.write(batch(*(reading(m, i) for m in many[:5] for i in range(3))))
    store.write(batch(reading("m0", 0), reading("m0", 9)))
    scopes = [DISTRICT, *(enterprise_scope(f"E{i}") for i in range(70))]
    store.write_demand(demand([(s, 0, [1.0] * 6, "ok", 1) for s in scopes[:3]]))
    store.write_demand(demand([(DISTRICT, 0, [float("nan")] * 6, "insufficient", 2)]))
    for ask in (
        lambda: store.read(many, minutes(0, 60)),
        lambda: store.read(many[:2], minutes(0, 60), limit=2),
        lambda: store.matrix(many, minutes(0, 60), step_s=60, quantity="power_kw"),
        lambda: store.latest(many),
        lambda: store.read_demand(scopes, minutes(0, 60)),
        lambda: store.demand_matrix(scopes, minutes(0, 60)),
        lambda: store.read_vee(many, minutes(0, 60)),
        lambda: store.read_days(LOAD_DAY, scopes, day_range(0, 800)),
        lambda: store.read_days(QUALITY_DAY, scopes[:2], day_range(0, 800)),
    ):
        ask()
    setup = InfluxSetup(influx.settings("watched", url=f"influxdb://127.0.0.1:{proxy.port}"))
    with closing(setup):
        setup.status()
    selects = [text for text in proxy.asked if text.lstrip().upper().startswith("SELECT")]
    assert len(selects) > 15
    assert [text for text in selects if not BOUNDED.search(text)] == []


def test_no_other_module_writes_influxql() -> None:
    """The panels of Grafana bring the range on the screen ($timeFilter); everything else stands in the adapter."""
    root = Path(__file__).parents[3]
    folders = ("analytics", "api", "app", "dashboards", "ingest", "monitor", "response", "storage")
    found = {
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if re.search(r'SELECT \S.* FROM "\{', path.read_text(encoding="utf-8"))
    }
    assert found <= {
        "dashboards/grafana/influxql.py",
        "storage/readings/influx_query.py",
        "storage/readings/influx_vee.py",
        "storage/readings/influx_matrix.py",
    }, found
