"""A page of a longer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """``next_cursor`` is None on the last page."""

    items: tuple[T_co, ...]
    next_cursor: str | None
    total: int
