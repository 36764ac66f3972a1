"""Reading one dated policy table: TOML in, a frozen model out, all mistakes at once."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.errors import Invalid

SHIPPED = files("config").joinpath("policy")


class Table(BaseModel):
    """Base of every policy model: unknown keys are mistakes, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=Table)


def mistakes_of(error: ValidationError, where: str) -> list[str]:
    """Pydantic's findings as lines for a person: file, place in it, what is wrong."""
    lines = []
    for found in error.errors():
        place = ".".join(str(part) for part in found["loc"]) or "whole table"
        message = "unknown key; remove it" if found["type"] == "extra_forbidden" else found["msg"]
        lines.append(f"{where}: {place}: {message.removeprefix('Value error, ')}")
    return lines


def _text(name: str, directory: Path | None) -> tuple[str, str]:
    """The table's text and where it came from; a file in ``directory`` replaces the shipped one as a whole."""
    if directory is not None and (directory / name).is_file():
        path = directory / name
        try:
            return path.read_text(encoding="utf-8"), str(path)
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{path}: cannot be read: {error}") from error
    return SHIPPED.joinpath(name).read_text(encoding="utf-8"), name


def load_table(name: str, model: type[M], directory: Path | None = None) -> M:
    """Load ``name`` from ``directory``, or the shipped one. Raises Invalid with every mistake listed, one a line."""
    text, where = _text(name, directory)
    found = _parsed(text, model, where)
    assert isinstance(found, model)
    return found


@lru_cache(maxsize=64)
def _parsed(text: str, model: type[Table], where: str) -> Table:
    """Each desk of a process asks for the tables: the same text is the same table, which nobody can change."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{where}: not valid TOML: {error}") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Invalid("\n".join(mistakes_of(error, where))) from error
