"""Forms, widths and heights of a workbook's cells, and texts as Excel takes them."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.reports.typography import display_width, printable
from domain.report import Cell, Chart, Table, shown

_LONGEST_TEXT = 32_000  # a cell of Excel holds 32,767 characters
_WIDEST, _NARROWEST = 40, 9
_WHOLE = 1_000.0


def axis_form(chart: Chart) -> str:
    """Of the data beside a chart, which are as exact as they can be seen."""
    largest = max((abs(v) for series in chart.series for v in series.values if v is not None), default=0.0)
    return "#,##0.0" if largest >= _WHOLE else "#,##0.00##"


def number_form(digits: int, *, percent: bool = False, unit: str = "") -> str:
    figure = "#,##0" + ("." + "0" * digits if digits else "")
    if percent:
        return f"{figure.replace('#,##', '')}%"
    return f'{figure}" {unit.replace(chr(34), "")}"' if unit else figure


def column_width(table: Table, number: int) -> float:
    """Of a column, in characters; headings wrap, so they count half."""
    column = table.columns[number]
    widest = max((display_width(shown(row[number], column)) for row in table.rows), default=0)
    return float(min(max(widest + 2, display_width(column.heading) / 2 + 3, _NARROWEST), _WIDEST))


def row_lines(widths: Sequence[float], cells: Sequence[Cell]) -> int:
    """Not every program makes room for wrapped text by itself."""
    return max(
        lines_of(cell, int(width) - 1) if isinstance(cell, str) else 1
        for width, cell in zip(widths, cells, strict=True)
    )


def lines_of(text: str, width: int) -> int:
    return max(1, sum(-(-max(1, display_width(line)) // width) for line in text.split("\n")))


def cell_text(text: str) -> str:
    return printable(text)[:_LONGEST_TEXT]


def margin_text(text: str | None) -> str:
    """In headers & begins a code; Excel takes at most 255 characters there, so the parts are kept short."""
    return printable(text or "").replace("&", "&&").replace("\n", " ")[:70]
