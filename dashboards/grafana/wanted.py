"""What a Grafana should hold: the generated dashboards, their folder and data source, for one district."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from config.settings import Settings
from dashboards.grafana.plan import Board, GrafanaState
from domain.errors import Invalid

FOLDER_UID = "yingfeng"
SOURCE_UID = "yingfeng-influxdb"
GENERATED = files("dashboards.grafana").joinpath("generated")
INFLUX_PORT = 8086


def _store_url(settings: Settings) -> str:
    if settings.grafana.store_url:
        return settings.grafana.store_url
    url = urlsplit(settings.store.url)
    if url.scheme not in ("influxdb", "influxdbs"):
        raise Invalid(
            f"Grafana reads InfluxDB and the store is {url.scheme}: set store.url to influxdb://host:8086, or "
            "grafana.store_url to the InfluxDB Grafana should read"
        )
    scheme = "https" if url.scheme == "influxdbs" else "http"
    return f"{scheme}://{url.hostname}:{url.port or INFLUX_PORT}"


def wanted_source(settings: Settings) -> dict[str, Any]:
    """Grafana's InfluxDB data source in InfluxQL: user and password for 1.x, a token header for 2.x."""
    store = settings.store
    json_data: dict[str, Any] = {"dbName": store.bucket, "httpMode": "POST", "timeInterval": "1m"}
    secret: dict[str, str] = {}
    if store.token:
        json_data["httpHeaderName1"] = "Authorization"
        secret["httpHeaderValue1"] = f"Token {store.token}"
    elif store.password:
        secret["password"] = store.password
    source: dict[str, Any] = {
        "uid": SOURCE_UID,
        "name": "迎峰 Yingfeng",
        "type": "influxdb",
        "access": "proxy",
        "url": _store_url(settings),
        "user": "" if store.token else store.username,
        "database": store.bucket,  # where Grafana before 9.4 looked for dbName
        "isDefault": False,
        "jsonData": json_data,
    }
    return source | ({"secureJsonData": secret} if secret else {})


def _in_zone(board: dict[str, Any], zone: str) -> dict[str, Any]:
    """The dashboard in the district's time zone: the axis, and the days of ``GROUP BY time(1d)``."""
    for variable in board["templating"]["list"]:
        if variable["name"] == "tz":
            variable["query"] = zone
    return board | {"timezone": zone}


def wanted_state(settings: Settings) -> GrafanaState:
    """Raises Invalid when the store is none that Grafana can read."""
    boards = {}
    for file in sorted(GENERATED.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            document = _in_zone(json.loads(file.read_text(encoding="utf-8")), settings.district.timezone)
            boards[document["uid"]] = Board(FOLDER_UID, document)
    return GrafanaState(
        folders={FOLDER_UID: settings.grafana.folder}, sources={SOURCE_UID: wanted_source(settings)}, boards=boards
    )
