"""Panels on the SDK's builders: one look for every dashboard. Grafana 10.1, as the pinned SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.runtime import DataqueryConfig, register_dataquery_variant
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)

from dashboards.grafana.influxql import BLOCK

SOURCE_TYPE = "influxdb"
SOURCE_UID = "yingfeng-influxdb"
SOURCE = models.DataSourceRef(type_val=SOURCE_TYPE, uid=SOURCE_UID)
NO_VALUE = "数据不足 insufficient data"
POWER_UNIT = "kwatt"
ENERGY_UNIT = "kwatth"
SHARE_UNIT = "percentunit"
REACTIVE_UNIT = "kvoltampreact"
#: Units that Grafana does not know are printed as they stand.
TCE_UNIT = "suffix:tce"
TCE_PER_OUTPUT_UNIT = "suffix:tce/万元"
KWH_PER_OUTPUT_UNIT = "suffix:kWh/万元"
KW_PER_DEGREE_UNIT = "suffix:kW/℃"
FULL_WIDTH = 24


@dataclass
class InfluxQuery(Dataquery, Builder["InfluxQuery"]):
    """A target of Grafana's InfluxDB data source in raw InfluxQL; the SDK ships no model of it.

    Source: Grafana 10.1 public/app/plugins/datasource/influxdb/types.ts, interface InfluxQuery
    """

    query: str
    alias: str = ""
    result_format: str = "time_series"
    ref_id: str = "A"

    def build(self) -> Self:
        return self

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.ref_id,
            "datasource": {"type": SOURCE_TYPE, "uid": SOURCE_UID},
            "query": self.query,
            "rawQuery": True,
            "resultFormat": self.result_format,
            "alias": self.alias,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(data["query"], data["alias"], data["resultFormat"], data["refId"])


def register_query_model() -> None:
    """Teach the SDK's decoder the InfluxDB target."""
    register_dataquery_variant(DataqueryConfig(identifier=SOURCE_TYPE, from_json_hook=InfluxQuery.from_json))


def curve_panel(
    title: str,
    query: str,
    *more: str,
    unit: str,
    width: int,
    height: int = 9,
    alias: str = "$col",
    about: str = "",
) -> timeseries.Panel:
    """Lines over time; a gap in the data is a gap in the line. more : further queries on the same axes"""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .with_target(InfluxQuery(query, alias))
        .interval(BLOCK)
        .unit(unit)
        .span(width)
        .height(height)
        .span_nulls(False)
        .line_width(2)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .no_value(NO_VALUE)
    )
    for letter, each in zip("BCD", more, strict=False):
        panel = panel.with_target(InfluxQuery(each, alias, ref_id=letter))
    return panel


def figure_panel(title: str, query: str, *, unit: str, width: int, height: int = 4, about: str = "") -> stat.Panel:
    """One number, without a sparkline: it is a figure of one block."""
    return (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .with_target(InfluxQuery(query, "$col"))
        .unit(unit)
        .span(width)
        .height(height)
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value(NO_VALUE)
    )


def ranking_panel(
    title: str,
    query: str,
    units: Mapping[str, str],
    *,
    width: int,
    height: int = 9,
    about: str = "",
    timed: bool = True,
) -> table.Panel:
    """Rows by id, the largest of the first column first.

    units : by the column's name. timed : whether a row has an instant of its own; counts carry the range's start.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .with_target(InfluxQuery(query, result_format="table"))
        .span(width)
        .height(height)
        .override_by_name("Time", [setting("displayName", "时刻 time") if timed else setting("custom.hidden", True)])
        .override_by_name("id", [setting("displayName", "编号 id"), setting("unit", "string")])
        .sort_by([common.TableSortByFieldState().display_name(next(iter(units))).desc(True)])
        .no_value(NO_VALUE)
    )
    for column, unit in units.items():
        panel = panel.override_by_name(column, [setting("unit", unit)])
    return panel


def setting(what: str, value: object) -> models.DynamicConfigValue:
    """One place of an override."""
    return models.DynamicConfigValue(id_val=what, value=value)
