"""Whether a response counts, and for how much: validity rules 1 and 2, effective duration, energy and payment.

Sources: domain facts 2.4 and 2.5. Hand calculations of every case stand in docs/settlement.md, and a test reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from analytics.verdicts import first_of
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.dr import Direction, Terms
from domain.errors import Invalid

#: A ratio of exactly 0.8 passes although 0.8 has no exact binary form.
TIE = 1e-9


class Validity(IntEnum):
    """Of several that hold, the first in this order is given."""

    VALID = 0
    NO_REPLY = 1  # nothing was promised: not valid, whatever the load did
    NO_BASELINE = 2  # insufficient data
    INCOMPLETE = 3  # insufficient data: a block of the window was not measured
    EXTREME = 4  # maximum (shed) or minimum (fill) condition
    AVERAGE = 5
    RATIO = 6
    DURATION = 7

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def insufficient(self) -> bool:
        return self in (Validity.NO_BASELINE, Validity.INCOMPLETE)


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Of n enterprises; NaN where baseline or load is incomplete.

    base_extreme_kw, load_extreme_kw : maxima of the window for shed, minima for fill
    base_mean_kw, load_mean_kw, response_kw : means over the window, and baseline less load (fill: load less baseline)
    ratio : response_kw / promised_kw; effective_min : longest run of points with at least response_share of the promise
    validity : shape (n,), codes of Validity; energy_kwh : response that is paid, 0 where not valid
    """

    base_extreme_kw: FloatArray
    load_extreme_kw: FloatArray
    base_mean_kw: FloatArray
    load_mean_kw: FloatArray
    response_kw: FloatArray
    ratio: FloatArray
    effective_min: FloatArray
    validity: CodeArray
    energy_kwh: FloatArray


def settle(
    base_kw: FloatArray, load_kw: FloatArray, promised_kw: FloatArray, terms: Terms, *, step_s: int
) -> Responses:
    """Judge n enterprises over the b blocks of an event.

    base_kw, load_kw : shape (n, b), frozen baseline and measured mean power; NaN = missing, never zero [kW]
    promised_kw : shape (n,), confirmed response R; 0 = no reply [kW]
    step_s : length of a block [s]
    """
    if base_kw.shape != load_kw.shape or promised_kw.shape != base_kw.shape[:1]:
        raise Invalid(f"{base_kw.shape}, {load_kw.shape} and {promised_kw.shape} do not belong together")
    fill = terms.direction is Direction.FILL
    sign = -1.0 if fill else 1.0
    extreme = np.min if fill else np.max
    base_extreme, load_extreme = extreme(base_kw, axis=1), extreme(load_kw, axis=1)
    base_mean, load_mean = base_kw.mean(axis=1), load_kw.mean(axis=1)
    response = sign * (base_kw - load_kw)
    mean_response = sign * (base_mean - load_mean)
    replied = promised_kw > 0
    ratio = np.divide(mean_response, promised_kw, out=np.full(len(replied), np.nan), where=replied)
    enough = response >= (terms.response_share * promised_kw)[:, None] * (1 - TIE)
    effective = longest_run(np.asarray(enough)) * np.float64(step_s / 60.0)
    unknown = np.asarray(np.isnan(response).any(axis=1))
    validity = first_of(
        (Validity.NO_REPLY, ~replied),
        (Validity.NO_BASELINE, np.asarray(np.isnan(base_kw).any(axis=1))),
        (Validity.INCOMPLETE, unknown),
        *_failures(
            np.asarray(sign * (base_extreme - load_extreme)),
            np.asarray(mean_response),
            ratio,
            effective,
            promised_kw,
            terms,
        ),
    )
    energy = paid_energy(response, promised_kw, terms.paid_share, step_s=step_s)
    return Responses(
        base_extreme,
        load_extreme,
        base_mean,
        load_mean,
        mean_response,
        ratio,
        np.where(unknown, np.nan, effective),
        validity,
        np.where(validity == Validity.VALID, energy, 0.0),
    )


