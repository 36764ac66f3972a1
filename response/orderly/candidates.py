"""From plan, potentials, value added and burden to what the allocation chooses from, and why others are out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from analytics.allocation import Options, Sites
from config.orderly import OrderlyTable
from domain.orderly import RANKS, Guard, Measure, PlanRow, Rank, Window
from domain.potentials import Potential
from domain.registry import ProtectedClass, RestrictedClass
from response.orderly.burden import NOTHING, Burden
from response.orderly.measures import Able, Asked, able, rank_kw, storage_kw
from response.orderly.reasons import Out


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the officer asks besides: pinned, kW or 0 = as the solver likes; excluded with the reason."""

    pinned: Mapping[str, float] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inputs:
    """rows : of the plan, by enterprise; letters : levels that may be used; dr_kw : already in an event, by enterprise
    minutes : from now to the window; zone : of the local clock; guards : of that day
    ordered : orders in force whose hours overlap the window, by enterprise"""

    rows: Mapping[str, Sequence[PlanRow]]
    letters: tuple[str, ...]
    potentials: Sequence[Potential]
    yuan_per_kwh: Mapping[str, float | None]
    burdens: Mapping[str, Burden]
    guards: Mapping[str, Guard]
    dr_kw: Mapping[str, float]
    minutes: float
    window: Window
    zone: ZoneInfo
    wishes: Wishes = field(default_factory=Wishes)
    ordered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """enterprises : as ``sites``; able : as ``options``; out : why the others are no candidates; yuan : value added
    used, by enterprise, and whether it is known"""

    enterprises: tuple[str, ...]
    sites: Sites
    options: Options
    able: tuple[Able, ...]
    restricted: tuple[bool, ...]
    yuan: Mapping[str, tuple[float, bool]]
    out: Mapping[str, tuple[Out, str]]


def by_enterprise(rows: Sequence[PlanRow]) -> dict[str, list[PlanRow]]:
    found: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        found[row.enterprise.id].append(row)
    return dict(found)


def candidates(given: Inputs, table: OrderlyTable) -> Candidates:
    known = [value for value in given.yuan_per_kwh.values() if value is not None]
    usual = median(known) if known else table.allocation.unknown_yuan_per_kwh
    out: dict[str, tuple[Out, str]] = {}
    chosen: list[tuple[Potential, list[Able]]] = []
    for potential in given.potentials:
        name = str(potential.enterprise_id)
        reason = _out(potential, given, table)
        if reason is not None:
            out[name] = reason
            continue
        measures = able(_asked(potential, given), table, given.zone)
        largest = max((each.kw for each in measures), default=0.0)
        if largest < max(table.allocation.minimum_block_kw, table.allocation.order_step_kw):
            out[name] = (Out.BLOCK, f"{largest:.0f}")
            continue
        chosen.append((potential, measures))
    return _arrays(chosen, given, table, usual, out)


def _out(potential: Potential, given: Inputs, table: OrderlyTable) -> tuple[Out, str] | None:
    name, rows = str(potential.enterprise_id), given.rows.get(str(potential.enterprise_id), ())
    if potential.verdict.value == "protected" or any(
        row.enterprise.protected_class is not ProtectedClass.NONE for row in rows
    ):
        return Out.PROTECTED, ""
    if name in given.guards:
        return Out.GUARDED, given.guards[name].reason
    if name in given.ordered:
        return Out.ORDERED, given.ordered[name]
    if name in given.wishes.excluded:
        return Out.EXCLUDED, given.wishes.excluded[name]
    if not rows:
        return Out.NOT_IN_PLAN, ""
    stored = storage_kw(rows, given.window.hours, table)
    if not potential.known_shed_kw and not stored:
        return Out.NO_POTENTIAL, potential.reason or potential.verdict.value
    if potential.confidence < table.allocation.least_confidence and not stored:
        return Out.CONFIDENCE, f"{potential.confidence:.0%}"
    if potential.known_shed_kw <= given.dr_kw.get(name, 0.0) and not stored:
        return Out.DR, ""
    in_plan = sum(row.reduction_kw(given.letters) for row in rows)
    if in_plan <= 0 and not rank_kw(rows, Rank.DR):
        return Out.LEVEL, given.letters[-1] if given.letters else "—"
    ramps = [table.of(rank).ramp_min for rank in Rank if rank_kw(rows, rank) > 0]
    ramps += [table.storage.ramp_min] if stored else []
    if ramps and given.minutes < min(ramps):
        return Out.NOTICE, f"{min(ramps):.0f}"
    return None


