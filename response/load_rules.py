"""Rules on the load of the district, the enterprises' sum and any scope that was given a quota or a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from config.alert_policy import AlertEdition, StepRule
from config.gap_levels import GapLevelEdition
from domain.alerts import AlertKind
from domain.scopes import DISTRICT, Scope, ScopeKind
from monitor.live import ScopeLoad
from response.alert_state import Timing
from response.looks import Look, bounds_kw, judged_loads, seen
from response.observations import UNKNOWN, Bounds, Threshold
from response.reference_book import Bases, ReferenceBook
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
NO_EXPECTED = RuleStatus.NO_EXPECTED_MAXIMUM
QUOTA, RECORD = attrgetter("quota_kw"), attrgetter("record_kw")


@dataclass(frozen=True, slots=True)
class LoadPicture:
    """What the rules look at; ``loads`` is one consistent picture."""

    loads: Sequence[ScopeLoad]
    references: ReferenceBook
    edition: AlertEdition
    gap_levels: GapLevelEdition
    roster: Roster


def _state(rule: str, kind: AlertKind, scope: Scope, status: RuleStatus) -> RuleState:
    return RuleState(rule, kind, scope, status, *REASONS[status])


def _shown(
    rule: str, kind: AlertKind, scope: Scope, status: RuleStatus, shown_scopes: Sequence[str]
) -> RuleState | None:
    """Unjudged enterprises and areas are the normal case; an unjudged district or enterprises' sum is not."""
    return _state(rule, kind, scope, status) if status.applies or str(scope) in shown_scopes else None


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a case of one of these rules has, whatever was seen."""

    name: str
    kind: AlertKind
    thresholds: tuple[Threshold, ...]
    timing: Timing


def _case(picture: LoadPicture, load: ScopeLoad, rule: _Rule, looks: Sequence[Look]) -> Case:
    found = seen(looks, load)
    worst = found.worst
    return Case(
        Subject(rule.name, load.scope),
        rule.kind,
        rule.thresholds,
        rule.timing,
        found.share,
        worst.bounds.low,
        worst.base,
        "kW",
        found.basis,
        worst.load.coverage,
        worst.load.sliding_kw is not None,
        *picture.roster.names(load.scope),
        quarter=found.quarter,
    )


def _steps(name: str, kind: AlertKind, policy: StepRule) -> _Rule:
    return _Rule(name, kind, thresholds_of(policy.step, policy.clear_below), timing_of(policy))


def _gap_rule(picture: LoadPicture) -> _Rule:
    """Gap of a slot over the expected maximum of the period, against the levels of gap_levels.toml.

    Source: domain facts 1.3, g(slot) = (load - quota) / expected maximum demand of the period
    """
    policy = picture.edition.gap_level
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
    return _Rule("gap_level", AlertKind.GAP_LEVEL, thresholds, timing_of(policy))


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
        held_share=load.coarse_share if load.coarse_share > picture.edition.coarse.share else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Based:
    """What is judged of a scope: each stretch with what 100 % means in it, and the same of the running block."""

    now: Bases
    stretches: tuple[tuple[ScopeLoad, Bases], ...]

    def looks(self, base: Callable[[Bases], float | None]) -> list[Look]:
        found = ((each, base(bases)) for each, bases in self.stretches)
        return [Look(each, bounds_kw(each), kw) for each, kw in found if kw is not None]

    def gaps(self) -> list[Look]:
        """Bounds of load less quota, over the expected maximum."""
        found = []
        for each, bases in self.stretches:
            if bases.quota_kw is not None and bases.expected_maximum_kw is not None:
                bounds = bounds_kw(each).less(bases.quota_kw)
                found.append(Look(each, bounds, bases.expected_maximum_kw))
        return found

    def status(self, looks: Sequence[Look], now: float | None, missing: RuleStatus) -> RuleStatus:
        if looks:
            return RuleStatus.JUDGED if any(look.load.coverage > 0 for look in looks) else RuleStatus.NO_DATA
        return missing if now is None else RuleStatus.NO_DATA


def _based(picture: LoadPicture, load: ScopeLoad) -> _Based:
    judged = judged_loads(load, picture.edition.coarse.share)
    references = picture.references
    return _Based(
        references.bases(load.scope, load.minute),
        tuple((each, references.bases(each.scope, each.minute)) for each in judged),
    )


def _judge(picture: LoadPicture, load: ScopeLoad) -> Verdicts:
    scope, edition = load.scope, picture.edition
    based = _based(picture, load)
    quotas, records, gaps = based.looks(QUOTA), based.looks(RECORD), based.gaps()
    now = based.now
    quota = based.status(quotas, now.quota_kw, RuleStatus.NO_QUOTA)
    record = based.status(records, now.record_kw, RuleStatus.NO_RECORD)
    gap = quota if gaps or now.quota_kw is None else based.status(gaps, now.expected_maximum_kw, NO_EXPECTED)
    states = (
        _shown("load_quota", AlertKind.LOAD_QUOTA, scope, quota, edition.load_quota.shown_scopes),
        _shown("load_quota_projection", AlertKind.LOAD_QUOTA, scope, quota, edition.load_quota_projection.shown_scopes),
        _shown("load_record", AlertKind.LOAD_RECORD, scope, record, edition.load_record.shown_scopes),
        _shown("gap_level", AlertKind.GAP_LEVEL, scope, gap, edition.gap_level.shown_scopes),
    )
    rules = (
        (_steps("load_quota", AlertKind.LOAD_QUOTA, edition.load_quota), quotas),
        (_gap_rule(picture), gaps),
        (_steps("load_record", AlertKind.LOAD_RECORD, edition.load_record), records),
    )
    cases = [_case(picture, load, rule, looks) for rule, looks in rules if looks]
    if now.quota_kw is not None:
        cases.append(_projection_case(picture, load, now.quota_kw))
    return Verdicts(tuple(cases), tuple(state for state in states if state is not None))


def judge_loads(picture: LoadPicture) -> Verdicts:
    """Cases of every scope with a base; states also where the base is missing.

    The quota that counts is the one of the block in which the newest minute lies, or of each quarter where quarters are
    judged. Without a district series the
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
