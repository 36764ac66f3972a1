"""A document without the names of enterprises: for those who may see the district's figures and not whose they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.registry import Registry
from domain.report import (
    Block,
    Cell,
    Chart,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    Paragraph,
    Quantity,
    Signature,
    Table,
)
from response.reports.content import encode

#: A column of this title counts the enterprises of a group; figures of fewer than FEWEST are somebody's own.
MEMBERS = "企业数"
FEWEST = 3
_SUPPRESSED = f"不足{FEWEST}户的分组数据不公布"


def anonymise(document: Document, registry: Registry, key: str) -> Document:
    """Every name, credit code, id and account of the registry becomes 企业01 and so on.

    key : what the numbers are shuffled by, so that they follow neither the registry nor another report
    """
    hide = _hider(_codes(document, registry, key))
    return replace(
        document,
        title=hide(document.title),
        subtitle=hide(document.subtitle),
        source_note=hide(document.source_note),
        blocks=tuple(_block(block, hide) for block in document.blocks),
    )


def _codes(document: Document, registry: Registry, key: str) -> dict[str, str]:
    """From every text that gives an enterprise of the document away to its number."""
    owners: dict[str, set[str]] = {}
    for version in registry.enterprises:
        owners.setdefault(version.id, {version.id}).update(filter(None, (version.name, version.credit_code)))
    for account in registry.accounts:
        owners.setdefault(account.enterprise, {account.enterprise}).add(account.id)
    whole = encode(document).decode()
    # Only who is named is numbered: an enterprise that joins the registry later moves no number.
    named = [each for each, texts in owners.items() if any(text in whole for text in texts)]
    named.sort(key=lambda each: hashlib.sha256(f"{key}:{each}".encode()).digest())
    digits = len(str(len(named)))
    return {text: f"企业{number:0{digits}d}" for number, each in enumerate(named, 1) for text in owners[each]}


def _hider(codes: Mapping[str, str]) -> Callable[[str], str]:
    if not codes:
        return lambda text: text
    # Longest first: 宁波甲 must not hide the beginning of 宁波甲精密. An id stands alone, E1 is not in E10.
    pattern = re.compile("|".join(_guarded(text) for text in sorted(codes, key=len, reverse=True)))
    return lambda text: pattern.sub(lambda match: codes[match.group()], text)


def _guarded(text: str) -> str:
    escaped = re.escape(text)
    if not text.isascii():
        return escaped
    return rf"(?<![A-Za-z0-9_.-]){escaped}(?![A-Za-z0-9_-])"


def _block(block: Block, hide: Callable[[str], str]) -> Block:
    if isinstance(block, Heading | Paragraph):
        return replace(block, text=hide(block.text))
    if isinstance(block, Facts):
        return replace(block, pairs=tuple((hide(label), _hidden(value, hide)) for label, value in block.pairs))
    if isinstance(block, Table):
        return _table(block, hide)
    if isinstance(block, Chart):
        series = tuple(replace(each, name=hide(each.name)) for each in block.series)
        return replace(block, title=hide(block.title), categories=tuple(map(hide, block.categories)), series=series)
    if isinstance(block, Signature):
        return replace(block, lines=tuple(map(hide, block.lines)))
    return block


def _hidden(value: str | Quantity, hide: Callable[[str], str]) -> str | Quantity:
    return hide(value) if isinstance(value, str) else value


def _table(table: Table, hide: Callable[[str], str]) -> Table:
    counted = next((n for n, column in enumerate(table.columns) if column.title == MEMBERS), None)
    rows, suppressed = [], False
    for row in table.rows:
        few = counted is not None and _is_few(row[counted])
        suppressed |= few
        rows.append(tuple(_cell(cell, column, hide, few) for cell, column in zip(row, table.columns, strict=True)))
    notes = [hide(table.note)] if table.note else []
    return replace(
        table,
        title=hide(table.title),
        rows=tuple(rows),
        note="；".join(notes + [_SUPPRESSED] * suppressed),
    )


def _is_few(cell: Cell) -> bool:
    return isinstance(cell, int | float) and 0 < cell < FEWEST


def _cell(cell: Cell, column: Column, hide: Callable[[str], str], few: bool) -> Cell:
    if isinstance(cell, str):
        return hide(cell)
    figure = isinstance(cell, Quantity) or column.kind in (ColumnKind.NUMBER, ColumnKind.PERCENT)
    return None if few and figure and column.title != MEMBERS else cell
