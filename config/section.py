"""What every section of the settings is, and checks that several of them share."""

from __future__ import annotations

from datetime import time
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Unknown keys are mistakes, defaults are checked like everything else, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def checked_url(text: str, schemes: tuple[str, ...]) -> str:
    scheme = urlsplit(text).scheme
    if scheme not in schemes:
        raise ValueError(f"{text!r} must begin with one of {', '.join(s + '://' for s in schemes)}")
    return text


def secret_url(text: str) -> str:
    """An http(s) address that may hold a token: it is not repeated in the mistake."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must be a whole address, as in https://host/path")
    return text


def clock_time(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time of day such as 22:00") from error
    return text


def words(value: Any) -> Any:
    """From the environment a list comes as one text."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
