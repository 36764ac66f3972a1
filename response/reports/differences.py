"""What another version of a report says otherwise, figure by figure, as printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from domain.report import (
    MISSING,
    Block,
    Column,
    Document,
    Facts,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    shown,
    shown_quantity,
)
from domain.report_versions import Difference, Source

#: Neither what was corrected nor what the figures stand on is a figure of the report.
CORRECTIONS, SOURCES = "更正说明", "数据来源与版本"
#: The part of labels and values has no title of its own.
FACTS = "概况"


def differences(before: Document, after: Document) -> tuple[Difference, ...]:
    """In the order of the newer one; what only the older has stands at the end. Charts repeat the tables' figures."""
    old, new = dict(_figures(before)), dict(_figures(after))
    places = [*new, *(place for place in old if place not in new)]
    return tuple(
        Difference(*place, old.get(place, MISSING), new.get(place, MISSING))
        for place in places
        if old.get(place, MISSING) != new.get(place, MISSING)
    )


def corrections(found: tuple[Difference, ...], edition: int) -> tuple[Block, ...]:
    """What a correction begins with."""
    if not found:
        return (Paragraph(f"{CORRECTIONS}：与第{edition}版相比，数据没有变化。"),)
    columns = tuple(Column(title) for title in ("位置", "项目", "指标", f"第{edition}版", "更正后"))
    rows = tuple((each.place, each.row, each.column, each.before, each.after) for each in found)
    return (Table(CORRECTIONS, columns, rows),)


def with_sources(blocks: tuple[Block, ...], sources: tuple[Source, ...]) -> tuple[Block, ...]:
    """What every figure traces to, before the signature, or behind leaves that are handed out one by one.

    Digests are cut short in print and kept whole.
    """
    rows = tuple((each.what, _short(each.version), each.detail) for each in sources)
    table = Table(SOURCES, (Column("来源"), Column("版本（摘要）"), Column("说明")), rows)
    if any(isinstance(block, PageBreak) for block in blocks):
        return (*blocks, PageBreak(), table)
    place = next((n for n, block in enumerate(blocks) if isinstance(block, Signature)), len(blocks))
    return (*blocks[:place], table, *blocks[place:])


def _short(version: str) -> str:
    """Only digests are cut."""
    return version[:16] if re.fullmatch("[0-9a-f]{40,}", version) else version


def _figures(document: Document) -> Iterator[tuple[tuple[str, str, str], str]]:
    for block in document.blocks:
        if isinstance(block, Facts):
            for label, value in block.pairs:
                yield (FACTS, label, ""), value if isinstance(value, str) else shown_quantity(value, with_unit=True)
        elif isinstance(block, Table) and block.title not in (CORRECTIONS, SOURCES):
            yield from _cells(block)


def _cells(table: Table) -> Iterator[tuple[tuple[str, str, str], str]]:
    """A row is known by its first cell; the second of the same name by its place among them."""
    seen: Counter[str] = Counter()
    first = table.columns[0]
    for row in table.rows:
        name = shown(row[0], first)
        seen[name] += 1
        key = name if seen[name] == 1 else f"{name} ({seen[name]})"
        for cell, column in zip(row[1:], table.columns[1:], strict=True):
            yield (table.title, key, column.heading), shown(cell, column)
