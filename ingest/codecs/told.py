"""What reading an element did, told step by step to a person who asks why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Told(NamedTuple):
    """One step of reading an element, for a person who asks why: which value became what."""

    field: str
    path: str
    raw: Any
    how: str
    result: Any


Witness = Callable[[Told], None]
