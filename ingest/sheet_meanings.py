"""What a cell of a load sheet means: which meter, which day and time, what figure. Each mistake names its cell."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from ingest.sheet_words import plain
from storage import cell_values
from storage.sheet_cells import Cell, CellMistake, Sheet

#: Serial numbers of days that are taken for a day where the cell is only a number: 1954 to 2119 by the 1900 calendar.
SERIALS = (20_000, 80_000)


class Mistaken(Exception):
    def __init__(self, cell: Cell, column: str, mistake: CellMistake) -> None:
        super().__init__(column)
        self.cell, self.column, self.mistake = cell, column, mistake


def identifier_of(cell: Cell) -> str:
    if cell.empty:
        return ""
    try:
        return cell_values.identifier(cell).lstrip("'`").strip()
    except CellMistake as mistake:
        raise Mistaken(cell, "户号/表号", mistake) from mistake


def positive_of(cell: Cell) -> float:
    try:
        value: float = cell_values.positive("")(cell)
    except CellMistake as mistake:
        raise Mistaken(
            cell, "倍率", CellMistake(f"倍率{mistake.message_zh}", f"multiplier {mistake.message_en}")
        ) from mistake
    return value


def ratio_of(cell: Cell) -> float:
    """150/5 is 30; a plain number is itself."""
    text = plain(cell.shown)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)k?v?[/:](\d+(?:\.\d+)?)v?a?", text)
    if found is None:
        return positive_of(cell)
    first, second = float(found[1]), float(found[2])
    if "kv" in text.split("/")[0]:
        first *= 1000
    if not second or not first:
        raise Mistaken(cell, "变比", CellMistake("变比应如 150/5", "must look like 150/5"))
    return first / second


def day_of(cell: Cell, sheet: Sheet) -> date:
    value = cell.value
    serial = serial_of(value)
    if serial is not None:
        return (date(1904, 1, 1) if sheet.epoch_1904 else date(1899, 12, 30)) + timedelta(days=serial)
    if isinstance(value, datetime):
        return value.date()
    text = unicodedata.normalize("NFKC", cell.shown).strip()
    text = re.sub(r"[T ]0{1,2}:00(:00)?$", "", text)
    found = cell_values.day(Cell(cell.row, cell.column, text, formula=cell.formula) if isinstance(value, str) else cell)
    if found is None:
        raise CellMistake("缺少日期", "the day is missing")
    return found


def serial_of(value: object) -> int | None:
    """Excel's number of a day, where a cell's format was lost: 46204 is 2026-07-01."""
    if isinstance(value, str) and re.fullmatch(r"\d{5}(\.0+)?", value.strip()):
        value = float(value)
    if isinstance(value, float) and value.is_integer() and SERIALS[0] <= value < SERIALS[1]:
        return int(value)
    return None


def clock_of(cell: Cell) -> str:
    """A time of day, or a whole stamp, as text."""
    value = cell.value
    if cell.empty:
        raise CellMistake("缺少时间", "the time is missing")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, date):
        return "24:00" if value.year in (1900, 1904) else value.isoformat()
    if isinstance(value, float) and 0 <= value < 1:
        seconds = round(value * 86_400)
        return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(value, float) and SERIALS[0] <= value < SERIALS[1]:
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return unicodedata.normalize("NFKC", cell.shown).strip()


def value_of(cell: Cell) -> str | None:
    """The cell's figure as text, None when nothing stands there; what is no figure is left for the message."""
    if cell.empty:
        return None
    if cell.formula:
        raise CellMistake("单元格是公式，请“选择性粘贴为数值”", "a formula; paste it as a value")
    if isinstance(cell.value, bool | date | time):
        raise CellMistake(
            "不是数字（Excel 的日期、时间或逻辑值）", "a date, time or truth value of Excel, not a number"
        )
    if isinstance(cell.value, float):
        return repr(cell.value)
    text = unicodedata.normalize("NFKC", str(cell.value)).strip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    return text
