"""Pages of long lists, by cursor: an entry that arrives between two pages moves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.errors import Invalid
from storage.ledger.database import Database
from storage.page import Page

T = TypeVar("T")
LARGEST_PAGE = 1_000


def parse_serial(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise Invalid(f"cursor {cursor[:40]!r} did not come from this list; start again without one")
    return int(cursor)


def page_of(
    database: Database,
    table: sa.Table,
    *,
    wanted: sa.ColumnElement[bool],
    after: sa.ColumnElement[bool],
    order: tuple[sa.ColumnElement[Any], ...],
    limit: int,
    make: Callable[[RowMapping], T],
    cursor_of: Callable[[T], str],
) -> Page[T]:
    """Rows that are ``wanted`` and come ``after`` the cursor; ``total`` counts all the wanted."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise Invalid(f"a page holds 1 to {LARGEST_PAGE} items, not {limit}")
    with database.reading() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(table).where(wanted)).scalar_one()
        query = sa.select(table).where(wanted, after).order_by(*order).limit(limit + 1)
        rows = connection.execute(query).mappings().all()
    items = tuple(make(row) for row in rows[:limit])
    return Page(items, cursor_of(items[-1]) if len(rows) > limit else None, total)
