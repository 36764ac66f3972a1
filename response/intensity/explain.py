"""Why energy use changed: activity, structure and intensity, sector by sector or within one sector (LMDI)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.decomposition import decompose
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.sectors import division
from response.intensity.books import Books, Grouping
from response.intensity.figures import CURRENT_PRICES, NO_MEMBERS, Accounts, energy_of, in_constant_prices, value_of
from response.intensity.metered import told
from response.intensity.panel import Panel


@dataclass(frozen=True, slots=True)
class Part:
    """activity : by the total's output; structure : by its mix; intensity : by the part's own; moved : it came or went

    All in tce; they add up to now_tce - before_tce.
    """

    subject: str
    before_tce: float
    now_tce: float
    activity_tce: float
    structure_tce: float
    intensity_tce: float
    moved_tce: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """parts : the largest change first; left_out : enterprises without figures of both periods, and why

    total : None when nothing can be taken apart, ``reason`` says why
    metered : what electricity came from meters, as in ``IntensityAnswer``
    """

    first: date
    last: date
    basis: Basis
    sector: str | None
    scope_year: int | None
    total: Part | None
    parts: tuple[Part, ...]
    left_out: tuple[tuple[EnterpriseId, str], ...]
    reason: str = ""
    metered: str = ""

    def told_zh(self) -> str:
        """The change in one sentence, as staff write it; "" where nothing can be taken apart."""
        total = self.total
        if total is None:
            return ""
        change = total.now_tce - total.before_tce
        share = f"（{change / total.before_tce:+.1%}）" if total.before_tce > 0 else ""
        causes = [
            ("产出规模", total.activity_tce),
            ("结构", total.structure_tce),
            ("强度", total.intensity_tce),
            ("单位增减", total.moved_tce),
        ]
        parts = "，".join(f"{name}影响{tce:+,.1f}" for name, tce in causes if round(tce, 1))
        most = max(self.parts, key=lambda part: abs(part.intensity_tce), default=None)
        whose = f"；强度变化影响最大的是{most.subject}（{most.intensity_tce:+,.1f}）" if most is not None else ""
        return f"可比单位能耗较上年同期变化{change:+,.1f}吨标准煤{share}：{parts}{whose}。"


def explain(
    books: Books,
    principal: Principal,
    first: date,
    last: date,
    *,
    basis: Basis,
    sector: str | None,
    scope_year: int | None,
) -> Explanation:
    """Of the enterprises with energy and constant-price value added in both periods."""
    principal.require_staff()
    chosen = books.chosen(principal, last, scope_year=scope_year)
    known = books.view(last).enterprises
    if sector is not None:
        chosen = [each for each in chosen if division(known[each].sector) == division(sector)]
    accounts = books.accounts(principal, first, last, chosen, alone=False)
    metered = told(accounts.metered, books.zone)
    usable, left_out = _comparable(accounts, chosen, basis)
    if not usable:
        reason = left_out[0][1] if left_out else NO_MEMBERS
        return Explanation(first, last, basis, sector, scope_year, None, (), tuple(left_out), reason, metered)
    by = Grouping.SECTOR if sector is None else Grouping.ENTERPRISE
    parts = _parts(accounts, books.groups(usable, by, last), basis)
    return Explanation(
        first, last, basis, sector, scope_year, _total(parts), tuple(parts), tuple(left_out), metered=metered
    )


def _both(accounts: Accounts) -> tuple[Panel, Panel]:
    assert accounts.before is not None
    return accounts.before, accounts.now


def _comparable(
    accounts: Accounts, chosen: Sequence[EnterpriseId], basis: Basis
) -> tuple[list[EnterpriseId], list[tuple[EnterpriseId, str]]]:
    """Those with figures of both periods, and the others with the reason."""
    before, now = _both(accounts)
    usable, left_out = [], []
    for i, each in enumerate(chosen):
        reason = _reason(now, i, basis) or _reason(before, i, basis)
        if reason:
            left_out.append((each, reason))
        else:
            usable.append(each)
    return usable, left_out


def _parts(accounts: Accounts, groups: Sequence[tuple[str, list[EnterpriseId]]], basis: Basis) -> list[Part]:
    """The largest change first."""
    rows = [accounts.rows(members) for _, members in groups]
    before, now = (np.array([_sum(panel, each, basis) for each in rows]) for panel in _both(accounts))
    parts = decompose(before[:, 0], now[:, 0], before[:, 1], now[:, 1])
    told = [
        Part(
            subject=name,
            before_tce=float(before[i, 0]),
            now_tce=float(now[i, 0]),
            activity_tce=float(parts.activity[i]),
            structure_tce=float(parts.structure[i]),
            intensity_tce=float(parts.intensity[i]),
            moved_tce=float(parts.moved[i]),
        )
        for i, (name, _) in enumerate(groups)
    ]
    return sorted(told, key=lambda part: -abs(part.now_tce - part.before_tce))


def _reason(panel: Panel, row: int, basis: Basis) -> str:
    rows = np.array([row])
    energy, value = energy_of(panel, rows, basis), value_of(panel, rows)
    if energy.value is None or value.value is None:
        return energy.reason or value.reason
    if not in_constant_prices(panel, rows):
        return CURRENT_PRICES
    return "增加值为负 / value added is below zero" if value.value < 0 else ""


def _sum(panel: Panel, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]], basis: Basis) -> tuple[float, float]:
    return float(panel.full_tce[basis][rows].sum()), float(panel.value_10k_cny[rows].sum())


def _total(parts: list[Part]) -> Part:
    return Part(
        subject="total",
        before_tce=sum(part.before_tce for part in parts),
        now_tce=sum(part.now_tce for part in parts),
        activity_tce=sum(part.activity_tce for part in parts),
        structure_tce=sum(part.structure_tce for part in parts),
        intensity_tce=sum(part.intensity_tce for part in parts),
        moved_tce=sum(part.moved_tce for part in parts),
    )
