"""Native charts: XlsxWriter draws them; Word gets the very same chart part, with its data as an embedded workbook."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import xlsxwriter

from dashboards.reports.typography import TABLE_FONT, printable
from domain.report import Chart, ChartKind

_THOUSANDS = 1_000
_NO_DATE = datetime(2000, 1, 1)
_FONT = {"name": TABLE_FONT, "size": 9}
_COLOURS = ("#1F4E79", "#C55A11", "#548235", "#7F7F7F", "#BF9000", "#7030A0")
_DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "square_dot")


def add_chart(book: Any, sheet: Any, chart: Chart, *, row: int, formats: dict[str, Any]) -> Any:
    """Write the chart's data from ``row`` of the sheet on; the chart over them, not placed yet.

    formats : ``heading``, ``text`` and ``figure`` of the workbook
    """
    sheet.write_blank(row, 0, None, formats["heading"])
    for column, series in enumerate(chart.series, 1):
        sheet.write_string(row, column, printable(series.name), formats["heading"])
    for index, category in enumerate(chart.categories, row + 1):
        sheet.write_string(index, 0, printable(category), formats["text"])
        for column, series in enumerate(chart.series, 1):
            value = series.values[index - row - 1]
            if value is not None:
                sheet.write_number(index, column, value, formats["figure"])
    last = row + len(chart.categories)
    made = book.add_chart({"type": str(chart.kind)})
    for number in range(len(chart.series)):
        made.add_series(_series(chart.kind, sheet.get_name(), row, last, number))
    made.set_title({"name": _name(chart.title), "name_font": {"name": TABLE_FONT, "size": 11}, "overlay": False})
    made.set_x_axis({"num_font": _FONT, "label_position": "low", "minor_tick_mark": "none"})
    known = [value for series in chart.series for value in series.values if value is not None]
    made.set_y_axis(
        {
            # A column that does not stand on zero shows another proportion than its figures have.
            **({"min": 0} if chart.kind is ChartKind.COLUMN and min(known, default=0) >= 0 else {}),
            "num_format": "#,##0" if max(known, default=0) >= _THOUSANDS else "General",
            "minor_tick_mark": "none",
            "name": _name(chart.y_title),
            "name_font": _FONT,
            "num_font": _FONT,
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
        }
    )
    made.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": _FONT})
    made.show_blanks_as("gap")
    return made


def _name(text: str) -> str:
    """XlsxWriter takes a name such as x!A1 for a range of cells; the full-width mark reads the same."""
    return printable(text).replace("!", "！")


def _series(kind: ChartKind, sheet: str, row: int, last: int, number: int) -> dict[str, Any]:
    # Colour and dash both tell the lines apart: offices print in black and white.
    colour = _COLOURS[number % len(_COLOURS)]
    options: dict[str, Any] = {
        "name": [sheet, row, number + 1],
        "categories": [sheet, row + 1, 0, last, 0],
        "values": [sheet, row + 1, number + 1, last, number + 1],
    }
    if kind is ChartKind.LINE:
        options["line"] = {"color": colour, "width": 1.75, "dash_type": _DASHES[number % len(_DASHES)]}
        # A point between two gaps has no line: only its marker shows it.
        options["marker"] = {"type": "circle", "size": 4, "fill": {"color": colour}, "border": {"color": colour}}
    else:
        options["fill"] = {"color": colour}
    return options


def chart_part(chart: Chart) -> tuple[bytes, bytes]:
    """DrawingML of the chart, and the workbook with its data that Word opens for 编辑数据.

    The DrawingML refers to the workbook as relationship rId1.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        # Without a date of its own it would carry the present one, and no two files would be alike.
        book.set_properties({"created": _NO_DATE})
        sheet = book.add_worksheet("数据")
        formats = {name: book.add_format({"font_name": TABLE_FONT}) for name in ("heading", "text", "figure")}
        sheet.insert_chart(0, len(chart.series) + 2, add_chart(book, sheet, chart, row=0, formats=formats))
    with zipfile.ZipFile(io.BytesIO(buffer.getvalue())) as parts:
        drawing = parts.read("xl/charts/chart1.xml").decode()
    return _said_in_full(drawing, chart.kind).encode(), buffer.getvalue()


def _said_in_full(drawing: str, kind: ChartKind) -> str:
    """What XlsxWriter leaves to Excel's defaults; the schema's are others: gaps drawn as zero, lines as curves."""
    if kind is ChartKind.LINE:
        drawing = drawing.replace("</c:ser>", '<c:smooth val="0"/></c:ser>')
    drawing = drawing.replace('<c:plotVisOnly val="1"/>', '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/>', 1)
    font = f'<a:latin typeface="{TABLE_FONT}"/>'
    drawing = drawing.replace(font, f'{font}<a:ea typeface="{TABLE_FONT}"/>').replace('"en-US"', '"zh-CN"')
    # Order of c:chartSpace: the data's place stands before the print settings.
    link = '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData><c:printSettings>'
    return drawing.replace("<c:printSettings>", link, 1)
