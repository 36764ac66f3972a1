"""A small registry and plan workbooks as offices write them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from openpyxl import Workbook

from domain.credit_code import check_character
from domain.ids import AccountId, EnterpriseId
from domain.registry import Account, Contact, Enterprise, ProtectedClass, Registry, RegistryView
from storage.sheet_files import SheetFile

DAY = date(2026, 4, 1)
LETTERS = ("A", "B", "C")


def credit_code(number: int) -> str:
    first = f"91330200MA2{number:06d}"
    return first + check_character(first)


def enterprise(number: int, **more: object) -> Enterprise:
    given: dict[str, object] = {
        "credit_code": credit_code(number),
        "security_load_kw": 100.0,
        "summer_max_kw": 1000.0,
        "shiftable_kw": 200.0,
        "avoidable_kw": 150.0,
        "curtailable_kw": 250.0,
        "contacts": (Contact("王工", "13812345678"), Contact("李工", "13912345678")),
    } | more
    return Enterprise(EnterpriseId(f"E{number:03d}"), date(2020, 1, 1), f"企业{number}", **given)  # type: ignore[arg-type]


def registry(*enterprises: Enterprise) -> Registry:
    own = enterprises or tuple(enterprise(n) for n in range(1, 5))
    accounts = tuple(Account(AccountId(f"3302{each.id[1:]}"), date(2020, 1, 1), each.id) for each in own)
    return Registry(1, own, accounts)


def view(*enterprises: Enterprise) -> RegistryView:
    return registry(*enterprises).view(DAY)


def book(rows: Sequence[Sequence[object]], *, merge: Sequence[str] = (), name: str = "方案.xlsx") -> SheetFile:
    found = Workbook()
    sheet = found.active
    assert sheet is not None
    sheet.title = "方案"
    for row in rows:
        sheet.append(list(row))
    for each in merge:
        sheet.merge_cells(each)
    buffer = io.BytesIO()
    found.save(buffer)
    return SheetFile(name, buffer.getvalue())


PROTECTED = ProtectedClass.UTILITY
