import numpy as np
import pytest

from analytics.projection import MINIMUM_BLOCKS, ProjectionModel, default_model, fit, project
from domain.arrays import FloatArray
from domain.errors import Invalid

DAY_MIN = 1440


def minutes_of(days: int, *, seed: int, slow: float = 0.95) -> FloatArray:
    """A district's minutes: a working day's shape, a slowly wandering error and fast noise."""
    random = np.random.default_rng(seed)
    minute = np.arange(days * DAY_MIN) % DAY_MIN
    shape = 0.7 + 0.3 * np.clip(np.sin((minute - 360) / DAY_MIN * 2 * np.pi), -0.5, 1.0)
    shape = shape + 0.08 * ((minute > 480) & (minute < 690)) + 0.08 * ((minute > 780) & (minute < 1020))
    wander = np.empty(days * DAY_MIN)
    state = 0.0
    for i, push in enumerate(random.normal(scale=0.003, size=days * DAY_MIN)):
        state = slow * state + push
        wander[i] = state
    return np.asarray(20_000.0 * shape * (1 + wander + random.normal(scale=0.003, size=days * DAY_MIN)))


def blocks_of(minutes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each block but the first two, with the half hour before it: shapes (b, 30) and (b, 15)."""
    windows = np.lib.stride_tricks.sliding_window_view(minutes, 45)[::15]
    return windows[:, :30], windows[:, 30:]


@pytest.fixture(scope="module")
def model() -> ProjectionModel:
    return fit(minutes_of(14, seed=1))


@pytest.fixture(scope="module")
def unseen() -> tuple[FloatArray, FloatArray]:
    return blocks_of(minutes_of(7, seed=2))


@pytest.mark.parametrize("minute", [5, 10])
def test_the_band_holds_what_it_says_in_a_week_the_fit_never_saw(
    model: ProjectionModel, unseen: tuple[FloatArray, FloatArray], minute: int
) -> None:
    past, block = unseen
    demand = block.mean(axis=1)
    found = project(model, block[:, :minute], past_kw=past)
    inside = (found.low_kw <= demand) & (demand <= found.high_kw)
    assert 0.75 <= inside.mean() <= 0.85
    held = (block[:, :minute].sum(axis=1) + (15 - minute) * block[:, minute - 1]) / 15
    assert np.abs(found.demand_kw - demand).mean() < np.abs(held - demand).mean()


def test_at_the_end_it_is_the_block(model: ProjectionModel, unseen: tuple[FloatArray, FloatArray]) -> None:
    past, block = unseen
    found = project(model, block, past_kw=past)
    for array in (found.demand_kw, found.low_kw, found.high_kw):
        np.testing.assert_allclose(array, block.mean(axis=1), rtol=1e-12)


def test_every_minute_narrows_the_band(model: ProjectionModel) -> None:
    for each in (model, default_model()):
        assert (np.diff(each.high - each.low) <= 0).all()
        assert each.high[0] > each.high[5] > each.high[10] > each.high[15] == 0.0
        assert each.low[0] < each.low[5] < each.low[10] < each.low[15] == 0.0


@pytest.mark.parametrize("missing", [0, 4, 9])
@pytest.mark.parametrize("minutes", [10, 15])
def test_a_missing_minute_widens_the_band(
    model: ProjectionModel, unseen: tuple[FloatArray, FloatArray], minutes: int, missing: int
) -> None:
    past, block = unseen
    whole = project(model, block[:, :minutes], past_kw=past)
    holed = block[:, :minutes].copy()
    holed[:, missing] = np.nan
    found = project(model, holed, past_kw=past)
    assert ((found.high_kw - found.low_kw) > (whole.high_kw - whole.low_kw)).all()
    inside = (found.low_kw <= block.mean(axis=1)) & (block.mean(axis=1) <= found.high_kw)
    assert inside.mean() >= 0.75


def test_minutes_that_have_not_come_are_the_future(model: ProjectionModel) -> None:
    past, seen = np.full(30, 100.0), np.array([101.0, 103.0, 102.0])
    waiting = np.concatenate([seen, np.full(12, np.nan)])
    one, other = project(model, seen, past_kw=past), project(model, waiting, past_kw=past)
    assert (one.demand_kw, one.low_kw, one.high_kw) == (other.demand_kw, other.low_kw, other.high_kw)


def test_many_scopes_at_once_are_each_on_their_own(model: ProjectionModel) -> None:
    past = np.array([[100.0] * 30, [900.0] * 30])
    seen = np.array([[110.0, np.nan, 120.0], [880.0, 870.0, 860.0]])
    both = project(model, seen, past_kw=past)
    for row in range(2):
        alone = project(model, seen[row], past_kw=past[row])
        assert both.demand_kw[row] == pytest.approx(float(alone.demand_kw))
        assert both.low_kw[row] == pytest.approx(float(alone.low_kw))


def test_without_any_past_the_block_speaks_for_itself() -> None:
    found = project(default_model(), np.array([100.0, 100.0]), past_kw=np.empty(0))
    assert float(found.demand_kw) == pytest.approx(100.0)
    assert float(found.low_kw) < 100.0 < float(found.high_kw)


def test_nothing_to_go_by_is_not_a_number() -> None:
    found = project(default_model(), np.full((2, 3), np.nan), past_kw=np.array([[np.nan], [50.0]]))
    assert np.isnan(found.demand_kw[0])
    assert found.demand_kw[1] == pytest.approx(50.0)


def test_the_default_band_is_wider_than_a_learnt_one(
    model: ProjectionModel, unseen: tuple[FloatArray, FloatArray]
) -> None:
    default = default_model()
    assert (default.high[:15] > model.high[:15]).all()
    past, block = unseen
    found = project(default, block[:, :5], past_kw=past)
    assert ((found.low_kw <= block.mean(axis=1)) & (block.mean(axis=1) <= found.high_kw)).mean() >= 0.8


def test_a_load_that_never_moves_is_projected_exactly() -> None:
    model = fit(np.full(3 * DAY_MIN, 42.0))
    found = project(model, np.full(4, 42.0), past_kw=np.full(30, 42.0))
    np.testing.assert_allclose([found.demand_kw, found.low_kw, found.high_kw], 42.0)


def test_blocks_beside_a_gap_are_not_learnt_from() -> None:
    history = minutes_of(3, seed=3)
    history[1500] = np.nan
    assert fit(history).blocks == 3 * 96 - 2 - 3  # the block of minute 1500 and the two that look back on it


def test_several_scopes_can_teach_one_model() -> None:
    two = np.stack([minutes_of(2, seed=4), 0.01 * minutes_of(2, seed=5)])
    assert fit(two).blocks == 2 * (2 * 96 - 2)


@pytest.mark.parametrize("minutes", [10, (MINIMUM_BLOCKS + 1) * 15])
def test_too_little_history_is_refused(minutes: int) -> None:
    with pytest.raises(Invalid, match="too few"):
        fit(np.ones(minutes))


def test_a_block_has_fifteen_minutes() -> None:
    with pytest.raises(Invalid, match="15 minutes"):
        project(default_model(), np.ones(16), past_kw=np.ones(30))
