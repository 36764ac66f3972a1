"""Tables of Word as XML in one piece: cell by cell python-docx takes seconds for the table of a district."""

from __future__ import annotations

from xml.sax.saxutils import escape

from dashboards.reports.typography import LATIN_FONT, TABLE_FONT, display_width, heading_text, printable
from domain.report import Cell, Column, ColumnKind, Quantity, Table, shown

PORTRAIT_CM = 17.0
_CM_PER_HALF = 0.19  # half a Chinese character of 10 points, with a little air
_WIDEST_CM, _NARROWEST_CM, _PADDING_CM = 6.5, 1.3, 0.45
_LABEL_CM = 5.0
_CELL_MARGIN_CM, _USUAL_SIZE = 0.22, 10
_SHORT = 8
NOTHING = "无"  # under headings that have no row, so that nobody looks for a page that was lost
_TWIPS_PER_CM = 567
_RIGHT = (ColumnKind.NUMBER, ColumnKind.PERCENT)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="7F7F7F"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def natural_width_cm(table: Table) -> float:
    """What the table would like to have."""
    return sum(_widths(table))


def table_xml(table: Table, width_cm: float, *, headed: bool = True, with_next: bool = False) -> str:
    """``w:tbl``; the first row is repeated on each page and no row is split over two.

    headed : False = labels and values in turn, without a row of headings
    with_next : the last rows stay on the page of what follows
    """
    widths = _fitted(_widths(table), width_cm) if headed else _of_facts(len(table.columns), width_cm)
    size = 10 if len(table.columns) <= 8 else 8 if len(table.columns) <= 16 else 6
    # Short tables move as a whole: not every program keeps single rows with the next paragraph.
    kept = 0 if not with_next else len(table.rows) if len(table.rows) <= _SHORT else 2
    rows = [_heading_row(table, widths, size, with_next=kept == len(table.rows))] if headed else []
    for left, row in zip(range(len(table.rows), 0, -1), table.rows, strict=True):
        cells = (
            _cell(
                shown(cell, column),
                width,
                size,
                _align(cell, column, headed),
                shaded=not headed and number % 2 == 0,
                with_next=left <= kept,
            )
            for number, (cell, column, width) in enumerate(zip(row, table.columns, widths, strict=True))
        )
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    if headed and not table.rows:
        rows.append(f"<w:tr>{_cell(NOTHING, sum(widths), size, 'center', span=len(widths))}</w:tr>")
    grid = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    return (
        '<w:tbl xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:tblPr>'
        f'<w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _heading_row(table: Table, widths: list[float], size: float, *, with_next: bool) -> str:
    # Bold is a tenth wider.
    halves = [0.9 * (width - _CELL_MARGIN_CM) / _CM_PER_HALF * _USUAL_SIZE / size for width in widths]
    texts = map(heading_text, table.columns, halves)
    cells = (
        _cell(text, width, size, "center", shaded=True, bold=True, with_next=with_next)
        for text, width in zip(texts, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"


def _align(cell: Cell, column: Column, headed: bool) -> str:
    if not headed:
        return "left"
    if column.kind in _RIGHT or isinstance(cell, (int, float, Quantity)):
        return "right"
    return "center" if column.kind is ColumnKind.DATE else "left"


def _cell(
    text: str,
    width_cm: float,
    size: float,
    align: str,
    *,
    shaded: bool = False,
    bold: bool = False,
    with_next: bool = False,
    span: int = 1,
) -> str:
    over = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EAF0F7"/>' if shaded else ""
    weight = "<w:b/>" if bold else ""
    keep = "<w:keepNext/>" if with_next else ""
    lines = '</w:t><w:br/><w:t xml:space="preserve">'.join(escape(line) for line in printable(text).split("\n"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width_cm)}" w:type="dxa"/>{over}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr>{keep}<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'
        f'<w:jc w:val="{align}"/></w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{LATIN_FONT}" w:hAnsi="{LATIN_FONT}" w:eastAsia="{TABLE_FONT}"/>{weight}'
        f'<w:sz w:val="{round(size * 2)}"/></w:rPr><w:t xml:space="preserve">{lines}</w:t></w:r></w:p></w:tc>'
    )


def _widths(table: Table) -> list[float]:
    """By the longest cell; a heading wraps, so half of it is enough."""
    found = []
    for number, column in enumerate(table.columns):
        widest = max((display_width(shown(row[number], column)) for row in table.rows), default=0)
        halves = max(widest, display_width(column.heading) / 2 + 1)
        found.append(min(max(halves * _CM_PER_HALF + _PADDING_CM, _NARROWEST_CM), _WIDEST_CM))
    return found


def _fitted(widths: list[float], width_cm: float) -> list[float]:
    """Stretched or squeezed to the page in proportion."""
    scale = width_cm / sum(widths)
    return [width * scale for width in widths]


def _of_facts(columns: int, width_cm: float) -> list[float]:
    """Labels and values in turn; a label that stands alone on its line may be longer."""
    pair = 2 * width_cm / columns
    label = _LABEL_CM if columns == 2 else 0.35 * pair
    return [label, pair - label] * (columns // 2)


def _twips(cm: float) -> int:
    return round(cm * _TWIPS_PER_CM)
