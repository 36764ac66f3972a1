"""Restored load: an enterprise's reduction counts in every total it belongs to, in history, gap and rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, Span, to_ms
from domain.reductions import Reduction
from domain.registry import Account, Enterprise, Meter, Registry
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.answers import Projection
from monitor.live import MeterState, ScopeLoad
from monitor.restored import KeptReductions, RestoredLoads
from tests.support.ledger import MemoryRegistry

SINCE = date(2020, 1, 1)
NOON = datetime(2026, 7, 20, 4, tzinfo=UTC)
E1, E2 = enterprise_scope("E1"), enterprise_scope("E2")
STREET = Scope(ScopeKind.STREET, "梅墟")


class Kept:
    """A ledger of two cuts: E1 settled, E2 still estimated."""

    def __init__(self) -> None:
        ts = to_ms(NOON) + np.arange(4, dtype=np.int64) * BLOCK_MS
        self.cuts = [
            Reduction(E1, ts, np.full(4, 50.0), "dr:1", True),
            Reduction(E2, ts[:2], np.full(2, 7.0), "o:1", False),
        ]

    def put_reductions(self, actor: str, reductions: Sequence[Reduction]) -> None:
        raise NotImplementedError

    def reductions(self, span: Span, *, verified_only: bool) -> list[Reduction]:
        return [each for each in self.cuts if each.verified or not verified_only]


@pytest.fixture
def kept() -> KeptReductions:
    registry = Registry(
        1,
        tuple(Enterprise(EnterpriseId(e), SINCE, e, street=s, sector="") for e, s in (("E1", "梅墟"), ("E2", "新明"))),
        tuple(Account(AccountId(f"A{e}"), SINCE, EnterpriseId(e)) for e in ("E1", "E2")),
        tuple(Meter(MeterId(f"M{e}"), SINCE, AccountId(f"A{e}")) for e in ("E1", "E2")),
    )
    return KeptReductions(Kept(), MemoryRegistry(registry), ZoneInfo("Asia/Shanghai"))


def test_the_series_counts_in_every_total_and_only_what_is_verified(kept: KeptReductions) -> None:
    ts = to_ms(NOON) + np.arange(-1, 5, dtype=np.int64) * BLOCK_MS
    scopes = [E1, E2, MONITORED, DISTRICT, STREET]
    verified = kept.series(scopes, ts)
    assert verified[0].tolist() == [0, 50, 50, 50, 50, 0]
    assert verified[1].tolist() == [0] * 6
    for total in (2, 3, 4):
        assert verified[total].tolist() == verified[0].tolist()
    everything = kept.series(scopes, ts, verified_only=False)
    assert everything[2].tolist() == [0, 57, 57, 50, 50, 0]
    assert everything[4].tolist() == verified[0].tolist()


def load(scope: Scope) -> ScopeLoad:
    projection = Projection(NOON, 5, 200.0, 190.0, 210.0)
    return ScopeLoad(scope, NOON + timedelta(minutes=3), 180.0, 180.0, None, 1.0, 180.0, 170.0, 190.0, projection)


class Live:
    def loads(self) -> list[ScopeLoad]:
        return [load(MONITORED), load(E1)]

    def load(self, scope: Scope) -> ScopeLoad | None:
        return load(scope)

    def meters(self) -> list[MeterState]:
        return []


def test_rules_see_totals_restored_and_an_enterprise_as_it_draws(kept: KeptReductions) -> None:
    total, own = RestoredLoads(Live(), kept).loads()
    assert (total.sliding_kw, total.measured_kw, total.estimate_high_kw) == (237.0, 237.0, 247.0)
    assert total.projection is not None
    assert total.projection.demand_kw == 257.0
    assert own == load(E1)
