"""The dashboards, a file each; ``build_boards`` makes them all."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.boards.analysis import analysis_board
from dashboards.grafana.boards.district import district_board
from dashboards.grafana.boards.enterprise import enterprise_board
from dashboards.grafana.boards.intensity import intensity_board
from dashboards.grafana.boards.orders import order_board
from dashboards.grafana.boards.quality import quality_board
from dashboards.grafana.boards.sites import site_board
from dashboards.grafana.panels import register_query_model


def build_boards() -> dict[str, models.Dashboard]:
    """Every dashboard by the name of its generated file."""
    register_query_model()
    return {
        "district.json": district_board().build(),
        "enterprise.json": enterprise_board().build(),
        "intensity.json": intensity_board().build(),
        "orders.json": order_board().build(),
        "quality.json": quality_board().build(),
        "analysis.json": analysis_board().build(),
        "sites.json": site_board().build(),
    }
