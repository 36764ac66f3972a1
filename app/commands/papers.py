"""A paper asked for with ``--out``: its form is the ending of the file's name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from domain.errors import Invalid

FORMS = ("docx", "xlsx")


def form_of(out: Path, forms: Sequence[str] = FORMS) -> str:
    """Invalid when the paper cannot be had in the form that the name asks for."""
    form = out.suffix.lstrip(".").lower()
    if form not in forms:
        zh, en = (join.join(f".{each}" for each in forms) for join in (" 或 ", " or "))
        raise Invalid(f"{out.name} 应为 {zh} / {out.name} should end in {en}")
    return form


def write(out: Path, content: bytes) -> None:
    out.write_bytes(content)
    typer.echo(out)
