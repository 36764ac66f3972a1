"""A document as a Word file: A4, Chinese fonts, repeated table headings, page numbers, native charts.

Equal documents give equal bytes, so that a digest says whether two files are the same.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import docx
from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.run import Run

from dashboards.reports.typography import (
    BODY_FONT,
    HEADING_FONT,
    LATIN_FONT,
    TABLE_FONT,
    made_line,
    number_line,
    printable,
    title_of,
)
from dashboards.reports.word_charts import place_chart
from dashboards.reports.word_margins import put_margins
from dashboards.reports.word_tables import PORTRAIT_CM, natural_width_cm, table_xml
from domain.report import (
    Block,
    Chart,
    Column,
    Document,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    shown_quantity,
)

_LANDSCAPE_CM = 25.7


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Type in points, the rest in cm. headings : of the three levels; air : points above a heading and a caption"""

    title: float
    subtitle: float
    small: float
    body: float
    headings: tuple[float, float, float]
    air: float
    line: float
    chart_cm: float
    top_cm: float
    bottom_cm: float


USUAL = _Sizes(22, 14, 10.5, 12, (15, 13, 12), 12, 1.5, 8.0, 2.5, 2.2)
SEVERAL_CM = 6.6
COMPACT = _Sizes(16, 10.5, 9, 10, (11, 10.5, 10), 4, 1.15, 5.0, 1.9, 1.5)


def docx_bytes(document: Document) -> bytes:
    """A .docx. Landscape when a table needs it."""
    word = docx.Document()
    wide = any(natural_width_cm(table) > PORTRAIT_CM for table in document.tables())
    sizes = COMPACT if document.compact else USUAL
    _set_page(word, sizes, landscape=wide)
    _set_styles(word, sizes)
    _set_properties(word, document)
    put_margins(word.sections[0], document)
    _Body(word, _LANDSCAPE_CM if wide else PORTRAIT_CM, sizes).write(document)
    buffer = io.BytesIO()
    word.save(buffer)
    return _with_fixed_dates(buffer.getvalue())


