"""Rules on ingest's journals: one that fills up, and a part that is far behind. The worst journal speaks for all."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.events import JournalMeasured
from domain.scopes import MONITORED
from response.flow_rules import PARTS
from response.known_figures import Known, judged
from response.rules import Basis, RuleState, RuleStatus, Verdicts

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
    size, limit = fullest.size_bytes / MEGABYTE, fullest.limit_bytes / MEGABYTE
    return _judged(FULL, edition.journal_full, fullest, size, limit) + _judged(
        LAG, edition.journal_lag, slowest, slowest.age_s, edition.journal_lag.old_s
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


def _judged(rule: str, policy: StepRule, journal: JournalMeasured, value: float, base: float) -> Verdicts:
    unit = "MB" if rule == FULL else "s"
    return judged(rule, AlertKind.SYSTEM, MONITORED, policy, Basis.JOURNAL, Known(value, unit, *_behind(journal), base))
