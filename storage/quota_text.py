"""The 96 points of a quota as people paste them from a sheet: a column, a row, or times with figures beside them."""

from __future__ import annotations

import re
import unicodedata

from domain.errors import Invalid
from domain.references import BLOCKS_PER_DAY
from storage.quota_files import blocks_of_labels, minute_of_day

#: What a pasted figure may be written in, and what it is in kW.
UNITS_KW = {"MW": 1_000.0, "kW": 1.0, "万千瓦": 10_000.0}
_SEPARATORS = re.compile(r"[\t;\n\r]+|,(?!\d{3}\b)|(?<=\d) +(?=\d)")
_TIME = re.compile(r"\d{1,2}:\d{2}(:00)?")


def points_of_text(text: str, unit: str) -> tuple[float, ...]:
    """Raises Invalid, which names the first cell that is wrong, or how many figures were found.

    text : 96 figures, or 96 pairs of a time of day (start or end of the quarter) and a figure
    unit : one of UNITS_KW
    Returns 96 points from 00:00 on [kW]
    """
    cells = [cell.strip() for cell in _SEPARATORS.split(unicodedata.normalize("NFKC", text)) if cell.strip()]
    timed = [_TIME.fullmatch(cell) is not None for cell in cells]
    if not any(timed):
        return _all_there([_figure(cell, place, unit) for place, cell in enumerate(cells, 1)])
    if len(cells) % 2 or timed[0::2].count(False) or any(timed[1::2]):
        raise Invalid("时刻与数值应成对 / each time of day needs its figure beside it, and nothing else")
    minutes = [minute_of_day(cell) for cell in cells[0::2]]
    wrong = next((cell for cell, minute in zip(cells[0::2], minutes, strict=True) if minute is None), None)
    if wrong is not None:
        raise Invalid(f"{wrong} 不是整刻钟 / is not a quarter of an hour")
    known = [minute for minute in minutes if minute is not None]
    blocks = blocks_of_labels(known)
    figures = _all_there([_figure(cell, place, unit) for place, cell in enumerate(cells[1::2], 1)])
    if blocks is None:
        raise Invalid(
            "时刻应为00:00至23:45或00:15至24:00各一次 / 96 times are needed once each: 00:00-23:45 or 00:15-24:00"
        )
    points = [0.0] * BLOCKS_PER_DAY
    for minute, value in zip(known, figures, strict=True):
        points[blocks[minute]] = value
    return tuple(points)


def _figure(cell: str, place: int, unit: str) -> float:
    try:
        value = float(cell.replace(",", "")) * UNITS_KW[unit]
    except ValueError:
        raise Invalid(f"第{place}个“{cell[:40]}”不是数字 / number {place}, {cell[:40]!r}, is not a figure") from None
    if not 0 < value < 1e9:
        raise Invalid(f"第{place}个“{cell[:40]}”应大于0 / number {place}, {cell[:40]!r}, must be above 0")
    return value


def _all_there(figures: list[float]) -> tuple[float, ...]:
    if len(figures) != BLOCKS_PER_DAY:
        raise Invalid(f"找到{len(figures)}个数值，应为96个 / {len(figures)} figures were found, 96 are needed")
    return tuple(figures)