def _failures(
    extreme: FloatArray, mean: FloatArray, ratio: FloatArray, effective: FloatArray, promised: FloatArray, terms: Terms
) -> list[tuple[Validity, BoolArray]]:
    short = ~(ratio >= terms.response_share * (1 - TIE))
    if terms.rule == 1:
        # "Pb_max - Pa_max >= R and Pb_avg - Pa_avg >= 0.8 R"
        return [(Validity.EXTREME, ~(extreme >= promised * (1 - TIE))), (Validity.RATIO, short)]
    # "Pa_max < Pb_max and Pa_avg < Pb_avg and (Pb_avg - Pa_avg) / R >= 0.8 and effective duration >= 60 min"
    return [
        (Validity.EXTREME, ~(extreme > 0)),
        (Validity.AVERAGE, ~(mean > 0)),
        (Validity.RATIO, short),
        (Validity.DURATION, effective < terms.minimum_minutes),
    ]


def longest_run(passed: BoolArray) -> IntArray:
    """Longest run of consecutive true points of each row, the first point included. passed : shape (n, b)"""
    best = np.zeros(passed.shape[0], dtype=np.int64)
    run = np.zeros(passed.shape[0], dtype=np.int64)
    for column in passed.T:
        run = np.where(column, run + 1, 0)
        best = np.maximum(best, run)
    return best


def paid_energy(response_kw: FloatArray, promised_kw: FloatArray, paid_share: float, *, step_s: int) -> FloatArray:
    """E = sum over t of max(0, min(baseline - actual, paid_share R)) dt (domain facts 2.5).

    response_kw : shape (n, b) [kW]; promised_kw : shape (n,) [kW]. Returns shape (n,) [kWh]
    """
    paid = np.clip(response_kw, 0.0, (paid_share * promised_kw)[:, None])
    return np.asarray(paid.sum(axis=1) * (step_s / 3600.0))


def payment(energy_kwh: FloatArray, valid: BoolArray, terms: Terms) -> FloatArray:
    """pay = E price k_valid, an estimate and never a statement of money due [yuan]; NaN where no price is known."""
    price = np.nan if terms.price_yuan_per_kwh is None else terms.price_yuan_per_kwh
    return np.round(np.where(valid, energy_kwh, 0.0) * price, 2)


def penalty(response_kw: FloatArray, promised_kw: FloatArray, terms: Terms, *, hours: float) -> FloatArray:
    """fee = (R R1 - actual) price M per hour below R1 of the promise; 0 where the factor M is off [yuan]"""
    if not terms.penalty_factor or terms.price_yuan_per_kwh is None:
        return np.zeros(len(promised_kw))
    lacking = np.maximum(promised_kw * terms.penalty_share - np.maximum(response_kw, 0.0), 0.0)
    return np.round(lacking * terms.price_yuan_per_kwh * terms.penalty_factor * hours, 2)


@dataclass(frozen=True, slots=True, eq=False)
class TopUp:
    """asked_yuan, paid_yuan : shape (n,); share : paid of what was asked, 1 while the cap holds"""

    asked_yuan: FloatArray
    paid_yuan: FloatArray
    share: float


def top_up(verified_kwh: FloatArray, price_yuan_per_kwh: float, cap_yuan: float) -> TopUp:
    """The district's own subsidy on a year's official verified energy; above the cap everybody gets the same share.

    Rounded down to the fen where the cap bites, so that the sum never passes it. Source: QZ22 in domain facts 2.5
    """
    asked = np.round(verified_kwh * price_yuan_per_kwh, 2)
    total = float(asked.sum())
    if total <= cap_yuan:
        return TopUp(asked, asked.copy(), 1.0)
    share = cap_yuan / total
    return TopUp(asked, np.floor(asked * share * 100 + 1e-6) / 100, share)