def _asked(potential: Potential, given: Inputs) -> Asked:
    name = str(potential.enterprise_id)
    return Asked(given.rows[name], potential, given.letters, given.window, given.minutes, given.dr_kw.get(name, 0.0))


def _arrays(
    chosen: Sequence[tuple[Potential, list[Able]]],
    given: Inputs,
    table: OrderlyTable,
    usual_yuan: float,
    out: Mapping[str, tuple[Out, str]],
) -> Candidates:
    names = tuple(str(potential.enterprise_id) for potential, _ in chosen)
    restricted = tuple(_restricted(given.rows[name]) for name in names)
    yuan = {name: _yuan(given.yuan_per_kwh.get(name), usual_yuan) for name in names}
    burden = [given.burdens.get(name, NOTHING) for name in names]
    rows = [(site, each) for site, (_, measures) in enumerate(chosen) for each in measures]
    sure = [1.0 if each.measure is Measure.STORAGE else chosen[site][0].confidence for site, each in rows]
    return Candidates(
        enterprises=names,
        sites=Sites(
            room_kw=_array(_room(potential, given, table) for potential, _ in chosen),
            borne_kwh=_array(each.orderly_kwh for each in burden),
            size_kw=_array(p.expected_kw or p.known_shed_kw for p, _ in chosen),
            recent_calls=_array(float(each.recent) for each in burden),
            pinned_kw=_array(_pin(given.wishes, name) for name in names),
        ),
        options=Options(
            site=np.array([site for site, _ in rows], dtype=np.int64),
            group=np.array([_group(each, restricted=restricted[site]) for site, each in rows], dtype=np.int64),
            most_kw=_array(each.kw for _, each in rows),
            least_kw=np.full(len(rows), table.allocation.minimum_block_kw),
            confidence=_array(sure),
            loss_yuan_per_kwh=_array(
                yuan[names[site]][0] * table.by(each.rank, each.measure).loss_share for site, each in rows
            ),
        ),
        able=tuple(each for _, each in rows),
        restricted=restricted,
        yuan=yuan,
        out=out,
    )


def _room(potential: Potential, given: Inputs, table: OrderlyTable) -> float:
    """What it can take off its load, and what its storage gives besides [kW]"""
    name = str(potential.enterprise_id)
    load_kw = max(0.0, potential.known_shed_kw - given.dr_kw.get(name, 0.0))
    return load_kw + storage_kw(given.rows[name], given.window.hours, table)


def _group(each: Able, *, restricted: bool) -> int:
    """Rank, in it the restricted classes, and in these the soft measures first."""
    order = tuple(Measure).index(each.measure)
    return (2 * RANKS.index(each.rank) + (0 if restricted else 1)) * len(Measure) + order


def _restricted(rows: Sequence[PlanRow]) -> bool:
    return any(
        row.enterprise.restricted_class is not RestrictedClass.NONE
        or row.enterprise.limit_exceeded
        or row.enterprise.two_high
        for row in rows
    )


def _yuan(known: float | None, usual: float) -> tuple[float, bool]:
    return (max(known, 0.0), True) if known is not None else (usual, False)


def _pin(wishes: Wishes, name: str) -> float:
    """0.001 kW: as little as the smallest order."""
    return max(wishes.pinned[name], 0.001) if name in wishes.pinned else 0.0


def _array(values: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.fromiter(values, dtype=np.float64)  # type: ignore[call-overload, no-any-return]
