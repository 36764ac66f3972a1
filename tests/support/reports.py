"""Reports in a ledger without anything that drafts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.report import Column, ColumnKind, Document, Table
from domain.report_versions import Form, ReportVersion, Sending, SignOff, Source
from monitor.runs import digest_of
from response.reports.content import encode
from storage.ledger import SqlLedger

MADE_AT = datetime(2026, 7, 5, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def small(value: float = 3691.96) -> Document:
    """One table that names an enterprise."""
    table = Table("企业", (Column("企业"), Column("综合能耗", "tce", ColumnKind.NUMBER)), (("企业E001", value),))
    return Document("月报", "", (table,), MADE_AT, "草稿")


def digest(value: float = 3691.96) -> str:
    return digest_of(encode(small(value)))


def keep(ledger: SqlLedger, ident: str, kind: str = "monthly", subject: str = "district", value: float = 1.0) -> None:
    content = encode(small(value))
    version = ReportVersion(
        ident, kind, subject, "2026-06", 0, "月报", digest_of(content), (Source("报表", "1"),), MADE_AT, "pen"
    )
    ledger.reports.keep(version, content)


def sign(ledger: SqlLedger, ident: str, edition: int = 1) -> SignOff:
    content = ledger.reports.content(ident)
    files = {Form.DOCX: docx_bytes(small()), Form.XLSX: xlsx_bytes(small())}
    digests = {form: digest_of(data) for form, data in files.items()}
    sign_off = SignOff("otto", MADE_AT, edition, digest_of(content), digests)
    ledger.reports.sign(ident, sign_off, content, files)
    return sign_off


def send(ledger: SqlLedger, ident: str, value: float = 1.0) -> Sending:
    copy = docx_bytes(replace(small(value), watermark="市能源局"))
    return ledger.reports.record_sending(
        Sending(0, ident, "市能源局", "邮件", Form.DOCX, False, "市能源局", digest_of(copy), "otto", MADE_AT)
    )
