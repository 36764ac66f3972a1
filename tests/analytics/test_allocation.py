"""Allocation against a brute force of its own, and the rules it may never break."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.allocation import Options, Sites, allocate, by_greedy, even_share_kwh
from analytics.allocation_group import TIE_YUAN_PER_KWH, Weights
from domain.errors import Invalid

WEIGHTS = Weights(hours=2.0, fairness_yuan_per_kwh=5.0, rotation_yuan_per_call=200.0, relative_gap=0.0)


def sites_of(room: list[float], **given: list[float]) -> Sites:
    none = [0.0] * len(room)
    return Sites(
        np.array(room),
        np.array(given.get("borne", none)),
        np.array(given.get("size", room)),
        np.array(given.get("calls", none)),
        np.array(given.get("pinned", none)),
    )


def options_of(*rows: tuple[int, int, float, float, float, float]) -> Options:
    """site, group, most, least, confidence, loss"""
    columns = np.array(rows, dtype=np.float64).T
    return Options(columns[0].astype(int), columns[1].astype(int), *columns[2:])


small_group = st.lists(
    st.tuples(
        st.integers(30, 300),
        st.sampled_from([20, 50]),
        st.sampled_from([0.4, 0.5, 0.8, 1.0]),
        st.integers(0, 30),
        st.integers(0, 400),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=6,
)


def cheapest_by_force(rows: list[tuple[float, ...]], needed: float, weights: Weights) -> float:
    """Every set of called sites; for a set, the cheapest filling of a covering row is by ascending price (convex)."""
    room = [row[0] for row in rows]
    sites = sites_of(room, borne=[row[4] for row in rows], calls=[row[5] for row in rows])
    share = even_share_kwh(sites, np.ones(len(rows), dtype=bool), needed * weights.hours)
    best = np.inf
    for called in product((False, True), repeat=len(rows)):
        best = min(best, cost_of_set(rows, called, share, needed, weights))
    return best


def cost_of_set(
    rows: list[tuple[float, ...]], called: tuple[bool, ...], share: np.ndarray, needed: float, w: Weights
) -> float:
    pieces, counted, cost = [], 0.0, 0.0
    for n, (most, least, confidence, loss, borne, calls) in enumerate(rows):
        if not called[n] or most < least:
            if called[n]:
                return np.inf
            continue
        cheap = w.hours * (loss + TIE_YUAN_PER_KWH)
        until = max(0.0, share[n] - borne) / w.hours  # kW at which the even share is reached
        dear = cheap + w.hours * w.fairness_yuan_per_kwh
        counted += confidence * least
        cost += calls * w.rotation_yuan_per_call + cheap * least + max(0.0, least - until) * (dear - cheap)
        first = max(0.0, min(most, until) - least)
        pieces += [(cheap / confidence, first, confidence), (dear / confidence, most - least - first, confidence)]
    for price, kw, confidence in sorted(pieces):
        part = min(kw * confidence, max(0.0, needed - counted))
        counted, cost = counted + part, cost + part * price
    return cost if counted >= needed - 1e-9 else np.inf


@settings(max_examples=120, deadline=None)
@given(rows=small_group, part=st.floats(0.05, 0.95))
def test_the_list_costs_what_the_best_of_all_lists_costs(rows: list[tuple[float, ...]], part: float) -> None:
    usable = [row for row in rows if row[0] >= row[1]]
    needed = part * sum(row[0] * row[2] for row in usable)
    options = options_of(*((n, 0, row[0], row[1], row[2], row[3]) for n, row in enumerate(rows)))
    sites = sites_of([row[0] for row in rows], borne=[row[4] for row in rows], calls=[row[5] for row in rows])
    found = allocate(sites, options, needed_kw=needed, weights=WEIGHTS)
    share = even_share_kwh(sites, np.ones(len(rows), dtype=bool), needed * 2.0)
    cost = 0.0
    for n, row in enumerate(rows):
        kw = found.ordered_kw[n]
        assert kw == 0 or row[1] - 1e-6 <= kw <= row[0] + 1e-6
        over = max(0.0, 2 * kw - max(0.0, share[n] - row[4]))
        cost += 2 * (row[3] + TIE_YUAN_PER_KWH) * kw + 5 * over + (200 * row[5] if kw > 0 else 0)
    assert found.missing_kw == 0
    assert cost == pytest.approx(cheapest_by_force(rows, needed, WEIGHTS), rel=1e-5, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 5),
            st.integers(0, 300),
            st.integers(0, 60),
            st.sampled_from([0.0, 0.5, 0.9, 1.0]),
            st.integers(0, 30),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    room=st.lists(st.integers(0, 400), min_size=5, max_size=5),
    needed=st.integers(0, 2000),
)
def test_no_list_breaks_room_blocks_or_the_order_of_ranks(
    rows: list[tuple[int, int, float, float, float, float]], room: list[float], needed: float
) -> None:
    options = options_of(*rows)
    found = allocate(sites_of(room), options, needed_kw=needed, weights=WEIGHTS, step_kw=5.0)
    kw = found.ordered_kw
    assert np.allclose(kw % 5, 0)
    assert (np.bincount(options.site, weights=kw, minlength=5) <= np.array(room) + 1e-9).all()
    assert ((kw == 0) | ((kw >= options.least_kw - 1e-9) & (kw <= options.most_kw + 1e-9))).all()
    assert found.counted_kw + found.missing_kw >= needed - 1e-3
    # A later group is called only when everything the earlier ones have left is called too.
    for late in np.flatnonzero(kw > 0):
        earlier = np.flatnonzero(options.group < options.group[late])
        used = np.bincount(
            options.site[options.group < options.group[late]],
            weights=kw[options.group < options.group[late]],
            minlength=5,
        )
        for one in earlier:
            spare = min(options.most_kw[one] - kw[one], room[options.site[one]] - used[options.site[one]])
            idle = kw[one] == 0 and max(options.least_kw[one], 5.0) > spare
            assert spare < 5.0 + 1e-9 or idle or options.confidence[one] == 0


def test_cost_never_trades_a_rank() -> None:
    """Shifting at 1000 yuan comes before avoiding for nothing."""
    options = options_of((0, 1, 100, 0, 1.0, 1000), (1, 2, 500, 0, 1.0, 0))
    found = allocate(sites_of([100, 500]), options, needed_kw=150, weights=WEIGHTS)
    assert found.ordered_kw.tolist() == pytest.approx([100, 50])
    assert (found.last_group, found.method) == (2, "milp")


def test_what_is_missing_is_said() -> None:
    found = allocate(sites_of([100]), options_of((0, 0, 100, 0, 0.8, 1)), needed_kw=200, weights=WEIGHTS)
    assert found.ordered_kw.tolist() == [100]
    assert found.missing_kw == pytest.approx(120)
    assert found.method == "all"


def test_the_burdened_rest_while_the_rested_are_called() -> None:
    """Alike but for a season's burden of 400 kWh: the even share of (400 + 200)/2 is passed by the first already."""
    options = options_of((0, 0, 100, 0, 1.0, 3.0), (1, 0, 100, 0, 1.0, 4.0))
    found = allocate(sites_of([100, 100], borne=[400, 0]), options, needed_kw=100, weights=WEIGHTS)
    assert found.ordered_kw.tolist() == pytest.approx([0, 100])
    assert found.uneven_kwh == pytest.approx(0)
    unfair = Weights(2.0, 0.0, 0.0, 0.0)
    cheap = allocate(sites_of([100, 100], borne=[400, 0]), options, needed_kw=100, weights=unfair)
    assert cheap.ordered_kw.tolist() == pytest.approx([100, 0])


