"""Tables handed to a command as files, and what is said of those that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import Invalid
from storage.sheet_cells import CellError
from storage.sheet_files import SheetFile

#: A wrong column is wrong in every row; a terminal holds only so many.
MOST_LINES = 50
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Excel or CSV. 文件")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check the cells; write nothing. 试读")]


def sheet(file: Path) -> SheetFile:
    return SheetFile(file.name, file.read_bytes())


def look_at(flags: Sequence[CellError]) -> None:
    """Cells that were taken and deserve a look, on standard error."""
    for flag in flags[:MOST_LINES]:
        typer.echo(f"注意 look at {flag}", err=True)


def refuse(file: Path, errors: Sequence[CellError]) -> None:
    """Raises Invalid with every cell that is wrong."""
    if errors:
        lines = "\n".join(f"  - {error}" for error in errors[:MOST_LINES])
        if len(errors) > MOST_LINES:
            lines += f"\n  … 另有{len(errors) - MOST_LINES}处 / and more"
        raise Invalid(f"{file.name}: {len(errors)} 处有误，未写入 / mistakes, nothing was written:\n{lines}")
