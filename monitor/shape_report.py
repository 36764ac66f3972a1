"""Shape classes and drift of the parts of a group."""

from __future__ import annotations

import numpy as np

from analytics.clusters import Clusters, cluster_shapes
from analytics.drift import DriftKind, DriftLimits, Drifts, find_drifts
from analytics.ratios import ratio
from analytics.shapes import ShapeClass, ShapeLimits, Shapes, shapes_of, within
from analytics.verdicts import Verdict
from config.characteristics import CharacteristicsTable, ShapeRules
from domain.arrays import FloatArray, IntArray
from domain.scopes import Scope
from monitor.analysis_answers import ClusterOf, ClusterTrial, DriftOf, DriftReport, ShapeOf, ShapeReport
from monitor.analysis_data import AnalysisData, Step, number
from monitor.verdict_texts import because

Parts = list[tuple[Scope, str]]


def _hour(text: str) -> float:
    return int(text[:2]) + int(text[3:]) / 60


def _hours(pair: tuple[str, str]) -> tuple[float, float]:
    return _hour(pair[0]), _hour(pair[1])


def limits_of(rules: ShapeRules) -> ShapeLimits:
    return ShapeLimits(
        minimum_days=rules.minimum_days,
        flat_load_factor=rules.flat_load_factor,
        flat_weekend=rules.flat_weekend,
        prominence=rules.prominence,
        noon_h=_hours(rules.noon),
        night_h=_hours(rules.night),
        night_ratio=rules.night_ratio,
        step_variation=rules.step_variation,
        seasonal_ratio=rules.seasonal_ratio,
        evening_h=_hours(rules.evening),
    )


def shape_report(
    group: Scope,
    parts: Parts,
    data: AnalysisData,
    rules: CharacteristicsTable,
    *,
    step: Step = lambda _: None,
) -> ShapeReport:
    """Parts are the rows of the data from the second on. step : told the share of the clusterings that are done"""
    limits = limits_of(rules.shapes)
    found = shapes_of(
        data.clock_kw[1:],
        data.plain[1:],
        data.kinds.workday,
        summer=data.summer,
        spring=data.kinds.spring,
        limits=limits,
    )
    good = np.flatnonzero(found.verdict == Verdict.OK)
    clusters = cluster_shapes(
        found.profile[good],
        least=rules.shapes.cluster_least,
        most=rules.shapes.cluster_most,
        seeds=rules.shapes.cluster_seeds,
        stability=rules.shapes.cluster_stability,
        step=step,
    )
    label = np.full(len(parts), -1)
    reason = ""
    if clusters is None:
        need = 2 * rules.shapes.cluster_least
        reason = (
            f"可聚类的企业不足：{len(good)} 家，需要 {need} 家 / too few sites to cluster: {len(good)}, {need} needed"
        )
    else:
        label[good] = clusters.label
    return ShapeReport(
        scope=str(group),
        first=data.days.days[0],
        last=data.days.days[-1],
        sites=tuple(_shape(i, part, name, found, int(label[i]), limits) for i, (part, name) in enumerate(parts)),
        clusters=() if clusters is None else _clusters(clusters, label, data.figures.mean_kw[1:], limits),
        silhouette=None if clusters is None else clusters.silhouette,
        stability=None if clusters is None else clusters.stability,
        tried=() if clusters is None else tuple(ClusterTrial(*entry) for entry in clusters.tried),
        reason=reason,
        data_digest=data.history.digest,
    )


def _shape(i: int, part: Scope, name: str, found: Shapes, label: int, limits: ShapeLimits) -> ShapeOf:
    known = found.verdict[i] == Verdict.OK
    at = int(found.peak_at[i])
    slots = found.profile.shape[1]
    return ShapeOf(
        scope=str(part),
        name=name,
        reason=because(int(found.verdict[i]), have=int(found.days[i]), need=limits.minimum_days),
        days=int(found.days[i]),
        shape=ShapeClass(int(found.code[i])).word if known else "",
        seasonal=bool(found.seasonal[i]),
        cluster=label if label >= 0 else None,
        load_factor=number(found.load_factor[i]),
        weekend_ratio=number(found.weekend_ratio[i]),
        night_ratio=number(found.night_ratio[i]),
        step_variation=number(found.step_variation[i]),
        seasonal_ratio=number(found.seasonal_ratio[i]),
        peak_at=_clock(at, slots) if at >= 0 else "",
        profile=tuple(round(float(v), 4) for v in found.profile[i]) if known else (),
    )


