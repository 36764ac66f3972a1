"""Rules on ingest's journals: one that fills up, and a part that is far behind. The worst journal speaks for all."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.events import JournalMeasured
from domain.scopes import MONITORED
from response.flow_rules import PARTS
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

FULL, LAG = "journal_full", "journal_lag"
UNHEARD = ("没有接收进程报告其日志", "no ingest process has told of its journal")
MEGABYTE = 1e6


def judge_journals(journals: Sequence[JournalMeasured], edition: AlertEdition) -> Verdicts:
    """journals : the newest word of each ingest process; none holds every state"""
    if not journals:
        unheard = (RuleState(rule, AlertKind.SYSTEM, MONITORED, RuleStatus.NO_DATA, *UNHEARD) for rule in (FULL, LAG))
        return Verdicts((), tuple(unheard))
    fullest = max(journals, key=lambda j: j.size_bytes / j.limit_bytes)
    slowest = max(journals, key=lambda j: j.age_s)
    lag = edition.journal_lag
    return Verdicts(
        (
            _case(FULL, edition.journal_full, fullest, fullest.size_bytes / MEGABYTE, fullest.limit_bytes / MEGABYTE),
            _case(LAG, lag, slowest, slowest.age_s, lag.old_s),
        ),
        tuple(RuleState(rule, AlertKind.SYSTEM, MONITORED, RuleStatus.JUDGED) for rule in (FULL, LAG)),
    )


def _behind(journal: JournalMeasured) -> tuple[str, str]:
    if not journal.lag_records:
        return f"无积压（接收进程 {journal.source}）", f"nothing waits in it (ingest {journal.source})"
    part_zh, part_en = PARTS.get(journal.behind, (journal.behind, journal.behind))
    count, age = f"{journal.lag_records:,}", f"{journal.age_s:,.0f}"
    return (
        f"{part_zh}落后 {count} 条，最早 {age} 秒（接收进程 {journal.source}）",
        f"{part_en} is {count} records behind, the oldest {age} s old (ingest {journal.source})",
    )


def _case(rule: str, policy: StepRule, journal: JournalMeasured, value: float, base: float) -> Case:
    name_zh, name_en = _behind(journal)
    return Case(
        Subject(rule, MONITORED),
        AlertKind.SYSTEM,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(value / base, value / base),
        value,
        base,
        "MB" if rule == FULL else "s",
        Basis.JOURNAL,
        1.0,
        complete=True,
        name_zh=name_zh,
        name_en=name_en,
    )
