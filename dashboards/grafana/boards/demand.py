"""Columns of demand, as the boards of load show them."""

from __future__ import annotations

DEMAND_COLUMNS = {
    "demand_kw": "实测需量 measured",
    "estimate_kw": "估计 estimate",
    "estimate_low_kw": "估计下限 low",
    "estimate_high_kw": "估计上限 high",
}
COVERAGE = {"coverage": "覆盖率 coverage"}
ESTIMATE_NOTE = (
    "实测为 15 分钟需量;估计 = 实测 + 失联表计的常用值,带 80 % 区间。缩小时间轴时显示区间最大值。\n\n"
    "Measured 15-minute demand; estimate = measured plus the usual value of silent meters, with an 80 % band. "
    "Zoomed out, each step shows its maximum."
)
