"""The demo's own policy folder: what a district enters itself and no shipped table holds, marked as made up."""

from __future__ import annotations

from pathlib import Path

from config.policy_table import SHIPPED

TARGETS = "energy_targets.toml"
#: Declines over 2025-2030; the tasks of a real district come from its superior.
PATHS = (("energy_intensity", "演示能耗强度", 0.13), ("co2_intensity", "演示碳排放强度", 0.17))


def demo_policy(folder: Path) -> Path:
    """A folder with the shipped targets and two more; every other table stays the shipped one."""
    policy = folder / "policy"
    policy.mkdir()
    written = [SHIPPED.joinpath(TARGETS).read_text(encoding="utf-8"), *(_path(*each) for each in PATHS)]
    (policy / TARGETS).write_text("\n".join(written), encoding="utf-8")
    return policy


def _path(indicator: str, label: str, decline: float) -> str:
    return f"""[[path]]
indicator = "{indicator}"
label_zh = "{label}"
base_year = 2025
last_year = 2030
decline = {decline}
source = "演示数据 demo figures"
"""
