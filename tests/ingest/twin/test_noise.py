"""Chance that depends on its place alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.twin.noise import normal, smooth, uniform


def test_draws_are_even_and_independent_of_their_neighbours() -> None:
    rows = np.arange(200)[:, None]
    places = np.arange(-250, 250)[None, :]
    draws = uniform(3, rows, places)
    assert draws.shape == (200, 500)
    assert abs(draws.mean() - 0.5) < 0.005
    assert abs(draws.std() - np.sqrt(1 / 12)) < 0.005
    assert abs(np.corrcoef(draws[:, :-1].ravel(), draws[:, 1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < 0.01


def test_another_seed_draws_otherwise() -> None:
    assert not np.any(uniform(1, np.arange(100)) == uniform(2, np.arange(100)))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**40), st.integers(-(10**9), 10**9))
def test_a_draw_does_not_depend_on_what_is_drawn_with_it(seed: int, place: int) -> None:
    alone = normal(seed, np.array([place]))
    among = normal(seed, np.arange(place - 3, place + 4))
    assert alone[0] == among[3]


def test_smooth_noise_stands_at_its_draws_and_runs_straight_between() -> None:
    at = np.array([10.0, 10.25, 10.5, 11.0])
    values = smooth(5, np.array([7]), at)[0]
    left, right = normal(5, 7, 10)[0], normal(5, 7, 11)[0]
    np.testing.assert_allclose(values, [left, 0.75 * left + 0.25 * right, 0.5 * (left + right), right])
