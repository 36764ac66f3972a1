"""``store init`` and ``store status`` on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.errors import Forbidden, Invalid, Unavailable
from domain.instants import from_ms
from domain.scopes import DISTRICT
from storage.readings.influx import InfluxStore
from storage.readings.influx_setup import InfluxSetup
from storage.schema import DEMAND, LOAD_DAY, READING
from storage.setup import SetupItem, SetupState
from tests.servers.influx import Influx, http_send
from tests.servers.process import free_port
from tests.storage.readings.rows import MINUTE, T0, batch, demand, reading


@contextmanager
def setup_of(influx: Influx, bucket: str, **changes: object) -> Iterator[InfluxSetup]:
    setup = InfluxSetup(influx.settings(bucket, **changes))
    try:
        yield setup
    finally:
        setup.close()


def states(items: list[SetupItem]) -> dict[str, SetupState]:
    return {item.kind: item.state for item in items if item.kind not in ("server", "roll_up", "organisation")}


def test_a_dry_run_makes_nothing_then_init_makes_all_and_again_nothing(influx: Influx) -> None:
    with setup_of(influx, "made", retention_days=30) as setup:
        assert set(states(setup.init(dry_run=True)).values()) == {SetupState.MISSING}
        assert set(states(setup.init(dry_run=True)).values()) == {SetupState.MISSING}
        first = states(setup.init(dry_run=False))
        assert SetupState.MADE in first.values()
        assert set(first.values()) <= {SetupState.MADE, SetupState.EXISTS}
        for dry_run in (True, False):
            assert set(states(setup.init(dry_run=dry_run)).values()) == {SetupState.EXISTS}
    with setup_of(influx, "made", retention_days=30) as setup:
        (bucket,) = [b for b in setup.status().buckets if b.holds_readings]
        assert (bucket.name, bucket.retention_days) == ("made", 30)


def test_another_retention_is_told_and_not_changed(influx: Influx) -> None:
    with setup_of(influx, "kept", retention_days=90) as setup:
        setup.init(dry_run=False)
    for days, words in ((30, "kept 30 days"), (0, "for ever")):
        with setup_of(influx, "kept", retention_days=days) as setup:
            found = setup.init(dry_run=False)
            (item,) = [i for i in found if i.state is SetupState.DIFFERS]
            assert item.kind == "retention"
            assert "kept 90 days" in item.detail
            assert words in item.detail
            assert [b.retention_days for b in setup.status().buckets if b.holds_readings] == [90]


def test_status_tells_the_oldest_and_the_newest_and_how_many(influx: Influx) -> None:
    with setup_of(influx, "held") as setup:
        assert setup.status().series == ()
        store = InfluxStore(influx.settings("held"))
        store.write(batch(reading("a", 3), reading("b", 0), reading("a", 7)))
        store.write_demand(demand([(DISTRICT, 15, [1.0] * 6, "ok", 1)]))
        store.close()
        status = setup.status()
        found = {one.name: one for one in status.series}
    assert (found[READING].oldest, found[READING].newest) == (from_ms(T0), from_ms(T0 + 7 * MINUTE))
    assert found[READING].series == 2
    assert found[DEMAND].oldest == from_ms(T0 + 15 * MINUTE)
    assert (found[LOAD_DAY].oldest, found[LOAD_DAY].series) == (None, 0)


def test_a_missing_right_is_told_with_what_an_administrator_does(influx_with_auth: Influx) -> None:
    if influx_with_auth.release >= 2:
        changes = {"token": _token_that_only_reads(influx_with_auth)}
        hint = "influx auth create"
    else:
        influx_with_auth.post("/query", b"", q="CREATE USER small WITH PASSWORD 'small'", u="admin", p="right")
        changes = {"username": "small", "password": "small"}
        hint = 'CREATE DATABASE "denied".*GRANT ALL ON "denied" TO "small"'
    with setup_of(influx_with_auth, "denied", **changes) as setup, pytest.raises((Forbidden, Invalid), match=hint):
        setup.init(dry_run=False)


def _token_that_only_reads(influx: Influx) -> str:
    base = f"http://127.0.0.1:{influx.port}"
    org = json.loads(http_send("GET", f"{base}/api/v2/orgs", b"")[1])["orgs"][0]["id"]
    rights = [{"action": "read", "resource": {"type": kind, "orgID": org}} for kind in ("buckets", "orgs", "dbrp")]
    body = json.dumps({"orgID": org, "permissions": rights}).encode()
    token: str = json.loads(http_send("POST", f"{base}/api/v2/authorizations", body)[1])["token"]
    return token


def test_an_unknown_organisation_is_told(influx: Influx) -> None:
    if influx.release < 2:
        with setup_of(influx, "any", org="nobody") as setup:
            assert setup.init(dry_run=True), "1.x has no organisations: the setting means nothing there"
        return
    with setup_of(influx, "any", org="nobody") as setup, pytest.raises(Invalid, match="influx org list"):
        setup.init(dry_run=True)


def test_a_mapping_that_leads_elsewhere_is_told(influx: Influx) -> None:
    if influx.release < 2:
        with setup_of(influx, "right") as right:
            assert "mapping" not in states(right.init(dry_run=True)), "1.x needs none"
        return
    with setup_of(influx, "right") as right, setup_of(influx, "elsewhere") as elsewhere:
        elsewhere.init(dry_run=False)
        right.init(dry_run=False)
        bucket = elsewhere._bucket("elsewhere")
        assert bucket is not None
        body = {"bucketID": bucket["id"], "database": "right", "retention_policy": "other", "default": True}
        right._client.api("POST", "/api/v2/dbrps", {}, {**body, "org": "test"})
        assert states(right.init(dry_run=False))["mapping"] is SetupState.DIFFERS


def test_a_server_that_is_down_is_unavailable() -> None:
    settings = Influx.settings(Influx(None, free_port(), 1))  # type: ignore[arg-type]  # nothing runs there
    setup = InfluxSetup(settings)
    for ask in (lambda: setup.init(dry_run=True), setup.status):
        with pytest.raises(Unavailable, match="does not answer"):
            ask()
    setup.close()
