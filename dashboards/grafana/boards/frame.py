"""What every dashboard has: its zone, its links to the others, and layers of what happened."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.annotations import TAG
from dashboards.grafana.panels import SOURCE
from response.marks import ALERT_TAG, EVENT_TAG, ORDER_TAG

#: Replaced by the district's own zone when the dashboards are applied.
TIME_ZONE = "Asia/Shanghai"


def board_of(title: str, uid: str) -> build.Dashboard:
    return (
        build.Dashboard(title)
        .uid(uid)
        .tags(["yingfeng", "迎峰"])
        .timezone(TIME_ZONE)
        .time("now/d", "now")
        .refresh("1m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .editable()
        .link(
            build.DashboardLink("迎峰 Yingfeng")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["yingfeng"])
            .keep_time(True)
        )
        .with_variable(build.ConstantVariable("tz").value(TIME_ZONE))
        .annotation(layer("告警 alerts", ALERT_TAG, "red"))
        .annotation(layer("需求响应 demand response", EVENT_TAG, "orange"))
        .annotation(layer("有序用电 orderly use", ORDER_TAG, "purple"))
    )


def layer(title: str, tag: str, colour: str) -> build.AnnotationQuery:
    """What the program wrote into this Grafana of its events and alerts, as ``annotations`` does."""
    target = build.AnnotationTarget().type("tags").tags([TAG, tag]).match_any(False).limit(500)
    source = models.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    return build.AnnotationQuery().name(title).datasource(source).enable(True).icon_color(colour).target(target)


def choice(name: str, label: str, query: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
