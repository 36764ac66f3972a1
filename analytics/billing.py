"""Why a billed month differs from the metered one: causes that explain the ratio, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

#: A multiplier mistake is never smaller than the step to the next standard ratio.
LEAST_MULTIPLIER_STEP = 0.1
MOST_METERS_COMBINED = 8


class Cause(StrEnum):
    NOT_MAPPED = "not_mapped"
    NO_DATA = "no_data"
    MULTIPLIER_NEVER = "multiplier_never"
    MULTIPLIER_TWICE = "multiplier_twice"
    MULTIPLIER_OTHER = "multiplier_other"
    COUNTED_TWICE = "counted_twice"
    NOT_COUNTED = "not_counted"
    MISSING_DATA = "missing_data"
    PERIOD_SHIFTED = "period_shifted"
    SLIDING_DEMAND = "sliding_demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """residual : what the cause leaves unexplained, as a share of the billed figure; what : multiplier, meters, days"""

    cause: Cause
    residual: float = 0.0
    what: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one account's period, energies in kWh.

    metered_kwh : None without any data; coverage : share of the intervals it stands on, 1 for register differences
    counted : energy of each meter that is summed; others : of each meter of the account that is not;
    shifted : energy with the period's begin and end moved, by words such as ``-2 d``; multiplier : registered, 1 = none
    """

    billed_kwh: float
    metered_kwh: float | None
    coverage: float
    multiplier: float = 1.0
    counted: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, float] = field(default_factory=dict)
    shifted: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """tolerance, fit, least_coverage, whole_coverage : shares; multipliers : standard products of CT and PT ratios"""

    tolerance: float
    fit: float
    least_coverage: float
    whole_coverage: float
    multipliers: Sequence[float]


def likely_causes(evidence: Evidence, rule: Judgement) -> tuple[Finding, ...]:
    """Causes in the order to look into; () where billed and metered agree within the tolerance.

    Facts come first (no meter, no data), then the multiplier, which is the commonest mistake and the dearest, then
    meters counted twice or not at all, missing data, a shifted period; UNKNOWN when nothing fits.
    """
    if not evidence.counted:
        return (Finding(Cause.NOT_MAPPED, 1.0),)
    if evidence.metered_kwh is None or evidence.metered_kwh <= 0 or evidence.billed_kwh <= 0:
        return () if evidence.metered_kwh == evidence.billed_kwh == 0 else (Finding(Cause.NO_DATA, 1.0),)
    if abs(evidence.metered_kwh - evidence.billed_kwh) <= rule.tolerance * evidence.billed_kwh:
        return ()
    enough = evidence.coverage >= rule.least_coverage
    whole_kwh = evidence.metered_kwh / evidence.coverage if enough else evidence.metered_kwh
    found = [
        *(_multipliers(evidence.billed_kwh / whole_kwh, evidence.multiplier, rule) if enough else ()),
        *_meters(evidence, rule),
        *_missing(evidence, whole_kwh, rule),
        *_shifts(evidence, rule),
    ]
    return tuple(found) or (Finding(Cause.UNKNOWN, abs(evidence.metered_kwh / evidence.billed_kwh - 1)),)


def _multipliers(ratio: float, multiplier: float, rule: Judgement) -> Iterator[Finding]:
    """ratio = billed / metered. M: never applied; 1/M: applied twice; X/M: the registered M should be X."""
    if abs(ratio - 1) < LEAST_MULTIPLIER_STEP:
        return
    if multiplier != 1.0 and abs(ratio / multiplier - 1) <= rule.fit:
        yield Finding(Cause.MULTIPLIER_NEVER, abs(ratio / multiplier - 1), f"{multiplier:g}")
        return
    if multiplier != 1.0 and abs(ratio * multiplier - 1) <= rule.fit:
        yield Finding(Cause.MULTIPLIER_TWICE, abs(ratio * multiplier - 1), f"{multiplier:g}")
        return
    wanted = ratio * multiplier
    nearest = min(rule.multipliers, key=lambda standard: abs(wanted / standard - 1))
    if nearest != multiplier and abs(wanted / nearest - 1) <= rule.fit:
        yield Finding(Cause.MULTIPLIER_OTHER, abs(wanted / nearest - 1), f"{multiplier:g} -> {nearest:g}")
        return
    # A unit of the other kind: 1 / nearest was meant where the values were multiplied outside already.
    inverse = min(rule.multipliers, key=lambda standard: abs(ratio * standard - 1))
    if inverse > 1 and multiplier == 1.0 and abs(ratio * inverse - 1) <= rule.fit:
        yield Finding(Cause.MULTIPLIER_TWICE, abs(ratio * inverse - 1), f"{inverse:g}")


def _meters(evidence: Evidence, rule: Judgement) -> Iterator[Finding]:
    billed, metered = evidence.billed_kwh, evidence.metered_kwh or 0.0
    if metered > billed and len(evidence.counted) > 1:
        yield from _best(
            Cause.COUNTED_TWICE, evidence.counted, metered - billed, billed, rule, most=len(evidence.counted) - 1
        )
    if metered < billed:
        yield from _best(Cause.NOT_COUNTED, evidence.others, billed - metered, billed, rule, most=len(evidence.others))


def _best(
    cause: Cause, meters: Mapping[str, float], excess: float, billed: float, rule: Judgement, *, most: int
) -> Iterator[Finding]:
    """The fewest meters whose energy is the excess."""
    names = sorted(meters, key=lambda name: -meters[name])[:MOST_METERS_COMBINED]
    for count in range(1, min(most, len(names)) + 1):
        fits = [(abs(sum(meters[n] for n in some) - excess) / billed, some) for some in combinations(names, count)]
        residual, some = min(fits)
        if residual <= rule.fit:
            yield Finding(cause, residual, ", ".join(sorted(some)))
            return


def _missing(evidence: Evidence, whole_kwh: float, rule: Judgement) -> Iterator[Finding]:
    """Gaps explain what is missing from the metered side, never what is too much."""
    if evidence.coverage >= rule.whole_coverage or (evidence.metered_kwh or 0.0) >= evidence.billed_kwh:
        return
    residual = abs(whole_kwh / evidence.billed_kwh - 1)
    if residual <= rule.fit + rule.tolerance or evidence.coverage < rule.least_coverage:
        yield Finding(Cause.MISSING_DATA, residual, f"{1 - evidence.coverage:.1%}")


def _shifts(evidence: Evidence, rule: Judgement) -> Iterator[Finding]:
    if not evidence.shifted or evidence.coverage < rule.whole_coverage:
        return
    name = min(evidence.shifted, key=lambda key: (abs(evidence.shifted[key] - evidence.billed_kwh), len(key)))
    residual = abs(evidence.shifted[name] / evidence.billed_kwh - 1)
    if residual <= rule.fit / 3:
        yield Finding(Cause.PERIOD_SHIFTED, residual, name)
