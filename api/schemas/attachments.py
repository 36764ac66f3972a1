"""Wire form of papers and photographs beside a record."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local
from domain.attachments import Attachment


class AttachmentOut(Wire):
    id: int
    subject: str = Field(examples=["instruction:7号"])
    name: str = Field(examples=["7号.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    digest: str = Field(description="SHA-256 of the content")
    size_bytes: int
    actor: str
    at: datetime
    withdrawn_by: str

    @classmethod
    def of(cls, found: Attachment, zone: ZoneInfo) -> Self:
        own = {name: getattr(found, name) for name in cls.model_fields}
        return cls(**own | {"subject": str(found.subject), "at": local(found.at, zone)})


class AttachmentList(Wire):
    items: list[AttachmentOut]
