"""docs/alerts.md draws the table and the rules that the code uses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from config.alert_policy import load_alert_policy
from tests.response.drawn_table import rule_lines, table_lines

DOC = Path(__file__).parents[2] / "docs" / "alerts.md"


def test_the_docs_draw_the_table_of_the_code() -> None:
    assert "\n".join(table_lines()) in DOC.read_text(encoding="utf-8")


def test_the_docs_list_the_rules_in_force() -> None:
    assert "\n".join(rule_lines(load_alert_policy().on(date.max))) in DOC.read_text(encoding="utf-8")