def test_a_pin_is_kept_and_rounding_does_not_fall_short() -> None:
    options = options_of((0, 0, 200, 20, 0.9, 1.0), (1, 3, 200, 20, 0.7, 9.0))
    found = allocate(sites_of([200, 200], pinned=[0, 33]), options, needed_kw=100, weights=WEIGHTS, step_kw=5.0)
    assert found.ordered_kw[1] == 33
    assert 100 <= found.counted_kw < 100 + 5
    assert found.ordered_kw[0] == 90  # (100 - 0.7 * 33) / 0.9 = 85.4, up to the step


def test_the_greedy_fallback_says_how_far_it_may_be_from_the_best() -> None:
    rng = np.random.default_rng(3)
    count = 60
    most = rng.uniform(40, 400, count)
    options = Options(
        np.arange(count),
        np.zeros(count, dtype=int),
        most,
        np.full(count, 40.0),
        rng.uniform(0.5, 1, count),
        rng.uniform(1, 30, count),
    )
    sites = sites_of(most.tolist(), calls=rng.integers(0, 3, count).tolist())
    best = allocate(sites, options, needed_kw=3000, weights=WEIGHTS)
    rough = allocate(sites, options, needed_kw=3000, weights=WEIGHTS, chooser=by_greedy)
    assert rough.method == "greedy"
    assert 0 <= rough.relative_gap < 0.3
    assert best.relative_gap <= 1e-4
    assert rough.counted_kw >= 3000 - 1e-6
    assert best.loss_yuan < best.listed_loss_yuan


def test_two_options_of_a_site_in_one_group_are_refused() -> None:
    with pytest.raises(Invalid, match="two options"):
        allocate(sites_of([9]), options_of((0, 0, 9, 0, 1, 1), (0, 0, 8, 0, 1, 1)), needed_kw=1, weights=WEIGHTS)
