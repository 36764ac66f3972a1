"""Copies of reports: whose they are stands in them, and who was given which is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.people import Principal
from domain.report import Document
from domain.report_versions import Form, ReportVersion, Sending
from monitor.runs import digest_of
from response.reports.anonymity import anonymise
from response.reports.content import decode
from response.reports.kinds import ReportKinds
from response.reports.marks import watermark
from storage.ledger_ports import AuditLedger, RegistryLedger
from storage.page import Page
from storage.report_ports import ReportLedger

#: Makes the bytes of a document; the same document always the same bytes.
Renderer = Callable[[Document], bytes]


@dataclass(frozen=True, slots=True)
class ReportFile:
    name: str
    form: Form
    data: bytes
    digest: str


def visible_version(reports: ReportLedger, principal: Principal, version_id: str) -> ReportVersion:
    """Staff see all; an enterprise the signed ones of its own. Raises NotFound."""
    found = reports.version(version_id)
    own = found is not None and found.subject == f"enterprise:{principal.enterprise}" and found.signed is not None
    if found is None or not (principal.sees_all() or own):
        raise NotFound(f"没有报告 {version_id} / there is no report {version_id}")
    return found


class CopyDesk:
    """Enterprise figures are confidential: who only looks gets copies without names."""

    def __init__(
        self,
        reports: ReportLedger,
        registry: RegistryLedger,
        audit: AuditLedger,
        kinds: ReportKinds,
        renderers: Mapping[Form, Renderer],
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._reports = reports
        self._registry = registry
        self._audit = audit
        self._kinds = kinds
        self._renderers = renderers
        self._clock = clock
        self._zone = zone

    def document(self, principal: Principal, version_id: str, *, anonymised: bool | None = None) -> Document:
        """As it stands, with the reader's watermark. anonymised : None = as the reader's role asks"""
        version = visible_version(self._reports, principal, version_id)
        return self._document(version, self.hides(principal, version, anonymised), self._mark(version, principal.name))

    def export(
        self, principal: Principal, version_id: str, form: Form, *, anonymised: bool | None = None
    ) -> ReportFile:
        """The reader's own copy, marked with name and time; that it was taken is in the audit log."""
        version = visible_version(self._reports, principal, version_id)
        hidden = self.hides(principal, version, anonymised)
        mark = self._mark(version, principal.name)
        file = self._file(self._document(version, hidden, mark), form)
        told = {"form": str(form), "digest": file.digest, "watermark": mark, "anonymised": hidden}
        self._audit.record(principal.name, "report.export", f"report:{version.id}", None, told)
        return file

    def frozen(self, principal: Principal, version_id: str, form: Form) -> ReportFile:
        """The file as it was signed, without a reader's mark: for the archive, by an administrator."""
        principal.require_administrator()
        version = visible_version(self._reports, principal, version_id)
        data = self._reports.file(version.id, form)
        digest = digest_of(data)
        if version.signed is None or version.signed.files[form] != digest:
            raise Conflict(f"{version_id}: 存档文件与签发时不符 / the frozen file is not the one that was signed")
        told = {"form": str(form), "digest": digest}
        self._audit.record(principal.name, "report.archive", f"report:{version.id}", None, told)
        return ReportFile(_file_name(decode(self._reports.content(version.id)), form), form, data, digest)

    def send(
        self,
        principal: Principal,
        version_id: str,
        *,
        recipient: str,
        channel: str,
        form: Form,
        anonymised: bool | None = None,
        note: str = "",
    ) -> Sending:
        """Record that the recipient is given a copy marked with their name; ``copy`` is that copy."""
        principal.require_write()
        version = visible_version(self._reports, principal, version_id)
        if version.signed is None:
            raise Conflict("未签发的报告不能发送 / a report that is not signed is not sent")
        recipient, channel = recipient.strip(), channel.strip()
        if not recipient or not channel:
            raise Invalid("请写明接收人和方式 / name the recipient and the channel")
        hidden = self.hides(principal, version, anonymised)
        mark = self._mark(version, recipient)
        digest = self._file(self._document(version, hidden, mark), form).digest
        now = self._clock.now()
        sending = Sending(
            0, version.id, recipient, channel, form, hidden, mark, digest, principal.name, now, note.strip()
        )
        return self._reports.record_sending(sending)

    def copy(self, principal: Principal, sending_id: int) -> ReportFile:
        """The very copy that was sent, made again. Raises Conflict where this program makes other bytes of it."""
        principal.require_write()
        sending = self._reports.sending(sending_id)
        if sending is None:
            raise NotFound(f"没有发送记录 {sending_id} / there is no sending {sending_id}")
        version = visible_version(self._reports, principal, sending.version)
        file = self._file(self._document(version, sending.anonymised, sending.watermark), sending.form)
        if file.digest != sending.digest:
            raise Conflict(
                "程序已更新，不能再生成同一份文件 / this program makes other bytes of it; its text is unchanged"
            )
        return file

    def sendings(
        self,
        principal: Principal,
        version_id: str | None = None,
        *,
        digest: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Sending]:
        """Newest first. digest : sha256 of a file that turned up: whose copy is it?"""
        principal.require_staff()
        return self._reports.sendings(version=version_id, digest=digest, cursor=cursor, limit=limit)

    def hides(self, principal: Principal, version: ReportVersion, asked: bool | None) -> bool:
        """Who only looks gets names never; officers and the enterprise itself get them unless they ask not to."""
        if not self._kinds.of(version.kind).confidential:
            return bool(asked)
        if principal.may_write() or principal.enterprise is not None:
            return bool(asked)
        if asked is False:
            raise Forbidden("企业明细须由值班员或管理员导出 / names of enterprises leave only by an officer")
        return True

    def _document(self, version: ReportVersion, hidden: bool, mark: str) -> Document:
        document = decode(self._reports.content(version.id))
        if hidden:
            document = anonymise(document, self._registry.registry(), version.digest)
        return replace(document, watermark=mark)

    def _file(self, document: Document, form: Form) -> ReportFile:
        data = self._renderers[form](document)
        return ReportFile(_file_name(document, form), form, data, digest_of(data))

    def _mark(self, version: ReportVersion, reader: str) -> str:
        """A paper made to be put up in public is nobody's copy."""
        if not self._kinds.of(version.kind).confidential:
            return ""
        return watermark(reader, self._clock.now(), self._zone)


def _file_name(document: Document, form: Form) -> str:
    mark = "【演练】" if document.drill else ""
    return f"{mark}{document.title}-{document.version.partition('　')[0]}.{form}"
