"""Who may do what: one line a route, one column a role, and no route without a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.api.conftest import PASSWORD, District
from tests.support.reports import digest

ALL = "ada otto vera emil -"
SIGNED_IN = "ada otto vera emil"
STAFF = "ada otto vera"
OFFICERS = "ada otto"
ADMINISTRATOR = "ada"


@dataclass(frozen=True)
class Line:
    method: str
    path: str
    allowed: str
    concrete: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return "/api/v1" + (self.concrete or self.path)


CSV = ("企业.csv", "企业编号,企业名称\nE900,新企业\n".encode(), "text/csv")

BILL_CSV = ("账单.csv", "户号,电量(kWh)\n330200,1000\n".encode(), "text/csv")

PLAN_CSV = ("方案.csv", "户号,企业名称,保安负荷,A级压降\n330200,企业,10,100\n".encode(), "text/csv")

QUOTA_CSV = ("指标.csv", "日期,指标(MW)\n2026-07-28,24\n".encode(), "text/csv")


ENERGY_CSV = ("能源.csv", "企业编号,月份,能源品种,单位,购进量\nE001,2026-03,电力,kWh,9\n".encode(), "text/csv")

OUTPUT_CSV = ("产出.csv", "企业编号,月份,增加值(万元),价格,基年\nE001,2026-03,9,可比价,2020\n".encode(), "text/csv")

PRODUCT_CSV = ("产量.csv", "企业编号,月份,产品,单位,产量\nE001,2026-03,电石,吨,9\n".encode(), "text/csv")

SCOPE_CSV = ("规上.csv", "企业编号\nE001\n".encode(), "text/csv")


REGION_CSV = (
    "区域.csv",
    "区域编号,区域名称,批复文号,批复日期,批复总量,口径\nR1,区,文,2019-05-10,9,等价值\n".encode(),
    "text/csv",
)

PROJECT_CSV = (
    "项目.csv",
    "项目编号,企业编号,项目名称,批复文号,批复日期,批复等价值\nP1,E001,项目,文,2023-05-10,9\n".encode(),
    "text/csv",
)


def _json(**body: Any) -> dict[str, Any]:
    return {"json": body}


HOURS = {"start": "2026-07-29T14:00:00+08:00", "end": "2026-07-29T16:00:00+08:00"}
INSTRUCTION = {
    "number": "甬电调7号",
    "issuer": "市能源局",
    "kind": "start",
    "received_at": "2026-07-28T08:00:00+08:00",
    "level": "A",
    "windows": [HOURS],
}
DRILL = {
    "drill": True,
    "windows": [HOURS],
    "lines": [{"enterprise": "E003", "rank": "shift", "target": "reduction", "kw": 50}],
}
VISIT = {
    "enterprise": "E001",
    "kind": "survey",
    "at": "2026-07-28T09:00:00+08:00",
    "visitors": ["张三"],
    "finding": "空调机组已联控",
}
CONTRACT_CSV = ("合同.csv", "户号,约定容量(kW),合同起\n330200,200,2026-01-01\n".encode(), "text/csv")
OFFICIAL_CSV = ("核定.csv", "户号,核定响应量(kW)\n330200,200\n".encode(), "text/csv")
EVENT = {
    "programme": "zj_dayahead",
    "start": "2026-07-29T14:00:00+08:00",
    "end": "2026-07-29T16:00:00+08:00",
    "target_kw": 1000,
}

EDIT = {
    "meter": "M001",
    "start": "2026-07-28T13:00:00+08:00",
    "end": "2026-07-28T13:05:00+08:00",
    "action": "exclude",
    "reason": "工单 7",
}
EXCHANGE = {
    "meter": "M001",
    "at": "2026-07-28T13:00:00+08:00",
    "closing_kwh": 5.0,
    "opening_kwh": 0.0,
    "source": "工单 9",
}
TOMORROW = {"start": "2099-07-29T08:00:00+08:00", "end": "2099-07-29T20:00:00+08:00"}
MATRIX = [
    Line("GET", "/health/live", ALL),
    Line("GET", "/health/ready", ALL),
    Line("POST", "/session", ALL, options=_json(name="vera", password=PASSWORD)),
    Line("GET", "/session", SIGNED_IN),
    Line("DELETE", "/session", SIGNED_IN),
    Line(
        "PUT", "/session/password", "ada otto vera emil", options=_json(present=PASSWORD, password="another-long-one")
    ),
    Line("GET", "/users", ADMINISTRATOR),
    Line("POST", "/users", ADMINISTRATOR, options=_json(name="nina", password="a-long-enough-one", role="viewer")),
    Line("PUT", "/users/{name}/password", ADMINISTRATOR, "/users/vera/password", _json(password="a-long-enough-one")),
    Line("PUT", "/users/{name}/active", ADMINISTRATOR, "/users/vera/active", _json(active=True)),
    Line("GET", "/tokens", SIGNED_IN),
    Line("GET", "/tokens", ADMINISTRATOR, "/tokens?user=nobody"),
    Line("POST", "/tokens", SIGNED_IN, options=_json(label="nightly")),
    Line("DELETE", "/tokens/{token_id}", ADMINISTRATOR, "/tokens/{foreign_token}"),
    Line("GET", "/enterprises", SIGNED_IN),
    Line("GET", "/enterprises/{enterprise_id}", SIGNED_IN, "/enterprises/E001"),
    Line("GET", "/enterprises/{enterprise_id}", STAFF, "/enterprises/E002"),
    Line("GET", "/enterprises/{enterprise_id}", OFFICERS, "/enterprises/E001?reveal=true"),
    Line("GET", "/meters", SIGNED_IN),
    Line("GET", "/meters", STAFF, "/meters?enterprise=E002"),
    Line("GET", "/meters/{meter_id}", SIGNED_IN, "/meters/M001"),
    Line("GET", "/meters/{meter_id}", STAFF, "/meters/M002"),
    Line(
        "PUT",
        "/meters/{meter_id}/service",
        OFFICERS,
        "/meters/M001/service",
        _json(in_service=False, from_day="2026-07-28", reason="meter replaced"),
    ),
    Line(
        "PUT",
        "/enterprises/{enterprise_id}/closing",
        OFFICERS,
        "/enterprises/E002/closing",
        _json(closed=False, from_day="2026-07-28", reason="as it was"),
    ),
    Line(
        "PUT",
        "/accounts/{account_id}/closing",
        OFFICERS,
        "/accounts/330201/closing",
        _json(closed=False, from_day="2026-07-28", reason="as it was"),
    ),
    Line("POST", "/registry/import", OFFICERS, "/registry/import?dry_run=true", {"files": [("files", CSV)]}),
    Line("GET", "/registry/export", STAFF),
    Line("GET", "/registry/export", OFFICERS, "/registry/export?reveal=true"),
    Line("GET", "/readings", SIGNED_IN, "/readings?meter=M001"),
    Line("GET", "/readings", STAFF, "/readings?meter=M002"),
    Line("GET", "/load/scopes", SIGNED_IN),
    Line("GET", "/load/current", SIGNED_IN),
    Line("GET", "/load/current", STAFF, "/load/current?scope=district"),
    Line("GET", "/load/curve", SIGNED_IN),
    Line("GET", "/load/curve", STAFF, "/load/curve?scope=enterprise:E002"),
    Line("GET", "/load/indices", SIGNED_IN),
    Line("GET", "/load/indices", STAFF, "/load/indices?scope=monitored"),
    Line("GET", "/load/revisions", SIGNED_IN),
    Line("GET", "/load/revisions", STAFF, "/load/revisions?scope=enterprise:E002"),
    Line("GET", "/load/peaks", SIGNED_IN),
    Line("GET", "/load/peaks", STAFF, "/load/peaks?scope=meter:M002"),
    Line("GET", "/load/year-on-year", STAFF, "/load/year-on-year?scope=enterprise:E002"),
    Line("GET", "/load/brief", STAFF),
    Line(
        "GET",
        "/load/characteristics",
        SIGNED_IN,
        "/load/characteristics?scope=enterprise:E001&from=2026-07-20&to=2026-07-27",
    ),
    Line(
        "GET",
        "/load/characteristics",
        STAFF,
        "/load/characteristics?scope=enterprise:E002&from=2026-07-20&to=2026-07-27",
    ),
    Line("GET", "/load/duration", SIGNED_IN, "/load/duration?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/duration", STAFF, "/load/duration?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/tou", SIGNED_IN, "/load/tou?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/tou", STAFF, "/load/tou?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line(
        "GET", "/load/power-factor", SIGNED_IN, "/load/power-factor?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"
    ),
    Line("GET", "/load/power-factor", STAFF, "/load/power-factor?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/shapes", SIGNED_IN, "/load/shapes?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/shapes", STAFF, "/load/shapes?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/drift", SIGNED_IN, "/load/drift?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/drift", STAFF, "/load/drift?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/cooling", SIGNED_IN, "/load/cooling?scope=enterprise:E001&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/cooling", STAFF, "/load/cooling?scope=enterprise:E002&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/load/coincidence", STAFF, "/load/coincidence?scope=monitored&from=2026-07-20&to=2026-07-27"),
    Line("POST", "/load/analyses", OFFICERS, "/load/analyses?kind=drift&scope=monitored&from=2026-07-20&to=2026-07-27"),
    Line("GET", "/quality", SIGNED_IN),
    Line("GET", "/quality/day", SIGNED_IN),
    Line("GET", "/quality/history", STAFF, "/quality/history?scope=enterprise:E002"),
    Line("GET", "/quality/revisions", STAFF),
    Line("GET", "/quota", SIGNED_IN),
    Line("GET", "/quota", STAFF, "/quota?scope=enterprise:E002"),
    Line("PUT", "/quota", OFFICERS, options=_json(scope="district", day="2026-07-28", value_kw=24000, source="doc")),
    Line("POST", "/quota/import", OFFICERS, "/quota/import?dry_run=true&source=doc", {"files": {"file": QUOTA_CSV}}),
    Line("GET", "/references", SIGNED_IN),
    Line("GET", "/references", STAFF, "/references?scope=district"),
    Line(
        "PUT",
        "/references",
        OFFICERS,
        options=_json(scope="district", kind="record", value_kw=26255, on="2025-07-28", source="doc"),
    ),
    Line("GET", "/official-level", SIGNED_IN),
    Line("PUT", "/official-level", OFFICERS, options=_json(level="Ⅳ", document="doc", start="2026-07-28")),
    Line("GET", "/billing", SIGNED_IN, "/billing?month=2026-06"),
    Line("GET", "/billing/export", STAFF, "/billing/export?month=2026-06"),
    Line("POST", "/billing/import", OFFICERS, "/billing/import?month=2026-06", {"files": {"file": BILL_CSV}}),
    Line("GET", "/alerts", SIGNED_IN),
    Line("GET", "/alert-rules", SIGNED_IN),
    Line("GET", "/alerts/{alert_id}", SIGNED_IN, "/alerts/a2"),
    Line("GET", "/alerts/{alert_id}", STAFF, "/alerts/a3"),
    Line("POST", "/alerts/{alert_id}/acknowledge", OFFICERS, "/alerts/a1/acknowledge", _json(note="seen")),
    Line("DELETE", "/alerts/{alert_id}/acknowledge", OFFICERS, "/alerts/a1/acknowledge"),
    Line("GET", "/notices", SIGNED_IN),
    Line("GET", "/notices", STAFF, "/notices?recipient=enterprise:E002"),
    Line("GET", "/notices/{notice_id}", SIGNED_IN, "/notices/n1"),
    Line("GET", "/notices/{notice_id}", STAFF, "/notices/n2"),
    Line("GET", "/notices/{subject}/why", SIGNED_IN, "/notices/n1/why"),
    Line("GET", "/notices/{subject}/why", STAFF, "/notices/n2/why"),
    Line(
        "POST", "/notices/{notice_id}/replies", OFFICERS, "/notices/n1/replies", _json(answer="received", words="王工")
    ),
    Line("POST", "/replies/{reply_id}/undo", OFFICERS, "/replies/1/undo"),
    Line("GET", "/routes", STAFF),
    Line(
        "PUT", "/routes/{recipient}", OFFICERS, "/routes/user:otto", _json(routes=[{"channel": "sms", "address": "1"}])
    ),
    Line("GET", "/silences", STAFF),
    Line("POST", "/silences", OFFICERS, options=_json(reason="检修", **TOMORROW)),
    Line("DELETE", "/silences/{silence_id}", OFFICERS, "/silences/1"),
    Line("GET", "/duty/shifts", STAFF),
    Line("PUT", "/duty/shifts", OFFICERS, options=_json(shifts=[{"user": "otto", **TOMORROW}], **TOMORROW)),
    Line("GET", "/duty/escalations", STAFF),
    Line("GET", "/contact-check", STAFF),
    Line("POST", "/contact-check", OFFICERS, options=_json(drill=True)),
    Line("GET", "/backfills", OFFICERS),
    Line(
        "POST",
        "/backfills",
        OFFICERS,
        options=_json(meter="M001", start="2026-07-01T08:00:00+08:00", end="2026-07-01T10:00:00+08:00"),
    ),
    Line("GET", "/weather", SIGNED_IN),
    Line("POST", "/forecast", OFFICERS, "/forecast?at=2026-07-28T08:00:00%2B08:00"),
    Line("GET", "/forecast/scores", SIGNED_IN),
    Line("POST", "/forecast/scores", OFFICERS, "/forecast/scores?from=2026-07-20&to=2026-07-20"),
    Line("GET", "/anomalies", SIGNED_IN),
    Line("GET", "/anomalies/kept", SIGNED_IN),
    Line("POST", "/anomalies/{anomaly_id}/acknowledge", OFFICERS, "/anomalies/1/acknowledge", _json(note="检修")),
    Line("DELETE", "/anomalies/{anomaly_id}/acknowledge", OFFICERS, "/anomalies/1/acknowledge"),
    Line("GET", "/enterprises/{enterprise_id}/profile", SIGNED_IN, "/enterprises/E001/profile"),
    Line("GET", "/enterprises/{enterprise_id}/profile", STAFF, "/enterprises/E002/profile"),
    Line("GET", "/enterprises/{enterprise_id}/profile", OFFICERS, "/enterprises/E001/profile?reveal=true"),
    Line("GET", "/potentials", SIGNED_IN),
    Line("POST", "/orderly/allocations", STAFF, options=_json(kw=50.0, plan="2025-1", level="A", **HOURS)),
    Line("GET", "/orderly/instructions", STAFF),
    Line("POST", "/orderly/instructions", OFFICERS, options=_json(**INSTRUCTION)),
    Line("GET", "/orderly/orders", SIGNED_IN),
    Line("POST", "/orderly/orders", OFFICERS, options=_json(**DRILL)),
    Line("GET", "/orderly/orders/{order}", SIGNED_IN, "/orderly/orders/20260728-0001"),
    Line("GET", "/orderly/orders/{order}", STAFF, "/orderly/orders/20260728-0002"),
    Line("GET", "/orderly/orders/{order}/execution", SIGNED_IN, "/orderly/orders/20260728-0001/execution"),
    Line(
        "POST",
        "/orderly/orders/{order}/revise",
        OFFICERS,
        "/orderly/orders/20260728-0001/revise",
        _json(kw={"E001": 12.0}),
    ),
    Line("POST", "/orderly/orders/{order}/issue", OFFICERS, "/orderly/orders/20260728-0002/issue", _json()),
    Line(
        "POST", "/orderly/orders/{order}/lift", OFFICERS, "/orderly/orders/20260728-0001/lift", _json(reason="演练结束")
    ),
    Line("GET", "/orderly/season", SIGNED_IN, "/orderly/season?year=2026"),
    Line(
        "POST",
        "/orderly/rehearsals",
        OFFICERS,
        options=_json(plans=["2025-1"], first="2026-07-01", last="2026-07-02"),
    ),
    Line("GET", "/orderly/guards", STAFF),
    Line(
        "POST",
        "/orderly/guards",
        OFFICERS,
        options=_json(enterprise="E003", first="2026-08-01", last="2026-08-02", reason="重要会议"),
    ),
    Line("GET", "/orderly/visits", STAFF),
    Line("POST", "/orderly/visits", OFFICERS, options=_json(**VISIT)),
    Line("POST", "/orderly/visits/{visit}", OFFICERS, "/orderly/visits/v1", _json(done=True)),
    Line("GET", "/orderly/energy-quotas", STAFF),
    Line(
        "POST",
        "/orderly/energy-quotas",
        OFFICERS,
        options=_json(day="2026-07-30", energy_mwh=4200.0, source="9号"),
    ),
    Line("DELETE", "/orderly/energy-quotas", OFFICERS, "/orderly/energy-quotas?day=2026-07-29"),
    Line("GET", "/orderly/attachments", STAFF, "/orderly/attachments?of=visit:v1"),
    Line(
        "POST",
        "/orderly/attachments",
        OFFICERS,
        "/orderly/attachments?of=visit:v1",
        {"files": {"file": ("表.pdf", b"%PDF-1.7", "application/pdf")}},
    ),
    Line("GET", "/orderly/attachments/{attachment}", STAFF, "/orderly/attachments/1"),
    Line("DELETE", "/orderly/attachments/{attachment}", OFFICERS, "/orderly/attachments/1"),
    Line("GET", "/orderly/lots", STAFF),
    Line("POST", "/orderly/lots", OFFICERS, options=_json(count=1, officers=["张三", "李四"])),
    Line("GET", "/orderly/plans", STAFF),
    Line(
        "POST",
        "/orderly/plans/import",
        OFFICERS,
        "/orderly/plans/import?year=2026&dry_run=true",
        {"files": {"file": PLAN_CSV}},
    ),
    Line("POST", "/orderly/plans/draft", OFFICERS, "/orderly/plans/draft?year=2026"),
    Line("GET", "/orderly/survey", OFFICERS, "/orderly/survey?year=2026"),
    Line("GET", "/orderly/plans/{plan}", STAFF, "/orderly/plans/2025-1"),
    Line("GET", "/orderly/plans/{plan}/check", STAFF, "/orderly/plans/2025-1/check"),
    Line("GET", "/orderly/plans/{plan}/compare", STAFF, "/orderly/plans/2025-1/compare?other=2025-2"),
    Line("GET", "/orderly/plans/{plan}/export", STAFF, "/orderly/plans/2025-1/export"),
    Line(
        "POST",
        "/orderly/plans/{plan}/approve",
        OFFICERS,
        "/orderly/plans/2025-1/approve",
        _json(officer="陈局长", document="甬高新经发〔2025〕12号"),
    ),
    Line("GET", "/potentials", STAFF, "/potentials?enterprise=E002"),
    Line("GET", "/baselines/methods", SIGNED_IN),
    Line("GET", "/baselines/many", SIGNED_IN, "/baselines/many?scope=enterprise:E001"),
    Line("GET", "/baselines/many", STAFF, "/baselines/many?scope=enterprise:E001&scope=enterprise:E002"),
    Line("GET", "/baselines", SIGNED_IN, "/baselines?scope=enterprise:E001&day=2026-07-27"),
    Line("GET", "/baselines", STAFF, "/baselines?scope=enterprise:E002&day=2026-07-27"),
    Line("GET", "/baselines/score", SIGNED_IN, "/baselines/score?scope=enterprise:E001&day=2026-07-27"),
    Line("GET", "/baselines/score", STAFF, "/baselines/score?scope=enterprise:E002&day=2026-07-27"),
    Line("POST", "/baselines/score", OFFICERS, "/baselines/score?scope=enterprise:E001&day=2026-07-27&days=5"),
    Line("GET", "/load/growth", SIGNED_IN),
    Line("GET", "/load/growth", STAFF, "/load/growth?scope=district"),
    Line("GET", "/forecast/scores", STAFF, "/forecast/scores?scope=district"),
    Line(
        "POST",
        "/intensity/energy/import",
        OFFICERS,
        "/intensity/energy/import?dry_run=true",
        {"files": {"file": ENERGY_CSV}},
    ),
    Line("POST", "/intensity/output/import", OFFICERS, options={"files": {"file": OUTPUT_CSV}}),
    Line(
        "POST", "/intensity/scope/import", OFFICERS, "/intensity/scope/import?year=2026", {"files": {"file": SCOPE_CSV}}
    ),
    Line("POST", "/intensity/products", STAFF, options={"files": {"file": PRODUCT_CSV}}),
    Line("GET", "/intensity/products/levels", STAFF),
    Line("GET", "/intensity", STAFF, "/intensity?from=2026-03"),
    Line("POST", "/intensity/regions/import", OFFICERS, options={"files": {"file": REGION_CSV}}),
    Line("POST", "/intensity/projects/import", OFFICERS, options={"files": {"file": PROJECT_CSV}}),
    Line("GET", "/intensity/projects", STAFF, "/intensity/projects?month=2019-12"),
    Line("GET", "/intensity/projects", SIGNED_IN, "/intensity/projects?month=2020-03&enterprise=E001"),
    Line("GET", "/intensity/regions", STAFF),
    Line("GET", "/intensity/regions/{region}", STAFF, "/intensity/regions/R1?month=2019-12&next_tce=9"),
    Line("GET", "/intensity/rank", STAFF, "/intensity/rank?from=2026-03"),
    Line("GET", "/intensity/explain", STAFF, "/intensity/explain?from=2026-03"),
    Line("GET", "/intensity/progress", STAFF, "/intensity/progress?month=2026-03"),
    Line("GET", "/intensity/outlook", STAFF, "/intensity/outlook?year=2019"),
    Line("GET", "/intensity/outlook", SIGNED_IN, "/intensity/outlook?year=2020&enterprise=E001"),
    Line("GET", "/intensity/co2", STAFF, "/intensity/co2?window=month&to=2026-03"),
    Line("GET", "/intensity/co2", SIGNED_IN, "/intensity/co2?from=2026-03&enterprise=E001"),
    Line("GET", "/intensity/key-users", STAFF, "/intensity/key-users?year=2019"),
    Line("GET", "/intensity/scope", STAFF, "/intensity/scope?year=2026"),
    Line("GET", "/intensity/value-per-kwh", STAFF, "/intensity/value-per-kwh?year=2019"),
    Line("GET", "/intensity/value-per-kwh", SIGNED_IN, "/intensity/value-per-kwh?year=2020&enterprise=E001"),
    Line("GET", "/intensity", SIGNED_IN, "/intensity?from=2026-03&enterprise=E001"),
    Line("GET", "/reports/kinds", SIGNED_IN),
    Line("GET", "/reports", SIGNED_IN),
    Line("POST", "/reports", OFFICERS, options=_json(kind="monthly", period="2026-06")),
    Line("GET", "/reports/sendings", STAFF),
    Line("GET", "/reports/sendings/{sending_id}/file", OFFICERS, "/reports/sendings/1/file"),
    Line("GET", "/reports/{version_id}", STAFF, "/reports/rep1"),
    Line("GET", "/reports/{version_id}", SIGNED_IN, "/reports/card1"),
    Line("GET", "/reports/{version_id}/file", STAFF, "/reports/rep1/file"),
    Line("GET", "/reports/{version_id}/file", OFFICERS, "/reports/rep1/file?form=xlsx&anonymised=false"),
    Line("GET", "/reports/{version_id}/file", SIGNED_IN, "/reports/card1/file?form=xlsx"),
    Line("GET", "/reports/{version_id}/frozen", ADMINISTRATOR, "/reports/rep1/frozen"),
    Line("POST", "/reports/{version_id}/signature", OFFICERS, "/reports/draft1/signature", _json(digest=digest(1.0))),
    Line("GET", "/reports/{version_id}/sendings", STAFF, "/reports/rep1/sendings"),
    Line(
        "POST",
        "/reports/{version_id}/sendings",
        OFFICERS,
        "/reports/rep1/sendings",
        _json(recipient="市能源局", channel="邮件"),
    ),
    Line("GET", "/reports/{version_id}/differences", STAFF, "/reports/rep1/differences?other=draft1"),
    Line("GET", "/dr/programmes", SIGNED_IN),
    Line("GET", "/dr/contracts", STAFF),
    Line(
        "POST",
        "/dr/contracts/import",
        OFFICERS,
        "/dr/contracts/import?programme=zj_dayahead&dry_run=true",
        {"files": {"file": CONTRACT_CSV}},
    ),
    Line("GET", "/dr/events", SIGNED_IN),
    Line("POST", "/dr/events", OFFICERS, options={"json": EVENT}),
    Line("POST", "/dr/drills", OFFICERS, options=_json(programme="zj_intraday", target_kw=500)),
    Line("GET", "/dr/events/{event_id}", SIGNED_IN, "/dr/events/2026-07-28-1"),
    Line("GET", "/dr/events/{event_id}", STAFF, "/dr/events/2026-07-28-2"),
    Line("GET", "/dr/events/{event_id}/candidates", STAFF, "/dr/events/2026-07-28-2/candidates"),
    Line(
        "POST",
        "/dr/events/{event_id}/moves",
        OFFICERS,
        "/dr/events/2026-07-28-3/moves",
        _json(move="revise", version=1, target_kw=500, reason="x"),
    ),
    Line(
        "POST",
        "/dr/events/{event_id}/official/import",
        OFFICERS,
        "/dr/events/2026-07-28-2/official/import?version=1&dry_run=true",
        {"files": {"file": OFFICIAL_CSV}},
    ),
    Line("GET", "/dr/events/{event_id}/pace", STAFF, "/dr/events/2026-07-28-1/pace"),
    Line("GET", "/dr/events/{event_id}/steps", STAFF, "/dr/events/2026-07-28-1/steps"),
    Line("GET", "/dr/events/{event_id}/settlements", SIGNED_IN, "/dr/events/2026-07-28-1/settlements"),
    Line("GET", "/dr/events/{event_id}/objections", SIGNED_IN, "/dr/events/2026-07-28-1/objections"),
    Line(
        "POST",
        "/dr/events/{event_id}/objections",
        "ada otto emil",
        "/dr/events/2026-07-28-1/objections",
        _json(enterprise="E001", text="表计故障"),
    ),
    Line(
        "POST",
        "/dr/events/{event_id}/objections",
        OFFICERS,
        "/dr/events/2026-07-28-1/objections",
        _json(enterprise="E002", text="表计故障"),
    ),
    Line(
        "POST",
        "/dr/events/{event_id}/objections/{objection_id}/answer",
        OFFICERS,
        "/dr/events/2026-07-28-1/objections/1/answer",
        _json(text="已核对"),
    ),
    Line(
        "GET",
        "/dr/events/{event_id}/papers/{kind}",
        STAFF,
        "/dr/events/2026-07-28-1/papers/settlement",
    ),
    Line("GET", "/dr/events/{event_id}/evidence", STAFF, "/dr/events/2026-07-28-1/evidence"),
    Line("GET", "/dr/grants", STAFF, "/dr/grants?year=2026"),
    Line("GET", "/dr/grants/paper", STAFF, "/dr/grants/paper?year=2026"),
    Line("GET", "/dr/review", STAFF, "/dr/review?day=2026-07-28"),
    Line("GET", "/dr/review/paper", STAFF, "/dr/review/paper?day=2026-07-28"),
    Line("GET", "/dr/annotations", STAFF, "/dr/annotations?from=2026-07-28"),
    Line("GET", "/vee/flags", SIGNED_IN),
    Line("GET", "/vee/flags", STAFF, "/vee/flags?meter=M002"),
    Line("GET", "/vee/day", SIGNED_IN, "/vee/day?meter=M001"),
    Line("GET", "/vee/day", STAFF, "/vee/day?meter=M002"),
    Line("GET", "/vee/changes", STAFF),
    Line("POST", "/vee/changes", OFFICERS, options=_json(**EDIT)),
    Line("POST", "/vee/changes/{change_id}/undo", OFFICERS, "/vee/changes/1/undo", _json(reason="x")),
    Line("POST", "/vee/flags/{flag_id}/accept", OFFICERS, "/vee/flags/1/accept", _json(note="x")),
    Line("GET", "/vee/exchanges", SIGNED_IN),
    Line("GET", "/vee/exchanges", STAFF, "/vee/exchanges?meter=M002"),
    Line("POST", "/vee/exchanges", OFFICERS, options=_json(**EXCHANGE)),
    Line(
        "POST",
        "/vee/exchanges/undo",
        OFFICERS,
        options=_json(meter="M001", at="2026-07-28T13:00:00+08:00", reason="x"),
    ),
    Line("POST", "/vee/runs", OFFICERS, options={"json": {"from": "2026-07-27", "to": "2026-07-27"}}),
    Line("GET", "/runs", STAFF),
    Line("GET", "/runs/{run_id}", STAFF, "/runs/r1"),
    Line("DELETE", "/runs/{run_id}", OFFICERS, "/runs/r1"),
    Line("GET", "/results", STAFF),
    Line("GET", "/results/{result_id}", STAFF, "/results/p1"),
    Line("GET", "/quarantine", OFFICERS),
    Line("GET", "/quarantine/{item_id}", OFFICERS, "/quarantine/1"),
    Line("POST", "/quarantine/{item_id}/replay", OFFICERS, "/quarantine/1/replay"),
    Line("POST", "/quarantine/{item_id}/discard", OFFICERS, "/quarantine/2/discard"),
    Line("GET", "/audit", OFFICERS),
]
#: Streams do not end by themselves; tests/api/test_stream.py has them.
#: A forecast needs weeks of load: test_forecast.py.
ELSEWHERE = {("GET", "/stream"), ("GET", "/forecast"), ("GET", "/orderly/gap")}


def _routes(district: District) -> Iterator[tuple[str, str]]:
    for path, operations in district.client().get("/api/openapi.json").json()["paths"].items():
        for method in operations:
            yield method.upper(), path.removeprefix("/api/v1")


def test_every_route_has_a_line(district: District) -> None:
    assert set(_routes(district)) == {(line.method, line.path) for line in MATRIX} | ELSEWHERE


@pytest.mark.parametrize("user", ["ada", "otto", "vera", "emil", "-"])
def test_each_role_gets_what_its_column_says(district: District, user: str) -> None:
    foreign = district.ledger.people.create_token("system", "otto", "foreign", None)[0].id
    if user == "otto":
        foreign = district.ledger.people.create_token("system", "ada", "foreign", None)[0].id
    wrong = []
    for line in MATRIX:
        client = district.client(None if user == "-" else user)
        answer = client.request(line.method, line.url.replace("{foreign_token}", foreign), **line.options)
        may = user in line.allowed.split()
        if not may and answer.status_code not in ((401,) if user == "-" else (403, 404)):
            wrong.append(f"{line.method} {line.url} let {user} in: {answer.status_code}")
        if may and not answer.is_success:
            wrong.append(f"{line.method} {line.url} refused {user}: {answer.status_code} {answer.text}")
        if not may and answer.headers["content-type"] != "application/problem+json":
            wrong.append(f"{line.method} {line.url} answered {answer.headers['content-type']}")
    assert wrong == [], "\n".join(wrong)


def test_metrics_are_for_staff(district: District) -> None:
    assert district.client().get("/metrics").status_code == 401
    assert district.client("emil").get("/metrics").status_code == 403
    district.client("vera").get("/api/v1/enterprises/E001")
    text = district.client("vera").get("/metrics").text
    assert 'route="/enterprises/{enterprise_id}",status="200"' in text
