"""Rules on the load of the district, the enterprises' sum and any scope that was given a quota or a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.alert_policy import AlertEdition, StepRule
from config.gap_levels import GapLevelEdition
from domain.alerts import AlertKind
from domain.scopes import DISTRICT, Scope, ScopeKind
from monitor.live import ScopeLoad
from response.observations import UNKNOWN, Bounds, Threshold
from response.reference_book import ReferenceBook
from response.roster import Roster
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

REASONS = {
    RuleStatus.NO_SERIES: ("没有全区负荷数据源(关口表或供电公司数据), 规则未判断", "no district series: not judged"),
    RuleStatus.NO_QUOTA: ("未录入当日用电指标, 规则未判断", "no quota entered for today: not judged"),
    RuleStatus.NO_RECORD: ("未录入历史最高负荷, 规则未判断", "no record entered: not judged"),
    RuleStatus.NO_EXPECTED_MAXIMUM: (
        "未录入期间预计最大负荷, 缺口等级未测算",
        "no expected maximum of the period entered: gap level not computed",
    ),
    RuleStatus.NO_DATA: ("暂无数据, 保持原状态", "no data yet: the state is held"),
    RuleStatus.JUDGED: ("", ""),
}


@dataclass(frozen=True, slots=True)
class LoadPicture:
    """What the rules look at; ``loads`` is one consistent picture."""

    loads: Sequence[ScopeLoad]
    references: ReferenceBook
    edition: AlertEdition
    gap_levels: GapLevelEdition
    roster: Roster


def bounds_kw(load: ScopeLoad) -> Bounds:
    """Measured lower bound and complete or estimated upper bound of the sliding demand [kW]."""
    low = load.measured_kw if load.coverage > 0 else None
    if load.sliding_kw is not None:
        return Bounds(load.sliding_kw, load.sliding_kw)
    high = load.estimate_high_kw
    return Bounds(low, None if high is None else max(high, low or 0.0))


def _share(bounds: Bounds, base: float, offset: float = 0.0) -> Bounds:
    low, high = bounds.low, bounds.high
    return Bounds(
        None if low is None else (low - offset) / base,
        None if high is None else (high - offset) / base,
    )


def _state(rule: str, kind: AlertKind, scope: Scope, status: RuleStatus) -> RuleState:
    return RuleState(rule, kind, scope, status, *REASONS[status])


def _shown(
    rule: str, kind: AlertKind, scope: Scope, status: RuleStatus, shown_scopes: Sequence[str]
) -> RuleState | None:
    """Unjudged enterprises and areas are the normal case; an unjudged district or enterprises' sum is not."""
    return _state(rule, kind, scope, status) if status.applies or str(scope) in shown_scopes else None


def _sliding_case(
    picture: LoadPicture, load: ScopeLoad, rule: str, kind: AlertKind, policy: StepRule, base: float
) -> Case:
    bounds = bounds_kw(load)
    return Case(
        Subject(rule, load.scope),
        kind,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        _share(bounds, base),
        bounds.low,
        base,
        "kW",
        Basis.SLIDING_DEMAND,
        load.coverage,
        load.sliding_kw is not None,
        *picture.roster.names(load.scope),
    )


def _projection_case(picture: LoadPicture, load: ScopeLoad, quota_kw: float) -> Case:
    """Central value of the projection; before ``minimum_minutes`` nothing is said, and what stands is held."""
    policy = picture.edition.load_quota_projection
    projection = load.projection
    early = projection is None or projection.minutes < policy.minimum_minutes
    bounds = UNKNOWN
    value = None
    if projection is not None and not early:
        value = projection.demand_kw
        bounds = Bounds(projection.demand_kw / quota_kw, projection.demand_kw / quota_kw)
    return Case(
        Subject("load_quota_projection", load.scope),
        AlertKind.LOAD_QUOTA,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        bounds,
        value,
        quota_kw,
        "kW",
        Basis.PROJECTION,
        load.coverage,
        load.sliding_kw is not None,
        *picture.roster.names(load.scope),
    )


