"""What the report desk needs of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from domain.report_versions import Form, ReportVersion, Sending, SignOff
from storage.page import Page


class ReportLedger(Protocol):
    """Nothing is overwritten: a version, its sign-off and a sending are written once."""

    def keep(self, version: ReportVersion, content: bytes) -> ReportVersion:
        """Numbered as the next of its report; the number given does not count."""
        ...

    def version(self, version_id: str) -> ReportVersion | None: ...

    def content(self, version_id: str) -> bytes:
        """Of the signed edition where it is signed. Raises NotFound."""
        ...

    def versions(
        self,
        *,
        kind: str | None = None,
        subject: str | None = None,
        period: str | None = None,
        signed: bool | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[ReportVersion]:
        """Newest first."""
        ...

    def signed(self, kind: str, subject: str, period: str) -> ReportVersion | None:
        """The newest signed edition."""
        ...

    def sign(self, version_id: str, sign_off: SignOff, content: bytes, files: Mapping[Form, bytes]) -> ReportVersion:
        """Raises Conflict when it is signed already, or another edition of that number came first."""
        ...

    def file(self, version_id: str, form: Form) -> bytes:
        """The frozen file. Raises NotFound."""
        ...

    def record_sending(self, sending: Sending) -> Sending: ...

    def sending(self, sending_id: int) -> Sending | None: ...

    def sendings(
        self, *, version: str | None = None, digest: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Sending]:
        """Newest first. digest : of a copy that turned up somewhere"""
        ...
