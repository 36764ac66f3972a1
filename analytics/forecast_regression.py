"""The forecast's regression: what a step will differ from its usual day by, from how recent steps differed.

With the usual day U (usual_days, equation 1) and the anomaly a = y - U, the load h steps ahead of T is
    y(T + h) = U(T + h) + sum_i beta_i x_i(T + h | T)                                                      (1)
where every x_i is known at T: other usual days less U (by weekday; quick to learn), the anomaly of the same slot on
the last day known, over the last three days and a week before, the mean anomaly of the last day and of the last steps,
by itself and in proportion to U, how the last step differs from the same time a day and a week before,
and what temperature differs from the usual of the same days (cooling above 18, heating below 15 degrees Celsius, and
their means over 24 h), with and without the usual load as a factor. The coefficients are of one site and one band of
leads, by ridge regression on its own last weeks, newer weeks counting more and large errors less (Huber weights):
    beta = argmin sum_t w_t (a_t - x_t beta)^2 + r sum_i s_i^2 beta_i^2 ,  s_i the size of x_i                 (2)
with r = RIDGE (SHORT_RIDGE up to SHORT_H) for hourly steps and in proportion for finer ones.
All of it reads the first ``frame.known`` steps of the load and nothing after them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.forecast_frame import Frame
from analytics.forecast_heat import Heat
from analytics.usual_days import UsualDays, usual_days
from domain.arrays import FloatArray, IntArray

#: Weights of the newest day: usual day of the class, its quick form, and of the same weekday.
CLASS_WEIGHT, QUICK_WEIGHT, WEEKDAY_WEIGHT = 0.07, 0.4, 0.2
TRAIN_DAYS, WARM_DAYS = 56, 14
HALF_LIFE_DAYS = 28.0
#: Up to the lead SHORT_H the newest steps tell much, beyond it little: what is learnt there is held nearer to nothing.
SHORT_H, SHORT_RIDGE, RIDGE = 3, 4.0, 20.0
HUBER_PASSES = 2
#: Last lead of a band and the lead its coefficients are learnt at [h].
BANDS_H = (
    (0.25, 0.25),
    (0.5, 0.5),
    (0.75, 0.75),
    (1, 1),
    (2, 2),
    (3, 3),
    (5, 4.5),
    (8, 7),
    (12, 10),
    (24, 18),
    (48, 36),
    (72, 60),
    (120, 96),
    (168, 144),
)


class Band(NamedTuple):
    """Leads ``first``...``last`` in steps, learnt at ``learnt_at``."""

    first: int
    last: int
    learnt_at: int


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """expected_kw : shape (s, h); errors_kw : shape (b, s, n), of each band's coefficients at each known step, NaN
    outside the weeks of learning; bands : the b bands up to the horizon; usual_kw : shape (s, h), U of equation (1)"""

    expected_kw: FloatArray
    errors_kw: FloatArray
    bands: tuple[Band, ...]
    usual_kw: FloatArray


def bands_of(frame: Frame) -> tuple[Band, ...]:
    found: list[Band] = []
    first = 1
    for last_h, learnt_h in BANDS_H:
        last = min(int(last_h * frame.per_hour), frame.horizon)
        if last >= first:
            found.append(Band(first, last, max(1, round(learnt_h * frame.per_hour))))
            first = last + 1
    return tuple(found)


def clip_spikes(load_kw: FloatArray) -> FloatArray:
    """Values far outside a site's usual range moved to its edge: a meter that catches up teaches nothing.

    load_kw : shape (s, n) [kW]; rows need at least one value
    """
    low, high = np.nanquantile(load_kw, (0.02, 0.98), axis=1)[..., None]
    room = 0.5 * (high - low)
    return np.asarray(np.clip(load_kw, low - room, high + room))


class Regression:
    """load_kw : shape (s, n), NaN = missing, every site with some values [kW]
    temperature_c : shape (n + h,), measured to T and forecast after, or None where there is too little [deg C]
    """

    def __init__(self, load_kw: FloatArray, frame: Frame, temperature_c: FloatArray | None) -> None:
        self._frame = frame
        self._load_kw = clip_spikes(load_kw[:, : frame.known])
        self._level_kw = np.maximum(np.nanmean(np.abs(self._load_kw), axis=1), 1e-9)
        daily = frame.daily(self._load_kw)
        self._by_class = usual_days(daily, frame.day_class, weight=CLASS_WEIGHT)
        self._quick = usual_days(daily, frame.day_class, weight=QUICK_WEIGHT)
        self._by_weekday = usual_days(daily, frame.weekday, weight=WEEKDAY_WEIGHT)
        self._before: dict[tuple[str, int], FloatArray] = {}
        self._anomaly = daily - self._as_of("class", self._by_class, 1)
        known = slice(0, frame.known)
        flat = self._anomaly[:, frame.day[known], frame.slot[known]]
        self._sums = _running_sums(flat)
        self._heat = None if temperature_c is None else Heat(temperature_c, frame, weight=CLASS_WEIGHT)

    def fit(self, step: Callable[[float], None] = lambda _: None) -> Fitted:
        frame, bands = self._frame, bands_of(self._frame)
        shape = (self._load_kw.shape[0], frame.horizon)
        expected, usual = np.full(shape, np.nan), np.full(shape, np.nan)
        errors = np.full((len(bands), *self._load_kw.shape), np.nan)
        for number, band in enumerate(bands):
            steps = np.arange(frame.known - min(TRAIN_DAYS, frame.days - WARM_DAYS) * frame.slots, frame.known)
            steps = steps[steps >= min(WARM_DAYS, frame.days // 2) * frame.slots]
            features, base = self._features(steps, band.learnt_at)
            wanted = self._load_kw[:, steps] - base
            # Bands of many leads learn from hourly steps: the rest tells little more.
            stride = frame.per_hour if band.last > SHORT_H * frame.per_hour else 1
            ridge = RIDGE if band.learnt_at > SHORT_H * frame.per_hour else SHORT_RIDGE
            ridge *= frame.per_hour / stride
            beta = self._learn(steps[::stride], features[:, :, ::stride], wanted[:, ::stride], ridge)
            errors[number][:, steps] = wanted - _told(beta, features)
            for lead in range(band.first, band.last + 1):
                features, base = self._features(np.array([frame.known - 1 + lead]), lead)
                usual[:, lead - 1] = base[:, 0]
                expected[:, lead - 1] = (base + _told(beta, features))[:, 0]
            step((number + 1) / len(bands))
        return Fitted(expected, errors, bands, usual)

    def _learn(self, steps: IntArray, features: FloatArray, wanted: FloatArray, ridge: float) -> FloatArray:
        """Equation (2), shape (s, f), from features (s, f, t) and what they should tell (s, t), NaN = not known."""
        age_days = (self._frame.known - steps) / self._frame.slots
        newer = 0.5 ** (age_days / HALF_LIFE_DAYS)
        # A site's steps fit into a processor's cache; those of all sites together would come from memory at each pass.
        sites = zip(features, wanted, self._level_kw, strict=True)
        return np.stack([_ridge(x, a, newer, ridge, level_kw) for x, a, level_kw in sites])

    def _features(self, steps: IntArray, lead: int) -> tuple[FloatArray, FloatArray]:
        """The x of equation (1) at ``steps`` known ``lead`` steps before, shape (s, f, t), and U, shape (s, t)."""
        frame = self._frame
        back = -(-lead // frame.slots)  # days to the last one whose same slot is known
        at = (slice(None), frame.day[steps], frame.slot[steps])
        base = self._as_of("class", self._by_class, back)[at]
        base = np.where(np.isnan(base), self._as_of("weekday", self._by_weekday, back)[at], base)
        lags = [_known_or_zero(self._lagged(steps, back + extra)) for extra in range(3)]
        issued = steps - lead
        busy = base / self._level_kw[:, None]
        day = self._recent(issued, frame.slots)
        found = [
            self._as_of("weekday", self._by_weekday, back)[at] - base,
            self._as_of("quick", self._quick, back)[at] - base,
            lags[0],
            (lags[0] + lags[1] + lags[2]) / 3,
            self._lagged(steps, 7 * -(-back // 7)),
            day,
            busy * day,
        ]
        last = self._recent(issued, 1)
        if lead <= frame.slots // 2:
            hour = self._recent(issued, max(2, frame.per_hour))
            found += [last, hour, self._recent(issued, 3 * frame.per_hour), busy * hour]
        if lead <= SHORT_H * frame.per_hour:
            found += [last - self._recent(issued - days * frame.slots, 1) for days in (1, 7)]
        if self._heat is not None:
            found += self._heat.features(steps, back, base, self._level_kw)
        return _known_or_zero(np.stack(found, axis=1)), _known_or_zero(base)

    def _as_of(self, name: str, days: UsualDays, back: int) -> FloatArray:
        if (name, back) not in self._before:
            self._before[name, back] = days.before(back)
        return self._before[name, back]

    def _lagged(self, steps: IntArray, days: int) -> FloatArray:
        """Anomaly of the same slot some days before, shape (s, t)."""
        day = self._frame.day[steps] - days
        found = self._anomaly[:, np.maximum(day, 0), self._frame.slot[steps]]
        return np.where(day >= 0, found, np.nan)

    def _recent(self, until: IntArray, width: int) -> FloatArray:
        """Mean anomaly of the ``width`` steps up to ``until``, that one included; 0 where none is known."""
        total, count = self._sums
        end = np.clip(until + 1, 0, self._frame.known)
        start = np.clip(until + 1 - width, 0, self._frame.known)
        return np.asarray((total[:, end] - total[:, start]) / np.maximum(count[:, end] - count[:, start], 1))


def _ridge(features: FloatArray, wanted: FloatArray, newer: FloatArray, ridge: float, level_kw: float) -> FloatArray:
    """Equation (2) of one site: shape (f,), from features (f, t) and weights (t,) by age."""
    there = ~np.isnan(wanted)
    wanted = np.where(there, wanted, 0.0)
    given = there * newer
    size = np.sqrt(np.square(features) @ given / max(given.sum(), 1e-9)) + 1e-9 * level_kw
    scaled = features / size[:, None]
    pull = ridge * np.eye(len(features))
    weights = given
    for turn in range(HUBER_PASSES + 1):
        # The normal equations as a matrix times its own transpose: half of that product is computed.
        root = np.sqrt(weights)
        weighted = scaled * root
        beta = np.linalg.solve(weighted @ weighted.T + pull, weighted @ (root * wanted))
        if turn < HUBER_PASSES:
            error = np.abs(wanted - beta @ scaled)
            usual = np.median(error) + 1e-9
            weights = given * np.minimum(1.0, usual / np.maximum(error, 1e-12))
    return np.asarray(beta / size)


def _told(beta: FloatArray, features: FloatArray) -> FloatArray:
    """What features (s, f, t) with coefficients (s, f) tell of each step, shape (s, t)."""
    return np.asarray(np.matmul(beta[:, None, :], features)[:, 0, :])


def _known_or_zero(values: FloatArray) -> FloatArray:
    """The array itself, zero where nothing is known."""
    np.copyto(values, 0.0, where=np.isnan(values))
    return values


def _running_sums(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Sums and counts of what is there before each step, shapes (s, n + 1)."""
    there = ~np.isnan(values)
    zero = np.zeros((values.shape[0], 1))
    total = np.concatenate([zero, np.cumsum(np.where(there, values, 0.0), axis=1)], axis=1)
    count = np.concatenate([zero.astype(np.int64), np.cumsum(there, axis=1)], axis=1)
    return total, np.asarray(count, dtype=np.int64)
