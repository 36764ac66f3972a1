"""The table and the rules as docs/alerts.md shows them: ``python -m tests.response.drawn_table`` prints both."""

from __future__ import annotations

import sys
from datetime import date

from config.alert_policy import AlertEdition, GapRule, Rule, StepRule, load_alert_policy
from domain.alerts import AlertState
from response.alert_state import TABLE, Observation


def table_lines() -> list[str]:
    observations = list(Observation)
    lines = ["| state \\ observation | " + " | ".join(observations) + " |"]
    lines.append("|---" * (len(observations) + 1) + "|")
    for state in AlertState:
        cells = (TABLE[state, o] for o in observations)
        lines.append(f"| **{state}** | " + " | ".join("·" if c is state else str(c) for c in cells) + " |")
    return lines


def _steps(rule: Rule) -> str:
    if isinstance(rule, GapRule):
        return "levels of gap_levels.toml"
    assert isinstance(rule, StepRule)
    return ", ".join(f"{'>' if s.begins == 'above' else '≥'} {s.at * 100:g} % {s.severity}" for s in rule.step)


def rule_lines(edition: AlertEdition) -> list[str]:
    lines = ["| rule | thresholds | clears below by | minimum | hold |", "|---|---|---|---|---|"]
    for name in AlertEdition.model_fields:
        rule = getattr(edition, name)
        if isinstance(rule, Rule):
            lines.append(
                f"| `{name}` | {_steps(rule)} | {rule.clear_below * 100:g} pp"
                f" | {rule.minimum_s:g} s | {rule.hold_s / 60:g} min |"
            )
    return lines


if __name__ == "__main__":
    newest = load_alert_policy().on(date.max)
    sys.stdout.write("\n".join([*table_lines(), "", *rule_lines(newest)]) + "\n")
