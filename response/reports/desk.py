"""Reports from draft to signature. One desk for all kinds: a kind only says how its document is built."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import Conflict, Forbidden
from domain.people import SYSTEM, Principal
from domain.report import Document
from domain.report_versions import Difference, Form, ReportVersion, SignOff, Source
from domain.runs import Outcome, Progress, Run
from monitor.runs import Runs, canonical_json, digest_of
from response.reports.anonymity import anonymise
from response.reports.content import decode, encode
from response.reports.copies import CopyDesk, Renderer, visible_version
from response.reports.differences import corrections, differences, with_sources
from response.reports.kinds import Draft, ReportKind, ReportKinds, Request, SubjectForm, parse_subject
from response.reports.periods import parse_period
from storage.ledger_ports import AuditLedger, RegistryLedger
from storage.page import Page
from storage.report_ports import ReportLedger


class _Silent:
    def step(self, share: float, note: str = "") -> None:
        """For work nobody watches."""


class ReportDesk:
    """Every question takes who asks: staff read, officers draft, sign and send, an enterprise reads its own card."""

    def __init__(
        self,
        reports: ReportLedger,
        registry: RegistryLedger,
        audit: AuditLedger,
        runs: Runs,
        kinds: ReportKinds,
        renderers: Mapping[Form, Renderer],
        clock: Clock,
        zone: ZoneInfo,
        *,
        four_eyes: bool,
    ) -> None:
        """four_eyes : who drafted a version does not sign it"""
        self._reports = reports
        self._registry = registry
        self._audit = audit
        self._four_eyes = four_eyes
        self._runs = runs
        self._kinds = kinds
        self._renderers = renderers
        self._clock = clock
        self._zone = zone
        self.copies = CopyDesk(reports, registry, audit, kinds, renderers, clock, zone)

    def kinds(self, principal: Principal) -> tuple[ReportKind, ...]:
        found = tuple(self._kinds)
        return found if principal.sees_all() else tuple(k for k in found if k.subject is SubjectForm.ENTERPRISE)

    def draft(
        self, principal: Principal, kind: str, subject: str, period: str, progress: Progress | None = None
    ) -> ReportVersion:
        """Built from what is known now, and kept. Where an edition is signed already it is a 更正 with its list."""
        principal.require_write()
        wanted = self._wanted(kind, subject, period)
        return self._draft(principal, *wanted, progress or _Silent())

    def submit(self, principal: Principal, kind: str, subject: str, period: str) -> Run:
        """The same in the background; the run's result names the version."""
        principal.require_write()
        found, where, when = self._wanted(kind, subject, period)

        def work(progress: Progress) -> Outcome:
            version = self._draft(principal, found, where, when, progress)
            return Outcome({"version": version.id, "title": version.title}, _sources_digest(version.sources))

        return self._runs.submit(principal, "report", f"{found.id} {where}", {"period": when}, work)

    def versions(
        self,
        principal: Principal,
        *,
        kind: str | None = None,
        subject: str | None = None,
        period: str | None = None,
        signed: bool | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[ReportVersion]:
        """Newest first; an enterprise sees the signed ones of its own."""
        if not principal.sees_all():
            subject, signed = f"enterprise:{principal.enterprise}", True
        page = self._reports.versions(
            kind=kind, subject=subject, period=period, signed=signed, cursor=cursor, limit=limit
        )
        return replace(page, items=tuple(self._told(principal, each) for each in page.items))

    def version(self, principal: Principal, version_id: str) -> ReportVersion:
        return self._told(principal, visible_version(self._reports, principal, version_id))

    def _told(self, principal: Principal, version: ReportVersion) -> ReportVersion:
        """Names of imported files often hold an enterprise's: who gets no names gets none of them."""
        if not self.copies.hides(principal, version, None):
            return version
        return replace(version, sources=tuple(replace(each, detail="") for each in version.sources))

    def may_sign(self, principal: Principal, version: ReportVersion) -> bool:
        """Whether the district lets them: with four eyes another than the drafter."""
        return principal.may_write() and not (self._four_eyes and version.made_by == principal.name)

    def sign(
        self, principal: Principal, version_id: str, *, digest: str, note: str = "", number: str = ""
    ) -> ReportVersion:
        """Freeze what was looked at.

        digest : of the version as shown to who signs; another means another text
        number : 文号 the paper gets, "" = room to write it in. Raises Forbidden, Conflict
        """
        principal.require_write()
        if principal == SYSTEM:
            raise Forbidden("签发须由具名人员进行 / a named person signs, not the program")
        version = self.version(principal, version_id)
        if not self.may_sign(principal, version):
            told = {"drafted_by": version.made_by, "refused": "four eyes"}
            self._audit.record(principal.name, "report.sign.refused", f"report:{version.id}", None, told)
            raise Forbidden("起草人不能签发自己的稿件，请由另一人签发 / who drafted does not sign; another person does")
        if version.digest != digest:
            raise Conflict(f"{version_id} 的内容不是所阅内容 / {version_id} is not the text that was read; look again")
        before = self._reports.signed(*version.report)
        if before is not None and before.number > version.number:
            raise Conflict(f"第{before.number}稿已签发，本稿较早 / a later draft is signed already; draft again")
        edition = 1 if before is None or before.signed is None else before.signed.edition + 1
        now = self._clock.now()
        line = f"第{edition}版　{principal.name} {now.astimezone(self._zone):%Y-%m-%d %H:%M} 签发"
        document = replace(decode(self._reports.content(version.id)), version=line, number=number.strip())
        content = encode(document)
        files = {form: render(document) for form, render in self._renderers.items()}
        sign_off = SignOff(
            principal.name, now, edition, digest_of(content), {f: digest_of(data) for f, data in files.items()}, note
        )
        return self._reports.sign(version.id, sign_off, content, files)

    def differences(self, principal: Principal, version_id: str, other: str | None = None) -> tuple[Difference, ...]:
        """From this version to another one, or to what would be drafted now."""
        principal.require_staff()
        version = self.version(principal, version_id)
        before = decode(self._reports.content(version.id))
        if other is not None:
            after = decode(self._reports.content(self.version(principal, other).id))
        else:
            after = self._document(self._built(principal, *self._wanted(*version.report), _Silent()), "")
        if self.copies.hides(principal, version, None):
            registry = self._registry.registry()
            before, after = (anonymise(each, registry, version.digest) for each in (before, after))
        return differences(before, after)

    def _wanted(self, kind: str, subject: str, period: str) -> tuple[ReportKind, str, str]:
        found = self._kinds.of(kind)
        return found, parse_subject(found, subject), parse_period(found.period, period).text

    def _built(self, principal: Principal, kind: ReportKind, subject: str, period: str, progress: Progress) -> Draft:
        when = parse_period(kind.period, period)
        return kind.build(Request(principal, subject, when, self._clock.now().astimezone(self._zone), progress))

    def _draft(
        self, principal: Principal, kind: ReportKind, subject: str, period: str, progress: Progress
    ) -> ReportVersion:
        built = self._built(principal, kind, subject, period, progress)
        signed = self._reports.signed(kind.id, subject, period)
        document = self._document(built, "草稿")
        if signed is not None and signed.signed is not None:
            document = _corrected(document, decode(self._reports.content(signed.id)), signed.signed.edition)
        content = encode(document)
        version = ReportVersion(
            id=secrets.token_hex(8),
            kind=kind.id,
            subject=subject,
            period=period,
            number=0,
            title=document.title,
            digest=digest_of(content),
            sources=built.sources,
            made_at=self._clock.now(),
            made_by=principal.name,
            drill=built.drill,
            corrects=None if signed is None else signed.id,
        )
        progress.step(1.0)
        return self._reports.keep(version, content)

    def _document(self, built: Draft, version: str) -> Document:
        return Document(
            built.title,
            built.subtitle,
            with_sources(built.blocks, built.sources),
            self._clock.now().astimezone(self._zone).replace(microsecond=0),
            version,
            drill=built.drill,
            source_note=built.source_note,
            number="",
        )


def _corrected(document: Document, before: Document, edition: int) -> Document:
    found = differences(before, document)
    blocks = (*corrections(found, edition), *document.blocks)
    return replace(document, title=f"{document.title}（更正）", blocks=blocks)


def _sources_digest(sources: tuple[Source, ...]) -> str:
    return digest_of(canonical_json({each.what: each.version for each in sources}))
