"""The paper of an instruction and the photographs of a visit: handed in, looked at, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from domain.attachments import LONGEST_NAME, Attached, Attachment, Subject, media_type_of
from domain.errors import NotFound
from domain.people import Principal
from storage.attachment_ports import AttachmentLedger
from storage.orderly_ports import OrderlyLedger


class AttachmentDesk:
    def __init__(self, ledger: AttachmentLedger, orderly: OrderlyLedger) -> None:
        self._ledger, self._orderly = ledger, orderly

    def add(self, principal: Principal, subject: Subject, name: str, content: bytes) -> Attachment:
        """Raises Forbidden, NotFound for a record there is none of, Invalid for what is no paper and no picture."""
        principal.require_write()
        self._require(subject)
        plain = PurePath(name.replace("\\", "/")).name[-LONGEST_NAME:] or "file"
        return self._ledger.put(principal.name, subject, plain, media_type_of(plain, content), content)

    def of(self, principal: Principal, subject: Subject) -> Sequence[Attachment]:
        """Those that were not withdrawn, the first handed in first."""
        principal.require_staff()
        self._require(subject)
        return [each for each in self._ledger.of(subject) if not each.withdrawn_by]

    def read(self, principal: Principal, ident: int) -> tuple[Attachment, bytes]:
        principal.require_staff()
        found = self._ledger.get(ident)
        if found is None:
            raise NotFound(f"没有附件 {ident} / there is no attachment {ident}")
        return found, self._ledger.content(ident)

    def withdraw(self, principal: Principal, ident: int) -> Attachment:
        """It is shown no more; the file stays, as does who handed it in."""
        principal.require_write()
        return self._ledger.withdraw(principal.name, ident)

    def _require(self, subject: Subject) -> None:
        of_instruction = subject.kind is Attached.INSTRUCTION
        known = self._orderly.instructions.get(subject.key) if of_instruction else self._orderly.visits.get(subject.key)
        if known is None:
            raise NotFound(f"没有 {subject.key} 这条记录 / there is no record {subject}")
