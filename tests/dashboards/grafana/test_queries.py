"""Every panel's query, macros filled in, on a real InfluxDB that holds known data, against rows worked out by hand."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from config.settings import Settings, StoreSettings
from dashboards.grafana.generate import FOLDER
from dashboards.grafana.provision import apply_dashboards
from dashboards.grafana.wanted import SOURCE_UID
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind
from storage.readings.influx import InfluxStore
from tests.dashboards.grafana.known_data import (
    ABLE,
    BASELINES,
    BLOCK_MS,
    BLOCKS,
    DAY_FIGURES,
    DAY_MS,
    FIGURES,
    INDICATORS,
    LAST_MS,
    MIDNIGHT_MS,
    POWERS_KW,
    SITES,
    START_MS,
    STEP_MS,
    STREET,
    coverage,
    curves_of_sites_and_orders,
    demand_kw,
    demand_rows,
    forecast_kw,
    forecast_rows,
    intensity_rows,
    level_kw,
    load_day_rows,
    quality_rows,
    readings,
)
from tests.servers.grafana import WAYS, Grafana, named_grafana
from tests.servers.influx import Influx

Rows = dict[str, list[list[Any]]]

VARIABLES = {"enterprise": "E001", "meter": "M1", "area": "street", "tz": "Asia/Shanghai"}
E001, E002 = Scope(ScopeKind.ENTERPRISE, "E001"), Scope(ScopeKind.ENTERPRISE, "E002")
STREET_SCOPE = Scope(ScopeKind.STREET, STREET)
STEPS = [START_MS + i * STEP_MS for i in range(4)]
PAIRS = [(0, 1), (2, 3), (4, 5), (6, 7)]


def _largest(values: list[float]) -> float | None:
    there = [value for value in values if not math.isnan(value)]
    return max(there) if there else None


def _demand_curve(scope: Scope, day: int = 0) -> Rows:
    """Of each step of two blocks the largest measured value, estimate and bounds."""
    rows = []
    for step, pair in zip(STEPS, PAIRS, strict=True):
        top = max(level_kw(scope, block, day) for block in pair)
        measured = _largest([demand_kw(scope, block, day) for block in pair])
        rows.append([step + day * DAY_MS, measured, top + 5, top - 10, top + 20])
    return {"": rows}


def _coverage_curve(scope: Scope) -> Rows:
    pairs = zip(STEPS, PAIRS, strict=True)
    return {"": [[step, min(coverage(scope, block) for block in pair)] for step, pair in pairs]}


def _newest(scope: Scope) -> list[list[float | None]]:
    return [[START_MS + 7 * BLOCK_MS, demand_kw(scope, 7)]]


def _at(block: int, value: float) -> list[list[float | None]]:
    return [[START_MS + block * BLOCK_MS, value]]


def _steps(*values: float | None) -> list[list[float | None]]:
    return [[step, value] for step, value in zip(STEPS, values, strict=True)]


DISTRICT_ROWS: dict[str, Rows] = {
    "全区需量 demand": {"": _newest(DISTRICT)},
    "全区最大 maximum": {"": _at(7, 1007.0)},
    "全区覆盖率 coverage": {"": _at(7, 1.0)},
    "监测需量 demand": {"": _newest(MONITORED)},
    "监测最大 maximum": {"": _at(7, 807.0)},
    "监测覆盖率 coverage": {"": _at(7, 1.0)},
    "全区负荷 district load": _demand_curve(DISTRICT),
    "昨日 the day before: 全区负荷 district load": _demand_curve(DISTRICT, -1),
    "监测负荷 monitored load": _demand_curve(MONITORED),
    "昨日 the day before: 监测负荷 monitored load": _demand_curve(MONITORED, -1),
    "分区需量 demand by $area": {f"id={STREET}": _steps(791.0, 793.0, 795.0, 797.0)},
    "监测覆盖率 monitored coverage": _coverage_curve(MONITORED),
    "企业最新需量 newest demand by enterprise": {"id=E001": _newest(E001), "id=E002": _newest(E002)},
    "企业最大需量 maximum by enterprise": {"id=E001": _at(7, 307.0), "id=E002": _at(0, 500.0)},
    "存疑时段数 doubtful blocks by meter": {"id=M1": [[START_MS, 2]]},
}
ENTERPRISE_ROWS: dict[str, Rows] = {
    "最新需量 newest demand": {"": _newest(E001)},
    "最大需量 maximum": {"": _at(7, 307.0)},
    "最小需量 minimum": {"": _at(0, 300.0)},
    "覆盖率 coverage: newest": {"": _at(7, 1.0)},
    "负荷 load: $enterprise": _demand_curve(E001),
    "覆盖率 coverage": _coverage_curve(E001),
    "日最大需量 daily maximum": {"": [[MIDNIGHT_MS - DAY_MS, 303.0], [MIDNIGHT_MS, 307.0]]},
    "日电量 daily energy": {
        "": [
            [MIDNIGHT_MS - DAY_MS, (300 + 301 + 302 + 303) / 4],
            [MIDNIGHT_MS, (304 + 305 + 306 + 307) / 4],
        ]
    },
    "功率 power: $meter": {
        "": [[STEPS[0], 15.0, 7.5], [STEPS[1], 35.0, 17.5], [STEPS[2], None, None], [STEPS[3], None, None]]
    },
    "功率因数 power factor: $meter": {"": _steps(0.9, 0.9, None, None)},
    "电压 voltage: $meter": {"": _steps(230.5, 232.5, None, None)},
    "存疑读数 doubtful readings: $meter": {"": _steps(0, 1, 0, 0)},
}
_RATES = (
    "采集完整率 completeness",
    "终端在线率 online rate",
    "采集成功率 success at 00:00",
    "及时率 timeliness",
    "时钟合格率 clocks within a minute",
    "日月一致性偏差 days against month",
)
QUALITY_ROWS: dict[str, Rows] = {
    **{label: {"": [[MIDNIGHT_MS, INDICATORS[DISTRICT][i]]]} for i, label in enumerate(_RATES)},
    "指标逐日 indicators by day": {"": [[MIDNIGHT_MS, *INDICATORS[DISTRICT][:6]]]},
    **{
        f"企业 by enterprise: {_RATES[i]}": {
            "id=E001": [[MIDNIGHT_MS, INDICATORS[E001][i]]],
            "id=E002": [[MIDNIGHT_MS, INDICATORS[E002][i]]],
        }
        for i in (0, 3)
    },
}


def _analysis(title: str, scope: Scope) -> dict[str, Rows]:
    top, mean, low = DAY_FIGURES[scope]
    measured = [_largest([demand_kw(scope, block) for block in pair]) for pair in PAIRS]
    return {
        f"预测与实测 forecast: {title}": {"": _steps(*measured)},
        f"预测与实测 forecast: {title}: B": {
            "": [*([step, None, None, None] for step in STEPS[:3]), [STEPS[3], *forecast_kw(scope, 7)]]
        },
        f"日负荷 load of the days: {title}": {"": [[MIDNIGHT_MS, top, mean, low]]},
        f"日负荷率 load factor: {title}": {"": [[MIDNIGHT_MS, mean / top]]},
        f"峰谷差率 peak-valley: {title}": {"": [[MIDNIGHT_MS, 1 - low / top]]},
    }


ANALYSIS_ROWS = {**_analysis("监测合计 monitored", MONITORED), **_analysis("企业 $enterprise", E001)}
SECTOR = Scope(ScopeKind.SECTOR, "C39")


def _at_midnight(scope: Scope, *fields: int) -> list[list[float | None]]:
    return [[MIDNIGHT_MS, *(FIGURES[scope][field] for field in fields)]]


def _by_day(scope: Scope, *fields: int) -> list[list[float | None]]:
    """The day before has no row: a gap, not zero."""
    return [[MIDNIGHT_MS - DAY_MS, *([None] * len(fields))], *_at_midnight(scope, *fields)]


INTENSITY_ROWS: dict[str, Rows] = {
    "最新月 强度 等价值": {"": _at_midnight(DISTRICT, 4)},
    "最新月 综合能耗 等价值": {"": _at_midnight(DISTRICT, 0)},
    "最新月 电耗强度 electricity": {"": _at_midnight(DISTRICT, 6)},
    "最新月 强度同比 change": {"": _at_midnight(DISTRICT, 7)},
    "强度 intensity": {"": _by_day(DISTRICT, 4, 5)},
    "综合能耗 energy use": {"": _by_day(DISTRICT, 0, 1)},
    "分行业强度 by sector, 等价值": {"id=C39": _by_day(SECTOR, 4)},
    "企业 by enterprise: 强度 等价值": {"id=E001": _at_midnight(E001, 4)},
    "企业 by enterprise: 能耗 等价值": {"id=E001": _at_midnight(E001, 0)},
}


def _last(*values: float | None) -> Rows:
    """Nothing is known of the steps before the last."""
    empty: list[float | None] = [None] * len(values)
    return {"": [[step, *empty] for step in STEPS[:3]] + [[STEPS[3], *values]]}


def _site(title: str, scope: Scope) -> dict[str, Rows]:
    shed, shift, _ = ABLE[scope]
    measured = [_largest([demand_kw(scope, block) for block in pair]) for pair in PAIRS]
    return {
        f"可调潜力 potential: {title}": {
            "": [[step, *((shed, shift) if step == MIDNIGHT_MS else (None, None))] for step in STEPS]
        },
        f"基线与实测 baselines: {title}": {"": _steps(*measured)},
        f"基线与实测 baselines: {title}: B": _last(*BASELINES[scope]),
    }


#: Several figures of a row stand at the start of the range: so InfluxQL answers when it is asked for more than one.
SITE_ROWS: dict[str, Rows] = {
    **{
        label: {"": [[MIDNIGHT_MS, SITES[MONITORED][6 + i]]]}
        for i, label in enumerate(
            ("40 ℃ 峰时负荷 load at the peak", "40 ℃ 负荷下限 low", "40 ℃ 负荷上限 high", "其中降温 cooling in it")
        )
    },
    "气温灵敏度 cooling by enterprise": {"id=E001": [[MIDNIGHT_MS, 12.0, 8.0, 16.0, 90.0]]},
    "负荷形态 shape by enterprise": {"id=E001": [[MIDNIGHT_MS, 0.9, 0.6, 0.3]]},
    **_site("监测合计 monitored", MONITORED),
    **_site("企业 $enterprise", E001),
}
ORDER_ROWS: dict[str, Rows] = {
    "最新刻钟 newest block: 执行率 rate": {"": [[LAST_MS, 0.8]]},
    "最新刻钟 newest block: 到位率 in place": {"": [[LAST_MS, 0.5]]},
    "最新刻钟 newest block: 应压 ordered": {"": [[LAST_MS, 100.0]]},
    "最新刻钟 newest block: 实压 reduction": {"": [[LAST_MS, 80.0]]},
    "合计负荷 load together": _last(800.0, 700.0, 720.0),
    "应压与实压 ordered and reduced": _last(100.0, 80.0, 20.0),
    "执行率与到位率 rates by block": _last(0.8, 0.5),
    "企业 enterprise: $enterprise": _last(300.0, 240.0, 260.0),
    "先催谁 who to call": {"id=E001": [[LAST_MS, 20.0, 60.0, 40.0]]},
}
EXPECTED = {
    "yingfeng-sites": SITE_ROWS,
    "yingfeng-orders": ORDER_ROWS,
    "yingfeng-intensity": INTENSITY_ROWS,
    "yingfeng-district": DISTRICT_ROWS,
    "yingfeng-enterprise": ENTERPRISE_ROWS,
    "yingfeng-quality": QUALITY_ROWS,
    "yingfeng-analysis": ANALYSIS_ROWS,
}
CHOICES = {"enterprise": ["E001", "E002"], "meter": ["M1"]}
#: Boards that offer only those they can show.
CHOICES_OF = {"yingfeng-orders": {"enterprise": ["E001"]}}


def _boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def _panels() -> list[tuple[str, dict[str, Any]]]:
    return [(board["uid"], panel) for board in _boards() for panel in board["panels"]]


def _filled(query: str, panel: dict[str, Any]) -> str:
    """What Grafana sends: macros and variables replaced, the range moved by the panel's own time shift."""
    shift = {"": 0, "1d": DAY_MS}[panel.get("timeShift", "")]
    start, end = START_MS - shift, START_MS + BLOCKS * BLOCK_MS - 1 - shift
    filled = query.replace("$timeFilter", f"time >= {start}ms and time <= {end}ms").replace("$__interval", "30m")
    for name, value in VARIABLES.items():
        filled = filled.replace(f"${name}", value)
    return filled


