"""A document as canonical JSON and back: what is kept, compared, shown over HTTP, and what a signature stands for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from domain.report import (
    Block,
    Chart,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quantity,
    Signature,
    Table,
)

_BLOCKS: dict[str, type[Block]] = {
    "heading": Heading,
    "paragraph": Paragraph,
    "facts": Facts,
    "table": Table,
    "chart": Chart,
    "signature": Signature,
    "page_break": PageBreak,
}
_NAMES = {made: name for name, made in _BLOCKS.items()}
_HEAD = ("title", "subtitle", "version", "watermark", "drill", "source_note", "compact", "number")


def as_plain(document: Document) -> dict[str, Any]:
    """Only what JSON has; each block says under ``block`` what it is."""
    plain: dict[str, Any] = {name: getattr(document, name) for name in _HEAD}
    blocks = [{"block": _NAMES[type(block)], **msgspec.to_builtins(block)} for block in document.blocks]
    return plain | {"made_at": document.made_at.isoformat(), "blocks": blocks}


def encode(document: Document) -> bytes:
    """Equal documents give equal bytes."""
    return msgspec.json.encode(as_plain(document), order="deterministic")


def decode(data: bytes) -> Document:
    plain = msgspec.json.decode(data)
    # What was kept before a field was thought of has its usual value.
    head = {name: plain[name] for name in _HEAD if name in plain}
    blocks = tuple(_block(each) for each in plain["blocks"])
    return Document(blocks=blocks, made_at=datetime.fromisoformat(plain["made_at"]), **head)


def _block(plain: dict[str, Any]) -> Block:
    kind = _BLOCKS[plain.pop("block")]
    if kind is Table:
        return _table(plain)
    return msgspec.convert(plain, kind)


def _table(plain: dict[str, Any]) -> Table:
    """Cells by hand: a day and a text are both a string in JSON, and the column says which it is."""
    columns = msgspec.convert(plain["columns"], tuple[Column, ...])
    kinds = [column.kind for column in columns]
    rows = tuple(tuple(map(_cell, row, kinds)) for row in plain["rows"])
    return Table(plain["title"], columns, rows, plain["note"])


def _cell(value: Any, kind: ColumnKind) -> Any:
    if isinstance(value, dict):
        return Quantity(**value)
    if kind is ColumnKind.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value
