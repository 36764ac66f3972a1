"""How good a forecast was, beside the seasonal-naive one (the same time a week before)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray

LEAST_COVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """Mean absolute errors and skills; None = too little was measured to say.

    hour_kw : of the block an hour ahead; day_kw : of the blocks of the first 24 h
    peak_kw : of the highest block of the first whole day; naive_* : the same of the week before [kW]
    covered : share of the first 24 h between p10 and p90
    pinball_kw : mean pinball loss of p10, p50 and p90 [kW]; coverage : share of the first 24 h that was measured
    """

    hour_kw: float | None
    naive_hour_kw: float | None
    day_kw: float | None
    naive_day_kw: float | None
    peak_kw: float | None
    naive_peak_kw: float | None
    covered: float | None
    pinball_kw: float | None
    mean_kw: float | None
    coverage: float

    @property
    def day_skill(self) -> float | None:
        """1 - error / error of the week before: 0 is no better, 1 is perfect."""
        return skill(self.day_kw, self.naive_day_kw)


def skill(error: float | None, naive: float | None) -> float | None:
    return None if error is None or not naive else 1.0 - error / naive


def score_forecast(
    actual_kw: FloatArray,
    quantiles_kw: FloatArray,
    naive_kw: FloatArray,
    *,
    peak_p50_kw: float | None,
    day: slice,
    per_hour: int,
) -> ForecastScore:
    """Score one site's forecast.

    actual_kw, naive_kw : shape (h,), NaN = not measured; quantiles_kw : shape (3, h), p10, p50, p90 [kW]
    peak_p50_kw : forecast peak of the steps ``day``, the first whole local day
    """
    first = slice(0, 24 * per_hour)
    there = ~np.isnan(actual_kw[first])
    coverage = float(there.mean()) if len(there) else 0.0
    error = np.abs(actual_kw - quantiles_kw[1])
    naive = np.abs(actual_kw - naive_kw)
    enough = coverage >= LEAST_COVERAGE
    hour = slice(per_hour - 1, per_hour)
    peak = _peak_error(actual_kw[day], peak_p50_kw)
    naive_peak = _peak_error(actual_kw[day], _highest(naive_kw[day]))
    inside = (actual_kw >= quantiles_kw[0]) & (actual_kw <= quantiles_kw[2])
    return ForecastScore(
        hour_kw=_mean(error[hour], 1.0),
        naive_hour_kw=_mean(naive[hour], 1.0),
        day_kw=_mean(error[first], LEAST_COVERAGE),
        naive_day_kw=_mean(naive[first], LEAST_COVERAGE),
        peak_kw=peak,
        naive_peak_kw=naive_peak,
        covered=float(inside[first][there].mean()) if enough else None,
        pinball_kw=_mean(pinball(actual_kw, quantiles_kw, (0.1, 0.5, 0.9))[first], LEAST_COVERAGE),
        mean_kw=_mean(actual_kw[first], LEAST_COVERAGE),
        coverage=coverage,
    )


def pinball(actual_kw: FloatArray, quantiles_kw: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    """Mean over the levels of max(q (y - f), (q - 1) (y - f)), shape (h,) [kW]

    actual_kw : shape (h,); quantiles_kw : shape (q, h)
    """
    level = np.array(levels)[:, None]
    over = actual_kw - quantiles_kw
    return np.asarray(np.maximum(level * over, (level - 1) * over).mean(axis=0))


def _mean(values: FloatArray, least: float) -> float | None:
    there = ~np.isnan(values)
    return float(values[there].mean()) if len(values) and there.mean() >= least and there.any() else None


def _highest(values: FloatArray) -> float | None:
    there = values[~np.isnan(values)]
    return float(there.max()) if len(there) and len(there) >= LEAST_COVERAGE * len(values) else None


def _peak_error(actual_kw: FloatArray, expected_kw: float | None) -> float | None:
    highest = _highest(actual_kw)
    return None if highest is None or expected_kw is None else abs(highest - expected_kw)
