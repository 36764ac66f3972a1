"""A draft plan from the registry and a year of load: whose kW at which level, mildest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from config.orderly import LetterEdition, OrderlyTable
from domain.orderly import PlanRow, PlanStep, Rank
from domain.registry import Account, Enterprise, ProtectedClass, RegistryView, RestrictedClass
from response.orderly.metered import NOTHING, Metered


def draft_rows(
    view: RegistryView, metered: Mapping[str, Metered], table: OrderlyTable, levels: LetterEdition, day: date
) -> list[PlanRow]:
    """Every open enterprise with an account; those that may not be called have no steps.

    Restricted classes first, then two-high, then the others by the share of their load they can give: the levels
    fill in that order, each to its kW with the plan's margin
    """
    rows = [_row(enterprise, view.accounts_of(enterprise.id), metered, day) for enterprise in view.enterprises.values()]
    found = [row for row in rows if row is not None]
    step = table.allocation.order_step_kw
    room = {str(row.account.id): _room(row, table, step) for row in found}
    order = sorted((row for row in found if room[row.account.id] > 0), key=_urgency)
    steps = _filled(order, room, levels, table.plan.margin, step)
    return [replace(row, steps=tuple(steps.get(row.account.id, ()))) for row in found]


def _row(
    enterprise: Enterprise, accounts: Sequence[Account], metered: Mapping[str, Metered], day: date
) -> PlanRow | None:
    """The account with the largest contract stands for the enterprise: orders go to enterprises, not to meters."""
    if not accounts:
        return None
    account = max(accounts, key=lambda a: (a.contract_capacity_kva or 0.0, a.id))
    known = metered.get(enterprise.id, NOTHING)
    own = replace(
        enterprise,
        valid_from=day,
        plan_level="",  # the steps say it
        level_reduction_kw=None,
        summer_max_kw=known.max_kw if known.max_kw is not None else enterprise.summer_max_kw,
        summer_max_day_mean_kw=known.max_day_mean_kw
        if known.max_day_mean_kw is not None
        else enterprise.summer_max_day_mean_kw,
    )
    return PlanRow(own, replace(account, valid_from=day))


def _room(row: PlanRow, table: OrderlyTable, step_kw: float) -> float:
    """What it may be asked for in all: what it says it can give, never below 保安负荷, nothing of DR sold already."""
    own = row.enterprise
    if own.protected_class is not ProtectedClass.NONE or own.summer_max_kw is None or own.security_load_kw is None:
        return 0.0
    measures = sum(row.rank_kw(rank) for rank in Rank if rank is not Rank.DR)
    room = own.summer_max_kw - own.security_load_kw - row.rank_kw(Rank.DR)
    kw = min(room, measures) // step_kw * step_kw
    return kw if kw >= table.allocation.minimum_block_kw else 0.0


def _urgency(row: PlanRow) -> tuple[bool, bool, float, str]:
    own = row.enterprise
    share = (own.shiftable_kw or 0.0) / (own.summer_max_kw or 1.0)
    return own.restricted_class is RestrictedClass.NONE, not own.two_high, -share, own.id


def _filled(
    order: Sequence[PlanRow], room: Mapping[str, float], levels: LetterEdition, margin: float, step_kw: float
) -> dict[str, list[PlanStep]]:
    steps: dict[str, list[PlanStep]] = {}
    left = dict(room)
    total = 0.0
    for level in levels.level:
        for row in order:
            missing = level.to_kw * margin - total
            account = row.account.id
            if missing <= 0 or left[account] <= 0:
                continue
            kw = min(left[account], -(-missing // step_kw) * step_kw)
            left[account] -= kw
            total += kw
            steps.setdefault(account, []).append(PlanStep(level.letter, kw))
    return steps
