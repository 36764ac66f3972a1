"""Options of the charts. Missing stays missing: NaN becomes a hole, never a line drawn across."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from dashboards.console.visit import Visit
from domain.arrays import FloatArray
from domain.instants import from_ms
from monitor.answers import Curve, Projection

BLUE, GREY, RED, BAND, AMBER = "#17508f", "#9aa7b4", "#a3151c", "#17508f", "#b86e00"
BLOCKS = 96
MOST_POINTS = 2_000

Options = dict[str, Any]


def scaled(values: FloatArray, factor: float) -> list[float | None]:
    return [None if math.isnan(v) else round(float(v) * factor, 3) for v in values]


def base(unit: str, labels: Iterable[str]) -> Options:
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 46, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": "center", "itemWidth": 18, "itemHeight": 8, "textStyle": {"color": "#16222e"}},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": list(labels),
            "axisLabel": {"color": "#52616f", "interval": 11, "hideOverlap": True},
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": "#aab7c4"}},
        },
        "yAxis": {
            "type": "value",
            "name": unit,
            "nameTextStyle": {"color": "#52616f", "align": "right"},
            "scale": True,
            "axisLabel": {"color": "#52616f"},
            "splitLine": {"lineStyle": {"color": "#edf0f3"}},
        },
        "series": [],
    }


def line(name: str, data: list[float | None], colour: str, *, width: float = 2, **more: Any) -> Options:
    style = {"color": colour, "width": width, **more.pop("lineStyle", {})}
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none",
        "color": colour,
        "lineStyle": style,
        "connectNulls": False,
        **more,
    }


def band(name: str, low: list[float | None], high: list[float | None]) -> list[Options]:
    """The band as two stacked areas; the lower one is invisible."""
    width = [None if a is None or b is None else round(b - a, 3) for a, b in zip(low, high, strict=True)]
    hidden: Options = {"lineStyle": {"opacity": 0}, "stack": "band", "silent": True, "tooltip": {"show": False}}
    return [
        line("", low, BAND, **hidden),
        line(name, width, BAND, **{**hidden, "areaStyle": {"color": BAND, "opacity": 0.14}}),
    ]


def day_curve(visit: Visit, today: Curve, yesterday: Curve | None, projection: Projection | None, unit: str) -> Options:
    """The 96 points of a day with yesterday, quota, the band of the estimate, and where the running block will end."""
    factor = 0.001 if unit == "MW" else 1.0
    labels = [visit.time(from_ms(int(ts))) for ts in today.ts_ms[:MOST_POINTS]]
    options = base(unit, labels)
    measured = scaled(today.demand_kw, factor)
    low, high = scaled(today.estimate_low_kw, factor), scaled(today.estimate_high_kw, factor)
    # Where all is measured the band has no width and says nothing.
    uncertain = [b is not None and c is not None and c > b for b, c in zip(low, high, strict=True)]
    series = []
    if yesterday is not None:
        series.append(line(visit.t("chart.yesterday"), scaled(yesterday.demand_kw, factor), GREY, width=1.5))
    quota = scaled(today.quota_kw, factor)
    if any(point is not None for point in quota):
        dash: Options = {"lineStyle": {"type": "dashed"}, "step": "end"}
        series.append(line(visit.t("chart.quota"), quota, RED, width=1.5, **dash))
    if any(uncertain):
        kept_low = [v if on else None for v, on in zip(low, uncertain, strict=True)]
        kept_high = [v if on else None for v, on in zip(high, uncertain, strict=True)]
        series += band(visit.t("chart.estimate"), kept_low, kept_high)
    series.append(line(visit.t("chart.today"), measured, BLUE, width=2.5, z=5))
    if today.reduction_kw is not None:
        restored = scaled(np.where(today.reduction_kw > 0, today.restored_kw, np.nan), factor)
        series.append(line(visit.t("chart.restored"), restored, AMBER, width=2, lineStyle={"type": "dotted"}, z=5))
    if projection is not None and (at := visit.time(projection.block_start)) in labels:
        series += _projected(visit, projection, at, factor)
    options["series"] = series
    options["legend"]["data"] = [s["name"] for s in series if s["name"]]
    return options


def _projected(visit: Visit, projection: Projection, at: str, factor: float) -> list[Options]:
    """A marker at the running block, with its 80 % band as a thin upright line."""
    low, mid, high = (round(v * factor, 3) for v in (projection.low_kw, projection.demand_kw, projection.high_kw))
    whisker = [{"coord": [at, low], "symbol": "none"}, {"coord": [at, high], "symbol": "none"}]
    return [
        {
            "name": visit.t("chart.projection"),
            "type": "scatter",
            # The ends of the band have no mark of their own; they make the axis reach so far.
            "data": [[at, mid], *({"value": [at, end], "symbolSize": 0} for end in (low, high))],
            "symbol": "diamond",
            "symbolSize": 11,
            "color": AMBER,
            "z": 6,
            "markLine": {
                "silent": True,
                "animation": False,
                "label": {"show": False},
                "lineStyle": {"color": AMBER, "width": 2, "type": "solid"},
                "data": [whisker],
            },
        }
    ]
