"""Reading what a provider says in its body: HTTP 200 is no proof, the errcode is."""

from __future__ import annotations

import json
from typing import Any

from config.json_path import JsonPath, whole


def said(body: bytes) -> Any:
    """The decoded body; None when it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def at_path(answer: Any, path: str) -> str:
    """The value at a path as text; empty when there is none."""
    found = JsonPath.parse(path).of(whole(answer)) if path and answer is not None else None
    return "" if found is None or isinstance(found, dict | list) else str(found)
