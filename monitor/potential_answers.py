"""From the figures of one site to the answer about it, with its evidence in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.baselines.days import Window
from analytics.potential import Headroom, able_of, headroom_of, night_base
from analytics.shapes import ShapeClass
from config.potential import PotentialTable
from domain.arrays import FloatArray
from domain.instants import Span
from domain.potentials import Potential, PotentialBasis, PotentialVerdict
from domain.registry import Enterprise, ProtectedClass
from monitor.potential_data import PotentialData


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """What is known of one enterprise in the window; NaN where not known [kW].

    alike : its like days, this one row; registered : whether security_kw is the registry's
    """

    forecast_kw: float
    usual_kw: float
    spread_kw: float
    security_kw: float
    registered: bool
    night_base_kw: float
    able_kw: float
    cooling_kw: float
    highest_c: float
    shape: str
    alike: Headroom
    reductions_kw: tuple[float, ...]

    @property
    def like_days(self) -> int:
        return int(self.alike.days[0])

    @property
    def expected_kw(self) -> float:
        return self.usual_kw if np.isnan(self.forecast_kw) else self.forecast_kw

    @property
    def expected_by(self) -> str:
        if np.isfinite(self.forecast_kw):
            return "forecast"
        return "usual" if np.isfinite(self.usual_kw) else ""


def sites_of(
    enterprises: Sequence[Enterprise],
    data: PotentialData,
    window: Window,
    forecast_kw: FloatArray,
    cooling_kw: FloatArray,
    table: PotentialTable,
) -> list[Site]:
    """A row of the data each. forecast_kw, cooling_kw : shape (s,), of the window, NaN = not known [kW]"""
    rules = table.like_days
    loads = [each.security_load_kw for each in enterprises]
    registered = np.array([np.nan if load is None else load for load in loads])
    base = night_base(data.table, data.day, lookback_days=rules.lookback_days, quantile=rules.night_base_quantile)
    security = np.where(np.isnan(registered), base, registered)
    alike = headroom_of(data.table, data.day, window, security, days=rules.days, lookback_days=rules.lookback_days)
    expected = np.where(np.isnan(forecast_kw), alike.usual_kw, forecast_kw)
    shapes = [ShapeClass(int(code)).word for code in data.shapes.code]
    shares = np.array([table.of_shape(word).shed for word in shapes])
    able = able_of(expected, cooling_kw, shares, table.cooling_share)
    return [
        Site(
            forecast_kw=float(forecast_kw[row]),
            usual_kw=float(alike.usual_kw[row]),
            spread_kw=float(alike.spread_kw[row]),
            security_kw=float(security[row]),
            registered=bool(np.isfinite(registered[row])),
            night_base_kw=float(base[row]),
            able_kw=float(able[row]),
            cooling_kw=float(cooling_kw[row]),
            highest_c=float(data.highest_c[1]),
            shape=shapes[row],
            alike=alike.row(row),
            reductions_kw=data.reductions.get(scope, ()),
        )
        for row, scope in enumerate(data.scopes)
    ]


def potential_of(enterprise: Enterprise, day: date, hours: Span, site: Site, table: PotentialTable) -> Potential:
    rules = table.like_days
    able, basis = _able(enterprise, site, table)
    there = _there(site, rules.confidence)
    verdict, reason = _verdict(enterprise, site, there, rules.minimum_days)
    shed = shift = confidence = 0.0
    if verdict is PotentialVerdict.OK:
        shed = max(min(able, there), 0.0)
        shift = min(shed, _shiftable(enterprise, shed, table.of_shape(site.shape).shift))
        confidence = float(site.alike.confidence(np.array([shed]))[0]) if shed > 0 else 0.0
    unknown = verdict in (PotentialVerdict.NO_DATA, PotentialVerdict.FEW_DAYS)
    return Potential(
        enterprise_id=enterprise.id,
        name=enterprise.name,
        day=day,
        start_ms=hours.start_ms,
        end_ms=hours.end_ms,
        shed_kw=None if unknown else shed,
        shift_kw=None if unknown else shift,
        confidence=confidence,
        expected_kw=_number(site.expected_kw),
        expected_by=site.expected_by,
        security_kw=_number(site.security_kw),
        security_registered=site.registered,
        cooling_kw=_number(site.cooling_kw),
        basis=basis if verdict is PotentialVerdict.OK else PotentialBasis.NONE,
        shape="" if site.shape == "unknown" else site.shape,
        like_days=site.like_days,
        evidence=_evidence(enterprise, site, there, rules.confidence),
        verdict=verdict,
        reason=reason,
    )


def no_data(enterprise: Enterprise, day: date, hours: Span) -> Potential:
    """Of an enterprise without a meter."""
    protected = enterprise.protected_class is not ProtectedClass.NONE
    return Potential(
        enterprise_id=enterprise.id,
        name=enterprise.name,
        day=day,
        start_ms=hours.start_ms,
        end_ms=hours.end_ms,
        shed_kw=0.0 if protected else None,
        shift_kw=0.0 if protected else None,
        confidence=0.0,
        expected_kw=None,
        expected_by="",
        security_kw=enterprise.security_load_kw,
        security_registered=enterprise.security_load_kw is not None,
        cooling_kw=None,
        basis=PotentialBasis.NONE,
        shape="",
        like_days=0,
        evidence=(),
        verdict=PotentialVerdict.PROTECTED if protected else PotentialVerdict.NO_DATA,
        reason=_protected(enterprise) if protected else "没有计量表计 / it has no meter",
    )


def declared_kw(enterprise: Enterprise) -> float | None:
    """可错峰 + 可避峰 + 可限, columns of the plan table that add up; None where none is filled in [kW]"""
    parts = (enterprise.shiftable_kw, enterprise.avoidable_kw, enterprise.curtailable_kw)
    known = [each for each in parts if each is not None]
    return sum(known) if known else None


def _there(site: Site, confidence: float) -> float:
    """Headroom with this confidence, and no more than the forecast leaves above security; NaN with too few days."""
    alike = float(site.alike.at_least(confidence)[0])
    return alike if np.isnan(site.forecast_kw) else min(alike, site.forecast_kw - site.security_kw)


def _able(enterprise: Enterprise, site: Site, table: PotentialTable) -> tuple[float, PotentialBasis]:
    declared = declared_kw(enterprise)
    able, basis = (site.able_kw, PotentialBasis.ESTIMATE) if declared is None else (declared, PotentialBasis.DECLARED)
    if len(site.reductions_kw) >= table.reductions_minimum and _median(site.reductions_kw) > able:
        return _median(site.reductions_kw), PotentialBasis.REDUCTIONS
    return able, basis


def _shiftable(enterprise: Enterprise, shed_kw: float, share: float) -> float:
    return enterprise.shiftable_kw if enterprise.shiftable_kw is not None else share * shed_kw


def _verdict(enterprise: Enterprise, site: Site, there_kw: float, minimum_days: int) -> tuple[PotentialVerdict, str]:
    if enterprise.protected_class is not ProtectedClass.NONE:
        return PotentialVerdict.PROTECTED, _protected(enterprise)
    if np.isnan(site.night_base_kw):
        return PotentialVerdict.NO_DATA, "没有实测数据 / nothing was measured"
    if site.like_days < minimum_days or np.isnan(there_kw):
        return (
            PotentialVerdict.FEW_DAYS,
            f"同类日不足：{site.like_days} 天，需要 {minimum_days} 天 / "
            f"too few like days: {site.like_days}, {minimum_days} needed",
        )
    if site.alike.exports[0]:
        return PotentialVerdict.EXPORTS, "该时段有上网，净负荷不是可调负荷 / it feeds in at such hours"
    if there_kw <= 0:
        return (
            PotentialVerdict.NO_HEADROOM,
            "该时段负荷不高于保安负荷 / what it draws then is not above its security load",
        )
    return PotentialVerdict.OK, ""


def _protected(enterprise: Enterprise) -> str:
    kind = enterprise.protected_class
    return f"保障类用户（{kind}），不安排压降 / protected class ({kind}): nothing is asked of it"


def _evidence(enterprise: Enterprise, site: Site, there_kw: float, confidence: float) -> tuple[str, ...]:
    found = []
    if np.isfinite(site.forecast_kw):
        found.append(f"预测该时段均值 {site.forecast_kw:,.0f} kW / forecast")
    if site.like_days:
        found.append(
            f"{site.like_days} 个同类日该时段均值中位 {site.usual_kw:,.0f} kW，10%~90% 相差 {site.spread_kw:,.0f} kW / "
            f"median of {site.like_days} like days, 10-90 % spread"
        )
    if np.isfinite(there_kw):
        found.append(
            f"{confidence:.0%} 把握下高于保安负荷 {max(there_kw, 0.0):,.0f} kW / above security load at this confidence"
        )
    if np.isfinite(site.night_base_kw):
        note = "" if site.registered else "，代替未登记的保安负荷 stands for the security load, which is not registered"
        found.append(f"夜间基荷 {site.night_base_kw:,.0f} kW / night base{note}")
    if np.isfinite(site.cooling_kw):
        found.append(f"最高气温 {site.highest_c:.1f} ℃ 时空调负荷 {site.cooling_kw:,.0f} kW / cooling load")
    declared = declared_kw(enterprise)
    if declared is not None:
        found.append(f"登记可错峰、可避峰、可限合计 {declared:,.0f} kW / declared")
    if site.reductions_kw:
        found.append(
            f"{len(site.reductions_kw)} 次核定压降，中位 {_median(site.reductions_kw):,.0f} kW / verified reductions"
        )
    return tuple(found)


def _median(values: tuple[float, ...]) -> float:
    return float(np.median(values))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
