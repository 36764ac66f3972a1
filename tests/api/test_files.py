"""Registry and quota files: out as a workbook and in again; mistakes are answered by cell and write nothing."""

from __future__ import annotations

import io
from typing import Any

import openpyxl

from domain.events import ReferencesChanged, RegistryChanged
from tests.api.conftest import District

IMPORT = "/api/v1/registry/import"


def _upload(name: str, content: bytes) -> dict[str, object]:
    return {"files": [("files", (name, content, "application/octet-stream"))]}


def _phones(workbook: bytes) -> set[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook))["企业"]
    return {str(cell.value) for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("138")}


def test_what_is_exported_is_imported_without_a_change(district: District) -> None:
    before = district.ledger.registry.registry()
    answer = district.client("otto").get("/api/v1/registry/export?reveal=true")
    assert answer.headers["content-disposition"].startswith("attachment")
    back = district.client("otto").post(IMPORT, **_upload("registry.xlsx", answer.content)).json()
    assert (back["errors"], back["rows"]) == ([], {"enterprise": 7, "account": 7, "meter": 7})
    after = district.ledger.registry.registry()
    assert (after.enterprises, after.accounts, after.meters) == (before.enterprises, before.accounts, before.meters)


def test_phones_leave_masked_unless_an_officer_asks(district: District) -> None:
    assert _phones(district.client("vera").get("/api/v1/registry/export").content) == {"138****5678"}
    assert _phones(district.client("otto").get("/api/v1/registry/export?reveal=true").content) == {"13812345678"}
    entries = district.client("ada").get("/api/v1/audit?subject=registry&actor=otto").json()["items"]
    assert [entry["action"] for entry in entries] == ["contacts.reveal"]


def test_mistakes_are_listed_by_cell_and_nothing_is_written(district: District) -> None:
    told: list[RegistryChanged] = []
    district.bus.subscribe(RegistryChanged, told.append)
    before = district.ledger.registry.registry().revision
    table = "企业编号,企业名称,保安负荷(kW)\nE900,新企业,12a\nE 901,空格,3\n"
    body = district.client("otto").post(IMPORT, **_upload("企业.csv", table.encode())).json()
    assert body["written"] is False
    assert {error["cell"] for error in body["errors"]} >= {"A3"}
    assert all(error["message_zh"] and error["message_en"] for error in body["errors"])
    assert district.ledger.registry.registry().revision == before
    assert told == []


def test_a_dry_run_writes_nothing_and_a_run_does(district: District) -> None:
    told: list[RegistryChanged] = []
    district.bus.subscribe(RegistryChanged, told.append)
    upload = _upload("企业.csv", "企业编号,企业名称\nE900,新企业\n".encode())
    client = district.client("otto")
    assert client.post(f"{IMPORT}?dry_run=true", **upload).json()["written"] is False
    assert client.get("/api/v1/enterprises/E900").status_code == 404
    done = client.post(IMPORT, **upload).json()
    assert done["written"] is True
    assert client.get("/api/v1/enterprises/E900").json()["name"] == "新企业"
    assert [event.revision for event in told] == [done["revision"]]
    assert client.get("/api/v1/audit?actor=otto").json()["total"] >= 1


def test_what_is_no_table_is_told(district: District) -> None:
    client = district.client("otto")
    for name, content in (
        ("x.xlsx", b"PK not really"),
        ("x.pdf", b"%PDF"),
        ("企业.csv", b""),
        ("x.csv", b"\xff\xff\x00"),
    ):
        answer = client.post(IMPORT, **_upload(name, content))
        assert answer.status_code == 422, (name, answer.text)
        assert answer.json()["detail"]
    assert client.post(IMPORT, json={}).status_code == 415
    assert client.post(IMPORT, files={"other": b"x"}).status_code == 422


def test_quotas_are_imported_or_their_mistakes_listed(district: District) -> None:
    told: list[ReferencesChanged] = []
    district.bus.subscribe(ReferencesChanged, told.append)
    client, path = district.client("otto"), "/api/v1/quota/import?source=1号"

    def send(table: str, more: str = "") -> dict[str, Any]:
        found: dict[str, Any] = client.post(path + more, files={"file": ("指标.csv", table.encode())}).json()
        return found

    wrong = send("日期,指标(MW)\n2026-07-28,24\n2026-07-29,-1\n")
    assert (wrong["written"], [error["cell"] for error in wrong["errors"]]) == (False, ["B3"])
    tried = send("日期,指标(MW)\n2026-07-28,24\n", "&dry_run=true")
    assert (tried["written"], tried["quotas"][0]["points_kw"][0]) == (False, 24_000)
    assert client.get("/api/v1/quota").json()["quota"] is None
    assert told == []
    assert send("日期,指标(MW)\n2026-07-28,24\n")["written"] is True
    assert client.get("/api/v1/quota").json()["quota"]["actor"] == "otto"
    assert len(told) == 1


def test_statements_are_imported_compared_and_seen_by_their_own_enterprise(district: District) -> None:
    client, path = district.client("otto"), "/api/v1/billing/import?month=2026-06&source=1号"
    wrong = client.post(path, files={"file": ("账单.csv", "户号,电量(kWh)\n999,5\n".encode())}).json()
    assert (wrong["written"], [error["cell"] for error in wrong["errors"]]) == (False, ["A2"])
    good = {"file": ("账单.csv", "户号,电量(kWh),最大需量(kW)\n330200,1000,5\n330201,2000,6\n".encode())}
    assert client.post(path + "&dry_run=true", files=good).json()["written"] is False
    assert client.get("/api/v1/billing?month=2026-06").json()["items"] == []
    assert client.post(path, files=good).json()["written"] is True
    seen = client.get("/api/v1/billing?month=2026-06").json()["items"]
    assert {item["account"] for item in seen} == {"330200", "330201"}
    assert {item["source"] for item in seen} == {"1号"}
    own = district.client("emil").get("/api/v1/billing?month=2026-06").json()["items"]
    assert {item["enterprise"] for item in own} == {"E001"}
    assert client.get("/api/v1/billing?month=June").status_code == 422
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/api/v1/billing/export?month=2026-06").content))
    assert sheet.sheetnames == ["2026-06"]
