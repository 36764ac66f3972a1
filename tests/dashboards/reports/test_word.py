"""Word files read back with python-docx, and the parts python-docx does not know read as XML."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import docx
import openpyxl
from docx.oxml.ns import qn

from dashboards.reports.word import docx_bytes
from domain.report import Chart, Column, Signature, Table
from tests.dashboards.reports.sample import HOSTILE, document, enterprises, hostile


def _texts(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def _part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return parts.read(name).decode()


def test_figures_are_printed_with_their_digits_and_missing_ones_as_a_dash() -> None:
    word = docx.Document(io.BytesIO(docx_bytes(document())))

    facts, indicators, table = (_texts(each) for each in word.tables)
    assert facts == [["综合能耗", "3,691.96 tce"], ["降低率", "—"], ["名", "=A1"]]
    assert indicators[1:] == [
        ["综合能耗", "tce", "3,691.96"],
        ["万元增加值能耗", "tce/万元", "0.1900"],
        ["备注", "=1+1", "—"],
    ]
    assert ["".join(heading.split()) for heading in table[0]] == ["企业", "截止日", "综合能耗（tce）", "同比"]
    assert table[7] == ["宁波第7精密机械有限公司", "2026-06-30", "8,641.97", "—"]
    assert table[8][3] == "9.8%"


def test_headings_are_repeated_and_rows_stay_whole() -> None:
    table = docx.Document(io.BytesIO(docx_bytes(document()))).tables[2]

    properties = [row._tr.trPr for row in table.rows]
    assert [each.find(qn("w:tblHeader")) is not None for each in properties] == [True] + [False] * 12
    assert all(each.find(qn("w:cantSplit")) is not None for each in properties)


def test_headings_without_a_row_say_that_there_is_none() -> None:
    empty = replace(document(), blocks=(Table("补贴", (Column("企业"), Column("金额", "元")), ()),))
    [table] = docx.Document(io.BytesIO(docx_bytes(empty))).tables
    assert _texts(table)[1:] == [["无", "无"]]  # one cell over both columns


def test_every_text_names_a_chinese_font() -> None:
    data = docx_bytes(document())

    word = docx.Document(io.BytesIO(data))
    for name in ("Normal", "Heading 1", "Heading 2"):
        fonts = word.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("仿宋", "黑体")
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    for run in re.findall(r"<w:tc>.*?</w:tc>", _part(data, "word/document.xml"), re.DOTALL):
        assert 'w:eastAsia="宋体"' in run


def test_pages_are_a4_and_numbered() -> None:
    data = docx_bytes(document())

    section: Any = docx.Document(io.BytesIO(data)).sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    footer = section.footer._element.xml
    assert " PAGE " in footer
    assert " NUMPAGES " in footer
    assert "第1版" in footer


def test_a_wide_table_turns_the_page() -> None:
    wide = Table("宽表", tuple(Column(f"第{n}列的名称") for n in range(20)), (("很长的单元格内容",) * 20,))

    section: Any = docx.Document(io.BytesIO(docx_bytes(replace(document(), blocks=(wide,))))).sections[0]

    assert section.page_width > section.page_height


def test_charts_share_a_line_of_a_wide_page_and_a_signature_keeps_the_rows_before_it() -> None:
    wide = Table("宽表", tuple(Column(f"第{n}列的名称") for n in range(20)), (("很长的单元格内容",) * 20,))
    chart = next(block for block in document().blocks if isinstance(block, Chart))
    made = replace(document(), blocks=(chart, chart, chart, wide, Signature(("签发人：",))), number="甬〔2026〕1号")

    word = docx.Document(io.BytesIO(docx_bytes(made)))

    drawn = [len(p._p.findall(".//" + qn("w:drawing"))) for p in word.paragraphs]
    assert [count for count in drawn if count] == [2, 1]
    assert all(p.paragraph_format.keep_with_next for row in word.tables[0].rows for p in row.cells[0].paragraphs)
    assert "文号：甬〔2026〕1号" in [p.text for p in word.paragraphs]
    noted = docx.Document(io.BytesIO(docx_bytes(replace(made, blocks=(replace(wide, note="由大到小"),)))))
    assert all(p.paragraph_format.keep_with_next for row in noted.tables[0].rows for p in row.cells[0].paragraphs)


def test_watermark_and_drill_stand_in_the_header_of_every_page() -> None:
    header = docx.Document(io.BytesIO(docx_bytes(hostile()))).sections[0].header._element.xml

    assert 'string="【演练】张三 &amp; 李四 2026-07-05 09:30"' in header
    assert "【演练】高新区2026年6月能耗监测月报" in header
    assert "Watermark" not in docx.Document(io.BytesIO(docx_bytes(document()))).sections[0].header._element.xml


def test_texts_that_xml_cannot_carry_do_not_lose_the_document() -> None:
    table = docx.Document(io.BytesIO(docx_bytes(hostile()))).tables[0]

    assert [row[0] for row in _texts(table)][1:] == [each.replace("\x00", "").replace("\x0b", "") for each in HOSTILE]


def test_a_chart_is_native_and_carries_its_data() -> None:
    data = docx_bytes(document())

    chart = _part(data, "word/charts/chart1.xml")
    assert "<c:lineChart>" in chart
    assert re.findall(r"<c:v>([^<]*)</c:v>", chart)[-3:] == ["0.22", "0.21", "0.2"]
    assert '<c:externalData r:id="rId1">' in chart
    assert '<c:dispBlanksAs val="gap"/>' in chart
    assert "../embeddings/chart1.xlsx" in _part(data, "word/charts/_rels/chart1.xml.rels")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        book: Any = openpyxl.load_workbook(io.BytesIO(parts.read("word/embeddings/chart1.xlsx")))
    assert [list(row)[:3] for row in book.active.iter_rows(values_only=True)] == [
        [None, "2026年", "2025年"],
        ["1月", 0.21, 0.22],
        ["2月", None, 0.21],
        ["3月", 0.19, 0.2],
    ]


def test_equal_documents_give_equal_bytes() -> None:
    assert docx_bytes(document()) == docx_bytes(document())
    # Nothing inside carries the present time, the workbook of the chart included.
    with zipfile.ZipFile(io.BytesIO(docx_bytes(document()))) as parts:
        inner = zipfile.ZipFile(io.BytesIO(parts.read("word/embeddings/chart1.xlsx")))
    assert {info.date_time[0] for info in (*parts.infolist(), *inner.infolist())} == {1980}
    assert "2000-01-01" in inner.read("docProps/core.xml").decode()
    assert docx_bytes(document()) != docx_bytes(replace(document(), blocks=(enterprises(3),)))
