"""What the rooms above know of kept files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.attachments import Attachment, Subject


class AttachmentLedger(Protocol):
    def put(self, actor: str, subject: Subject, name: str, media_type: str, content: bytes) -> Attachment: ...

    def of(self, subject: Subject) -> Sequence[Attachment]:
        """The first handed in first, withdrawn ones among them."""
        ...

    def get(self, ident: int) -> Attachment | None: ...

    def content(self, ident: int) -> bytes:
        """Raises Unavailable where what is kept is not what was handed in."""
        ...

    def withdraw(self, actor: str, ident: int) -> Attachment:
        """Withdrawn once or twice is the same; the file stays."""
        ...
