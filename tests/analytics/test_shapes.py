import numpy as np
import pytest

from analytics.clusters import adjusted_rand, cluster_shapes, k_means, silhouette
from analytics.shapes import ShapeClass, shapes_of
from analytics.verdicts import Verdict
from tests.real_years import site_years

NAN = np.nan
D = 28
HOUR = np.arange(96) / 4
WORKDAY = np.arange(D) % 7 < 5
NEVER = np.zeros(D, dtype=np.bool_)


def days(workday: np.ndarray, weekend: np.ndarray | float = 0.0) -> np.ndarray:
    load = np.empty((1, D, 96))
    load[:, WORKDAY], load[:, ~WORKDAY] = workday, weekend
    return load


def bump(at: float, width: float = 2.0) -> np.ndarray:
    return np.exp(-((HOUR - at) ** 2) / (2 * width**2))


def class_of(load: np.ndarray) -> ShapeClass:
    found = shapes_of(load, np.ones((1, D), dtype=np.bool_), WORKDAY, summer=NEVER, spring=NEVER)
    return ShapeClass(int(found.code[0]))


@pytest.mark.parametrize(
    ("workday", "weekend", "expected"),
    [
        (np.full(96, 100.0) + bump(14), 98.0, ShapeClass.FLAT),
        (100 + 100 * bump(13, 3), 60.0, ShapeClass.SINGLE_PEAK),
        (100 + 100 * (bump(10, 1.2) + bump(15.5, 1.2)), 60.0, ShapeClass.DOUBLE_PEAK),
        (100 + 100 * (bump(10, 1.0) + bump(15, 1.0) + bump(20, 1.0)), 60.0, ShapeClass.TRIPLE_PEAK),
        (np.where((HOUR >= 22) | (HOUR < 8), 130.0, 90.0), 90.0, ShapeClass.NIGHT),
        (np.where(np.arange(96) % 4 < 2, 40.0, 120.0), 60.0, ShapeClass.INTERMITTENT),
        (100 + 6 * bump(13, 3), 10.0, ShapeClass.MIXED),
    ],
)
def test_each_class_has_its_shape(workday: np.ndarray, weekend: float, expected: ShapeClass) -> None:
    assert class_of(days(workday, weekend)) is expected


def test_a_hot_evening_makes_it_seasonal_whatever_the_class() -> None:
    load = days(100 + 100 * bump(13, 3), 60.0)
    summer, spring = np.arange(D) < 14, np.arange(D) >= 14
    load[:, summer] += 60 * ((HOUR >= 18) & (HOUR < 22))
    found = shapes_of(load, np.ones((1, D), dtype=np.bool_), WORKDAY, summer=summer, spring=spring)
    assert found.seasonal[0]
    assert found.seasonal_ratio[0] > 1.3


@pytest.mark.parametrize(
    ("load", "verdict"),
    [
        (np.full((1, D, 96), NAN), Verdict.NO_DATA),
        (np.full((1, D, 96), 0.0), Verdict.NO_LOAD),
        (np.full((1, D, 96), 50.0), Verdict.CONSTANT),
        (days(100 * bump(20, 3) - 60 * bump(12, 2), 10.0), Verdict.NEGATIVE),
    ],
)
def test_no_shape_is_told_of_what_has_none(load: np.ndarray, verdict: Verdict) -> None:
    counted = ~np.isnan(load).any(axis=2)
    found = shapes_of(load, counted, WORKDAY, summer=NEVER, spring=NEVER)
    assert found.verdict[0] == verdict
    assert found.code[0] == ShapeClass.UNKNOWN
    assert np.isnan(found.profile).all()


def test_a_week_old_enterprise_has_too_few_workdays() -> None:
    load = days(100 + 100 * bump(13), 60.0)
    load[:, :21] = NAN
    found = shapes_of(load, ~np.isnan(load).any(axis=2), WORKDAY, summer=NEVER, spring=NEVER)
    assert (found.verdict[0], found.days[0]) == (Verdict.FEW_DAYS, 5)


def families(per_family: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four kinds of day with a little of their own in each."""
    random = np.random.default_rng(seed)
    kinds = [0.9 + 0 * HOUR, 0.2 + 0.8 * bump(13, 3), 0.2 + 0.8 * bump(20, 2), 0.3 + 0.7 * (HOUR < 7)]
    truth = np.repeat(np.arange(4), per_family)
    profile = np.array([kinds[k] + random.normal(0, 0.03, 96) for k in truth])
    return profile / profile.max(axis=1, keepdims=True), truth


def test_clusters_find_the_families_and_their_number() -> None:
    profile, truth = families(15)
    found = cluster_shapes(profile)
    assert found is not None
    assert found.k == 4
    assert adjusted_rand(found.label, truth) == pytest.approx(1.0)
    assert found.stability == pytest.approx(1.0)
    assert found.silhouette > 0.7
    again = cluster_shapes(profile)
    assert again is not None
    assert again.centre.tobytes() == found.centre.tobytes()


def test_more_sites_than_are_learnt_from_take_the_nearest_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.clusters.LEARNT", 40)
    profile, truth = families(50)
    found = cluster_shapes(profile)
    assert found is not None
    assert adjusted_rand(found.label, truth) == pytest.approx(1.0)


def test_equal_sites_and_too_few_make_no_classes() -> None:
    assert cluster_shapes(np.ones((30, 96))) is None
    assert cluster_shapes(families(1)[0]) is None
    assert cluster_shapes(np.empty((0, 96))) is None


def test_k_means_and_silhouette_by_hand() -> None:
    points = np.array([[0.0], [2.0], [10.0], [12.0]])
    label, centres, squares = k_means(points, 2, seed=3)
    assert sorted(centres.ravel().tolist()) == [1.0, 11.0]
    assert squares == pytest.approx(4.0)
    # a = 2, b = 11 and 9: (1 - 2/11 + 1 - 2/9) / 2
    assert silhouette(points, label, 2) == pytest.approx((1 - 2 / 11 + 1 - 2 / 9) / 2)
    assert adjusted_rand(label, 1 - label) == 1.0
    assert adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(-0.5)


@pytest.mark.realdata
def test_real_sites_get_a_class_or_a_reason() -> None:
    profiles = []
    for years in site_years():
        counted = np.asarray((~np.isnan(years.clock_kw)).mean(axis=2) >= 0.9)
        month = np.array([day.month for day in years.days.days])
        found = shapes_of(
            years.clock_kw,
            counted,
            years.workday,
            summer=(month >= 6) & (month <= 9),
            spring=(month == 4) | (month == 5),
        )
        known = found.verdict == Verdict.OK
        assert ((found.code >= 0) == known).all()
        assert known.mean() >= 0.9
        slots = years.days.slots
        profiles.append(found.profile[known].reshape(known.sum(), 24, slots // 24).mean(axis=2))
    clusters = cluster_shapes(np.concatenate(profiles), least=3, most=4, seeds=2)
    assert clusters is not None
    assert len(np.unique(clusters.label)) == clusters.k
