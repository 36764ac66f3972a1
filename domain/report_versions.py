"""Reports as the office keeps them: drafts, signed editions that never change, and who was sent which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Form(StrEnum):
    DOCX = "docx"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        kind = "wordprocessingml.document" if self is Form.DOCX else "spreadsheetml.sheet"
        return f"application/vnd.openxmlformats-officedocument.{kind}"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing the figures stand on. version : digest of the data, or edition of a table of factors"""

    what: str
    version: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """edition : 1 = 第1版; digest : sha256 of the frozen content; files : sha256 of the frozen file by form"""

    actor: str
    at: datetime
    edition: int
    digest: str
    files: dict[Form, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportVersion:
    """One draft of a report, signed or not.

    kind, subject, period : which report, as in monthly, enterprise:E001, 2026-06; number : of the draft, from 1
    digest : sha256 of the content; corrects : id of the signed version this one is a 更正 of
    """

    id: str
    kind: str
    subject: str
    period: str
    number: int
    title: str
    digest: str
    sources: tuple[Source, ...]
    made_at: datetime
    made_by: str
    drill: bool = False
    corrects: str | None = None
    signed: SignOff | None = None

    @property
    def report(self) -> tuple[str, str, str]:
        return self.kind, self.subject, self.period


@dataclass(frozen=True, slots=True)
class Sending:
    """Who was given which version. digest : sha256 of the very copy; watermark : as printed in it"""

    id: int
    version: str
    recipient: str
    channel: str
    form: Form
    anonymised: bool
    watermark: str
    digest: str
    actor: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is another one now. place : the table; before, after : as printed"""

    place: str
    row: str
    column: str
    before: str
    after: str
