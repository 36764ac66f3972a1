from __future__ import annotations

from pathlib import Path

import pytest

from config.baselines import BaselineTable
from config.policy_table import load_table
from domain.errors import Invalid


def test_official_methods_are_unadjusted_by_default() -> None:
    table = load_table("baselines.toml", BaselineTable)
    official = [method for method in table.method if method.official]
    assert official
    assert all(method.adjustment is None for method in official)
    assert all(method.source for method in table.method)


def test_mistakes_are_listed(tmp_path: Path) -> None:
    (tmp_path / "baselines.toml").write_text(
        """
[court]
first_choice_share = 1.5
minimum_events = 5
placebo_days = 60
accept_rrmse = 0.2
accept_rrmse_source = "x"
warn_bias = 0.04
warn_bias_source = "x"
[[method]]
id = "a"
name_zh = "甲"
name_en = "a"
official = true
kind = "day_matching"
workdays = 0
other_days = 3
lookback_days = 45
source = "x"
""",
        encoding="utf-8",
    )
    with pytest.raises(Invalid) as caught:
        load_table("baselines.toml", BaselineTable, tmp_path)
    text = str(caught.value)
    assert "first_choice_share" in text
    assert "workdays" in text
