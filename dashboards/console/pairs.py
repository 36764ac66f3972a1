"""Names with what stands behind them, as people type them into a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.errors import Invalid


def pairs(text: object, read: Callable[[str], Any]) -> dict[str, Any]:
    """``E001=200 E002``, in the order written. Raises Invalid for what ``read`` cannot take."""
    found = {}
    for part in str(text or "").replace("，", " ").replace(",", " ").split():
        name, _, value = part.partition("=")
        try:
            found[name] = read(value or ("0" if read is float else "—"))
        except ValueError:
            raise Invalid(f"{part} 应写作 E001=200 / must be written E001=200") from None
    return found
