"""Reports as JSON: what versions there are, what they say, who signed and who was sent which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Name, NameOrEmpty, Wire, local
from domain.report import Document
from domain.report_versions import Difference, Form, ReportVersion, Sending, SignOff
from response.reports.content import as_plain
from response.reports.kinds import ReportKind, SubjectForm
from response.reports.periods import PeriodForm


class KindOut(Wire):
    id: str = Field(examples=["monthly"])
    name_zh: str
    name_en: str
    subject: SubjectForm = Field(description="district, enterprise (enterprise:E001) or reference (ref:ID)")
    period: PeriodForm = Field(description="day 2026-07-20, month 2026-07, half_year 2026H1, year 2026, none -")

    @classmethod
    def of(cls, kind: ReportKind) -> Self:
        return cls(id=kind.id, name_zh=kind.name_zh, name_en=kind.name_en, subject=kind.subject, period=kind.period)


class KindList(Wire):
    kinds: list[KindOut]


class SourceOut(Wire):
    what: str
    version: str = Field(description="Digest of the data, or edition of a table")
    detail: str


class SignOffOut(Wire):
    actor: str
    at: datetime
    edition: int = Field(description="1 = 第1版")
    digest: str = Field(description="SHA-256 of the frozen content")
    files: dict[str, str] = Field(description="SHA-256 of each frozen file")
    note: str

    @classmethod
    def of(cls, signed: SignOff, zone: ZoneInfo) -> Self:
        return cls(
            actor=signed.actor,
            at=local(signed.at, zone),
            edition=signed.edition,
            digest=signed.digest,
            files={str(form): digest for form, digest in signed.files.items()},
            note=signed.note,
        )


class VersionOut(Wire):
    id: str
    kind: str = Field(examples=["monthly"])
    subject: str = Field(examples=["district", "enterprise:E001"])
    period: str = Field(examples=["2026-06", "2026H1"])
    number: int = Field(description="Of the draft, from 1")
    title: str
    digest: str = Field(description="SHA-256 of the content; who signs says which content was read")
    sources: list[SourceOut]
    made_at: datetime
    made_by: str
    drill: bool
    corrects: str | None = Field(description="The signed version this one is a 更正 of")
    signed: SignOffOut | None

    @classmethod
    def of(cls, version: ReportVersion, zone: ZoneInfo) -> Self:
        return cls(
            id=version.id,
            kind=version.kind,
            subject=version.subject,
            period=version.period,
            number=version.number,
            title=version.title,
            digest=version.digest,
            sources=[SourceOut(what=s.what, version=s.version, detail=s.detail) for s in version.sources],
            made_at=local(version.made_at, zone),
            made_by=version.made_by,
            drill=version.drill,
            corrects=version.corrects,
            signed=None if version.signed is None else SignOffOut.of(version.signed, zone),
        )


class ReportOut(Wire):
    """A version with what it says. A number that is not known is null; why stands in its row or the table's note."""

    version: VersionOut
    document: dict[str, Any] = Field(description="title, subtitle, blocks (heading, paragraph, facts, table, chart...)")

    @classmethod
    def of(cls, version: ReportVersion, document: Document, zone: ZoneInfo) -> Self:
        return cls(version=VersionOut.of(version, zone), document=as_plain(document))


class DraftIn(Body):
    kind: Name = Field(examples=["monthly"])
    subject: Name = Field(default="district", examples=["district", "enterprise:E001"])
    period: NameOrEmpty = Field(
        default="", examples=["2026-06", "2026H1"], description="left out where the subject says it"
    )


class SignIn(Body):
    digest: Name = Field(description="`digest` of the version that was read", examples=["9f86d081884c7d65"])
    note: Line | None = None
    number: Line | None = Field(default=None, description="文号 the paper gets", examples=["甬高新能〔2026〕12号"])


class SendIn(Body):
    recipient: Line = Field(examples=["市能源局 王工"])
    channel: Line = Field(description="How it was given", examples=["政务邮箱"])
    form: Form = Form.DOCX
    anonymised: bool = False
    note: Line | None = None


class SendingOut(Wire):
    id: int
    version: str
    recipient: str
    channel: str
    form: Form
    anonymised: bool
    watermark: str = Field(description="As printed in the copy")
    digest: str = Field(description="SHA-256 of the copy")
    actor: str
    at: datetime
    note: str

    @classmethod
    def of(cls, sending: Sending, zone: ZoneInfo) -> Self:
        return cls(
            id=sending.id,
            version=sending.version,
            recipient=sending.recipient,
            channel=sending.channel,
            form=sending.form,
            anonymised=sending.anonymised,
            watermark=sending.watermark,
            digest=sending.digest,
            actor=sending.actor,
            at=local(sending.at, zone),
            note=sending.note,
        )


class DifferenceOut(Wire):
    place: str = Field(description="The table")
    row: str
    column: str
    before: str
    after: str


class DifferenceList(Wire):
    version: str
    other: str | None = Field(description="null: what would be drafted now")
    differences: list[DifferenceOut]

    @classmethod
    def of(cls, version: str, other: str | None, found: Iterable[Difference]) -> Self:
        told = [DifferenceOut(place=d.place, row=d.row, column=d.column, before=d.before, after=d.after) for d in found]
        return cls(version=version, other=other, differences=told)
