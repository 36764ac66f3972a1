"""Papers and photographs kept beside a record: what may be handed in, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.errors import Invalid

MOST_BYTES = 15_000_000
LONGEST_NAME = 200
#: First bytes of the forms that are taken. What a file is follows from its content, never from its name.
_FORMS = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
)


class Attached(StrEnum):
    """What files are kept beside."""

    INSTRUCTION = "instruction"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Subject:
    """kind, key : as instruction:7号 or visit:ab12"""

    kind: Attached
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, _, key = text.partition(":")
        if kind not in list(Attached) or not key:
            raise Invalid(f"{text!r} 应写作 instruction:文号 或 visit:编号 / write instruction:NUMBER or visit:ID")
        return cls(Attached(kind), key)


@dataclass(frozen=True, slots=True)
class Attachment:
    """digest : SHA-256 of the content; withdrawn_by : who said that it does not belong here, "" = it does"""

    id: int
    subject: Subject
    name: str
    media_type: str
    digest: str
    size_bytes: int
    actor: str
    at: datetime
    withdrawn_by: str = ""


def media_type_of(name: str, content: bytes) -> str:
    """Raises Invalid for what is empty, too large or neither a PDF nor a picture."""
    if not content:
        raise Invalid(f"{name} 是空文件 / {name} is empty")
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise Invalid(f"{name} 超过 {most} MB / {name} is larger than {most} MB")
    for offset, mark, media_type in _FORMS:
        if content[offset : offset + len(mark)] == mark:
            return media_type
    raise Invalid(f"{name} 不是 PDF 或照片 / {name} is neither a PDF nor a picture (PNG, JPEG, TIFF, WebP, HEIC)")