def _clock(slot: int, slots: int) -> str:
    minutes = slot * 1440 // slots
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _clusters(
    clusters: Clusters, label: IntArray, daily_mean_kw: FloatArray, limits: ShapeLimits
) -> tuple[ClusterOf, ...]:
    there = ~np.isnan(daily_mean_kw)
    mean = ratio(np.where(there, daily_mean_kw, 0.0).sum(axis=1), there.sum(axis=1))
    usual = np.where(np.isnan(mean), 0.0, mean)
    total = float(usual[label >= 0].sum())
    names = _names(clusters.centre, limits)
    return tuple(
        ClusterOf(
            number=number_of,
            name_zh=names[number_of][0],
            name_en=names[number_of][1],
            sites=int((label == number_of).sum()),
            energy_share=float(usual[label == number_of].sum()) / total if total > 0 else None,
            centre=tuple(round(float(v), 4) for v in clusters.centre[number_of]),
        )
        for number_of in range(clusters.k)
    )


def _names(centre: FloatArray, limits: ShapeLimits) -> list[tuple[str, str]]:
    """What each centre is: flat, a night load, or worked hours; two alike are told apart by their peak."""
    names = [_name(curve, limits) for curve in centre]
    slots = centre.shape[1]
    return [
        (f"{zh}，{_clock(int(curve.argmax()), slots)} 最高", f"{en}, peak {_clock(int(curve.argmax()), slots)}")
        if names.count((zh, en)) > 1
        else (zh, en)
        for (zh, en), curve in zip(names, centre, strict=True)
    ]


def _name(curve: FloatArray, limits: ShapeLimits) -> tuple[str, str]:
    slots = len(curve)
    if curve.mean() / curve.max() >= limits.flat_load_factor:
        return "平稳连续", "flat round the clock"
    night = within(slots, limits.night_h)
    if curve[night].mean() >= limits.night_ratio * curve[~night].mean():
        return "夜间为主", "mostly at night"
    level = (curve.max() + curve.min()) / 2
    on = np.flatnonzero(curve >= level)
    hours = len(on) * 24 / slots
    begin, end = _clock(int(on[0]), slots), _clock(int(on[-1] + 1) % slots, slots)
    kind = ("长时段", "long hours") if hours >= 13 else ("日间", "by day") if hours >= 7 else ("短时尖峰", "short peak")
    return f"{kind[0]} {begin}–{end}", f"{kind[1]} {begin}–{end}"


def drift_report(
    group: Scope,
    parts: Parts,
    data: AnalysisData,
    rules: CharacteristicsTable,
    *,
    step: Step = lambda _: None,
) -> DriftReport:
    """Parts as in ``shape_report``. step : told the share of the sites that are compared"""
    limits = DriftLimits(
        window_days=rules.drift.window_days,
        minimum_change=rules.drift.minimum_change,
        minimum_score=rules.drift.minimum_score,
    )
    found = find_drifts(data.clock_kw[1:], data.plain[1:], data.kinds.workday, limits, step=step)
    used = data.plain[1:] & data.kinds.workday
    work = used.sum(axis=1)
    whole = (used & ~np.isnan(data.clock_kw[1:]).any(axis=2)).sum(axis=1)
    refused = [
        (str(part), _unjudged(int(work[i]), int(whole[i]), 2 * limits.window_days))
        for i, (part, _) in enumerate(parts)
        if found.judged[i] == 0
    ]
    return DriftReport(
        scope=str(group),
        first=data.days.days[0],
        last=data.days.days[-1],
        drifts=tuple(_drift(row, parts, found, data) for row in range(len(found))),
        judged_sites=int((found.judged > 0).sum()),
        judged_days=int(found.judged.sum()),
        refused=tuple(refused),
        data_digest=data.history.digest,
    )


def _unjudged(days: int, whole_days: int, need: int) -> str:
    """Days enough, but never whole: the same hours are always missing."""
    if days < need:
        return because(Verdict.FEW_DAYS, have=days, need=need)
    return because(Verdict.INCOMPLETE, have=f"{whole_days} d", need=f"{need} d")


def _drift(row: int, parts: Parts, found: Drifts, data: AnalysisData) -> DriftOf:
    scope, name = parts[int(found.site[row])]
    return DriftOf(
        scope=str(scope),
        name=name,
        on=data.days.days[int(found.day[row])],
        kind=DriftKind(int(found.kind[row])).word,
        change_kw=float(found.change_kw[row]),
        change_share=number(found.change_share[row]),
        score=float(found.score[row]),
        part_kw=tuple(round(float(v), 2) for v in found.part_kw[row]),
    )
