"""Fonts and words of both forms. The fonts are those of a Chinese Windows office; elsewhere others stand in."""

from __future__ import annotations

import re

from domain.report import Column, Document

BODY_FONT = "仿宋"
HEADING_FONT = "黑体"
TABLE_FONT = "宋体"
LATIN_FONT = "Times New Roman"
DRILL = "【演练】"

# What XML 1.0 cannot carry; one such character in a pasted name would lose the whole document.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


def title_of(document: Document) -> str:
    return printable(DRILL + document.title if document.drill else document.title)


def number_line(document: Document) -> str:
    """文号, or the room for it; empty where a paper bears none."""
    if document.number is None:
        return ""
    return printable(f"文号：{document.number or '　　　　　〔　　　〕　　号'}")


def made_line(document: Document) -> str:
    return printable(f"{document.version}　编制时间 {document.made_at:%Y-%m-%d %H:%M}")


def display_width(text: str) -> int:
    """In halves of a Chinese character."""
    return max((sum(2 if ord(char) > 0x2E7F else 1 for char in line) for line in text.split("\n")), default=0)


def heading_text(column: Column, halves: float) -> str:
    """Broken before the unit and at spaces, not inside a word, where the column is too narrow for one line."""
    if display_width(column.heading) <= halves:
        return column.heading
    parts = [column.title, f"（{column.unit}）"] if column.unit else [column.title]
    return "\n".join(part.replace(" ", "\n") if display_width(part) > halves else part for part in parts)
