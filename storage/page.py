"""A page of a longer list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """``next_cursor`` is None on the last page."""

    items: tuple[T_co, ...]
    next_cursor: str | None
    total: int


def every(page_after: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """All items of a longer list, page by page. page_after : the page behind a cursor, None = the first"""
    cursor: str | None = None
    while True:
        page = page_after(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