@dataclass
class Asked:
    ask: Callable[[str], Rows]


@pytest.fixture(scope="module", params=["direct", *WAYS])
def asked(request: pytest.FixtureRequest, influx: Influx) -> Iterator[Asked]:
    """The database itself, and the named Grafana with the data source that ``dashboards apply`` makes."""
    settings = influx.settings()
    store = InfluxStore(settings)
    store.ensure()
    store.write_demand(demand_rows())
    store.write_days(quality_rows())
    store.write_days(load_day_rows())
    store.write_days(forecast_rows())
    store.write_days(intensity_rows())
    for rows in curves_of_sites_and_orders():
        store.write_days(rows)
    assert store.write(readings()).accepted == len(POWERS_KW)
    if request.param == "direct":
        yield Asked(lambda query: _ask(influx, settings, query))
    else:
        grafana = named_grafana()
        apply_dashboards(Settings.model_validate({"store": settings, "grafana": grafana.section}), renew_secret=True)
        path = grafana.proxy_of(SOURCE_UID)
        yield Asked(lambda query: _ask_through(grafana, path, settings.bucket, query))
    store.close()


def _ask(influx: Influx, settings: StoreSettings, query: str) -> Rows:
    """Series by their tags, as Grafana's data source asks for them: over HTTP, instants in milliseconds."""
    parameters = urlencode({"db": settings.bucket, "q": query, "epoch": "ms"})
    request = urllib.request.Request(f"http://127.0.0.1:{influx.port}/query?{parameters}")
    if settings.token:
        request.add_header("Authorization", f"Token {settings.token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return _rows(json.loads(answer.read()))


def _ask_through(grafana: Grafana, path: str, bucket: str, query: str) -> Rows:
    status, answer = grafana.ask("GET", f"{path}/query", db=bucket, q=query, epoch="ms")
    assert status == 200, answer
    return _rows(answer)


def _rows(answer: dict[str, Any]) -> Rows:
    (result,) = answer["results"]
    assert "error" not in result, result
    return {
        ",".join(f"{key}={value}" for key, value in series.get("tags", {}).items()): series["values"]
        for series in result.get("series", [])
    }


def _expectation(uid: str, panel: dict[str, Any], ref_id: str = "A") -> Rows:
    rows = EXPECTED[uid]
    key = panel["title"] + ("" if ref_id == "A" else f": {ref_id}")
    return rows[f"{key}: newest"] if panel["type"] == "stat" and f"{key}: newest" in rows else rows[key]


def test_every_panel_has_an_expectation_and_every_expectation_a_panel() -> None:
    found = {
        uid: [
            _expectation(uid, panel, t["refId"]) for board, panel in _panels() if board == uid for t in panel["targets"]
        ]
        for uid in EXPECTED
    }
    assert {uid: len(rows) for uid, rows in found.items()} == {uid: len(rows) for uid, rows in EXPECTED.items()}


@pytest.mark.parametrize(("uid", "panel"), _panels(), ids=lambda part: part["id"] if isinstance(part, dict) else part)
def test_a_panel_shows_the_expected_rows(asked: Asked, uid: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        found = asked.ask(_filled(target["query"], panel))
        expected = _expectation(uid, panel, target["refId"])
        assert set(found) == set(expected)
        for tags, rows in expected.items():
            assert len(found[tags]) == len(rows)
            for got, wanted in zip(found[tags], rows, strict=True):
                assert got == pytest.approx(wanted), panel["title"]


@pytest.mark.parametrize("board", _boards(), ids=lambda board: board["uid"])
def test_variables_offer_what_the_store_holds(asked: Asked, board: dict[str, Any]) -> None:
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            (rows,) = asked.ask(variable["query"]).values()
            assert [value for _, value in rows] == (CHOICES | CHOICES_OF.get(board["uid"], {}))[variable["name"]]


def test_the_area_choice_names_scopes_of_the_domain() -> None:
    (area,) = (v for board in _boards() for v in board["templating"]["list"] if v["name"] == "area")
    assert all(ScopeKind(kind).is_area for kind in area["query"].split(","))