def _gap_case(picture: LoadPicture, load: ScopeLoad, quota_kw: float, expected_kw: float) -> Case:
    """Gap of the running slot over the expected maximum of the period, against the levels of gap_levels.toml.

    Source: domain facts 1.3, g(slot) = (load - quota) / expected maximum demand of the period
    """
    policy = picture.edition.gap_level
    bounds = bounds_kw(load)
    thresholds = tuple(
        Threshold(
            level.from_ratio,
            level.from_ratio - policy.clear_below,
            policy.severity[level.name],
            level.begins == "at",
            f"{level.roman}级{level.label_zh}",
            f"{level.roman} {level.label_en}",
        )
        for level in picture.gap_levels.level
    )
    return Case(
        Subject("gap_level", load.scope),
        AlertKind.GAP_LEVEL,
        thresholds,
        timing_of(policy),
        _share(bounds, expected_kw, quota_kw),
        None if bounds.low is None else bounds.low - quota_kw,
        expected_kw,
        "kW",
        Basis.SLIDING_DEMAND,
        load.coverage,
        load.sliding_kw is not None,
        *picture.roster.names(load.scope),
    )


def _judge(picture: LoadPicture, load: ScopeLoad) -> Verdicts:
    scope = load.scope
    bases = picture.references.bases(scope, load.minute)
    quota_kw, record_kw, expected_kw = bases.quota_kw, bases.record_kw, bases.expected_maximum_kw
    edition = picture.edition
    heard = RuleStatus.JUDGED if load.coverage > 0 else RuleStatus.NO_DATA
    quota = heard if quota_kw is not None else RuleStatus.NO_QUOTA
    record = heard if record_kw is not None else RuleStatus.NO_RECORD
    gap = quota if expected_kw is not None or quota_kw is None else RuleStatus.NO_EXPECTED_MAXIMUM
    states = (
        _shown("load_quota", AlertKind.LOAD_QUOTA, scope, quota, edition.load_quota.shown_scopes),
        _shown("load_quota_projection", AlertKind.LOAD_QUOTA, scope, quota, edition.load_quota_projection.shown_scopes),
        _shown("load_record", AlertKind.LOAD_RECORD, scope, record, edition.load_record.shown_scopes),
        _shown("gap_level", AlertKind.GAP_LEVEL, scope, gap, edition.gap_level.shown_scopes),
    )
    cases: list[Case] = []
    if quota_kw is not None:
        cases.append(_sliding_case(picture, load, "load_quota", AlertKind.LOAD_QUOTA, edition.load_quota, quota_kw))
        cases.append(_projection_case(picture, load, quota_kw))
        if expected_kw is not None:
            cases.append(_gap_case(picture, load, quota_kw, expected_kw))
    if record_kw is not None:
        cases.append(_sliding_case(picture, load, "load_record", AlertKind.LOAD_RECORD, edition.load_record, record_kw))
    return Verdicts(tuple(cases), tuple(state for state in states if state is not None))


def judge_loads(picture: LoadPicture) -> Verdicts:
    """Cases of every scope with a base; states also where the base is missing.

    The quota that counts is the one of the block in which the newest minute lies. Without a district series the
    states of ``district`` say so; the enterprises' sum is judged on a quota of its own and never on the district's.
    """
    cases: list[Case] = []
    states: list[RuleState] = []
    for load in picture.loads:
        if load.scope.kind is ScopeKind.METER:
            continue
        found = _judge(picture, load)
        cases += found.cases
        states += found.states
    if not any(load.scope == DISTRICT for load in picture.loads):
        states += [
            _state(rule, kind, DISTRICT, RuleStatus.NO_SERIES)
            for rule, kind in (
                ("load_quota", AlertKind.LOAD_QUOTA),
                ("load_quota_projection", AlertKind.LOAD_QUOTA),
                ("load_record", AlertKind.LOAD_RECORD),
                ("gap_level", AlertKind.GAP_LEVEL),
            )
        ]
    return Verdicts(tuple(cases), tuple(states))