class _Body:
    def __init__(self, word: WordFile, width_cm: float, sizes: _Sizes) -> None:
        self._word = word
        self._width_cm = width_cm
        self._sizes = sizes
        self._tables = 0
        self._charts = 0

    def write(self, document: Document) -> None:
        title = self._line(title_of(document), size=self._sizes.title, font=HEADING_FONT, centred=True)
        title.paragraph_format.space_before = Pt(self._sizes.air)
        if document.subtitle:
            self._line(document.subtitle, size=self._sizes.subtitle, font=BODY_FONT, centred=True)
        for line in filter(None, (number_line(document), made_line(document))):
            self._line(line, size=self._sizes.small, font=BODY_FONT, centred=True, grey=True)
        for drawn, run in groupby(pairwise((*document.blocks, None)), lambda pair: isinstance(pair[0], Chart)):
            if drawn:
                self._charts_abreast([block for block, _ in run if isinstance(block, Chart)])
                continue
            for block, after in run:
                self._block(block, signed=isinstance(after, Signature))
        if document.source_note:
            self._line(f"数据来源：{document.source_note}", size=9, font=TABLE_FONT, grey=True)

    def _block(self, block: Block | None, *, signed: bool) -> None:
        """signed : the signature follows, which must not stand on a page of its own"""
        if isinstance(block, Heading):
            self._word.add_heading(printable(block.text), level=min(max(block.level, 1), 3))
        elif isinstance(block, Paragraph):
            paragraph = self._word.add_paragraph(printable(block.text))
            paragraph.paragraph_format.first_line_indent = Pt(2 * self._sizes.body)
            paragraph.paragraph_format.keep_with_next = signed
        elif isinstance(block, Table):
            self._table(block, signed=signed)
        elif isinstance(block, Facts):
            self._facts(block)
        elif isinstance(block, Signature):
            self._signature(block)
        elif isinstance(block, PageBreak):
            self._word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _charts_abreast(self, charts: list[Chart]) -> None:
        """Two on a line of a landscape page, and lower where there are several: three fill a page."""
        abreast = 2 if self._width_cm > PORTRAIT_CM and len(charts) > 1 else 1
        height_cm = self._sizes.chart_cm if len(charts) < 3 else min(self._sizes.chart_cm, SEVERAL_CM)
        width_cm = min(self._width_cm, abreast * PORTRAIT_CM) / abreast - (abreast - 1) * 0.2
        for at in range(0, len(charts), abreast):
            paragraph = self._word.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.line_spacing = 1.0
            paragraph.paragraph_format.space_after = Pt(6)
            for chart in charts[at : at + abreast]:
                self._charts += 1
                place_chart(paragraph.add_run(), chart, number=self._charts, size_cm=(width_cm, height_cm))

    def _table(self, table: Table, *, signed: bool) -> None:
        self._tables += 1
        caption = self._line(
            f"表{self._tables}　{table.title}", size=self._sizes.small, font=HEADING_FONT, centred=True
        )
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(self._sizes.air / 2)
        # A note is not left alone on the next page, and neither is the signature.
        self._append(table_xml(table, self._width_cm, with_next=signed or bool(table.note)))
        note = self._line(f"注：{table.note}" if table.note else "", size=9, font=TABLE_FONT, grey=True)
        note.paragraph_format.space_before = Pt(3)
        note.paragraph_format.keep_with_next = signed

    def _facts(self, facts: Facts) -> None:
        cells = [
            part if isinstance(part, str) else shown_quantity(part, with_unit=True)
            for pair in facts.pairs
            for part in pair
        ]
        wide = 2 * facts.abreast
        cells += [""] * (-len(cells) % wide)
        rows = tuple(tuple(cells[at : at + wide]) for at in range(0, len(cells), wide))
        table = Table("", (Column("项目"), Column("内容")) * facts.abreast, rows)
        self._append(table_xml(table, self._width_cm, headed=False))
        self._line("", size=self._sizes.air / 2, font=TABLE_FONT)

    def _signature(self, signature: Signature) -> None:
        for line in signature.lines:
            paragraph = self._line(line, size=self._sizes.body, font=BODY_FONT)
            paragraph.paragraph_format.space_before = Pt(1.5 * self._sizes.air)
            paragraph.paragraph_format.keep_with_next = True

    def _append(self, xml: str) -> None:
        # The section's properties stay last in the body.
        self._word.element.body.insert_element_before(parse_xml(xml), "w:sectPr")

    def _line(self, text: str, *, size: float, font: str, centred: bool = False, grey: bool = False) -> Any:
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        # An empty line is as high as its mark, which has the size of the body unless it is told.
        paragraph.paragraph_format.line_spacing = 1.15 if text else Pt(size)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(printable(text))
        run.font.size = Pt(size)
        _set_font(run, font)
        if grey:
            run.font.color.rgb = RGBColor(0x59, 0x59, 0x59)
        return paragraph


def _set_font(run: Run, east_asia: str) -> None:
    """Without w:eastAsia Word takes the Latin font's fallback for Chinese text."""
    run.font.name = LATIN_FONT
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east_asia)


def _set_styles(word: WordFile, sizes: _Sizes) -> None:
    headings = [(f"Heading {level}", HEADING_FONT, size) for level, size in enumerate(sizes.headings, 1)]
    for name, font, size in (("Normal", BODY_FONT, sizes.body), *headings):
        style: Any = word.styles[name]
        style.font.name = LATIN_FONT
        style.font.size = Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            # A theme font goes before a named one.
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
        if name != "Normal":
            style.font.bold = False
            style.font.color.rgb = RGBColor(0, 0, 0)
            style.paragraph_format.space_before = Pt(sizes.air)
            style.paragraph_format.space_after = Pt(sizes.air / 2)
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.line_spacing = sizes.line
    normal.paragraph_format.space_after = Pt(0)


def _set_page(word: WordFile, sizes: _Sizes, *, landscape: bool) -> None:
    section = word.sections[0]
    short, long = Cm(21.0), Cm(29.7)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(sizes.top_cm), Cm(sizes.bottom_cm)


def _set_properties(word: WordFile, document: Document) -> None:
    made = document.made_at.replace(tzinfo=None)
    properties = word.core_properties
    properties.title = title_of(document)[:255]
    properties.subject = printable(document.subtitle)[:255]
    properties.version = printable(document.version)[:255]
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = made
    properties.language = "zh-CN"


def _with_fixed_dates(data: bytes) -> bytes:
    """The archive again, its members dated alike: the same document is the same file on another day."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
