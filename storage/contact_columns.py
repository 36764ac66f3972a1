"""联系人1, 电话1, 联系人2, 电话2 and so on: pairs of columns that are one attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.registry import Contact
from storage import cell_values
from storage.registry_columns import ENTERPRISES, SheetKind
from storage.sheet_files import Cell, CellMistake, heading_key

_NAME = re.compile(r"(?:联系人|contact_?)(\d{1,2})?(?:姓名|_name)?")
_PHONE = re.compile(r"(?:联系人)?(?:电话|联系电话|phone_?|contact_phone_?)(\d{1,2})?")
# 联系人1电话 and contact_1_phone put the number in the middle.
_NUMBERED_PHONE = re.compile(r"(?:联系人|contact_?)(\d{1,2})(?:电话|_phone)")

CellPair = tuple[Cell, Cell]


@dataclass(frozen=True, slots=True)
class ContactColumns:
    """pairs : (column of the name, column of the phone) in the order of their numbers; 0 = no such column"""

    pairs: tuple[tuple[int, int], ...]

    @property
    def numbers(self) -> set[int]:
        return {number for pair in self.pairs for number in pair if number}

    @classmethod
    def found_in(cls, headings: Sequence[Cell], kind: SheetKind) -> ContactColumns:
        names: dict[int, int] = {}
        phones: dict[int, int] = {}
        for cell in headings if kind is ENTERPRISES else ():
            key = heading_key(cell.shown)
            if found := _NUMBERED_PHONE.fullmatch(key) or _PHONE.fullmatch(key):
                phones.setdefault(int(found.group(1) or 1), cell.column)
            elif found := _NAME.fullmatch(key):
                names.setdefault(int(found.group(1) or 1), cell.column)
        order = sorted(names.keys() | phones.keys())
        return cls(tuple((names.get(n, 0), phones.get(n, 0)) for n in order))

    def cells_of(self, by_column: Mapping[int, Cell], row: int) -> list[CellPair]:
        def at(column: int) -> Cell:
            return by_column.get(column, Cell(row, column or 1, None)) if column else Cell(row, 1, None)

        return [(at(name), at(phone)) for name, phone in self.pairs]


def read_contact(name_cell: Cell, phone_cell: Cell, present: Sequence[Contact]) -> list[Contact]:
    """One contact, or none when both are empty. A masked phone, as exports for viewers hold it, stands for the one
    that is known; it never overwrites it."""
    name, phone = cell_values.text(name_cell), cell_values.phone(phone_cell)
    if "*" in phone:
        known = next((c for c in present if c.name == name and c.masked_phone == phone), None)
        if known is None:
            raise CellMistake("这是脱敏后的号码，请填完整号码", "a masked phone; enter the whole number")
        phone = known.phone
    return [Contact(name, phone)] if name or phone else []
