"""Header and footer of Word: title, version, page numbers; the watermark and the drill mark stand on every page."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.section import Section

from dashboards.reports.typography import DRILL, HEADING_FONT, TABLE_FONT, made_line, printable, title_of
from domain.report import Document

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_WATERMARK = """
<w:r {w} xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><w:pict>
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"
  path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>
  <v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>
  <v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>
  <v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/>
  <o:lock v:ext="edit" text="t" shapetype="t"/></v:shapetype>
<v:shape id="Watermark1" o:spid="_x0000_s2049" type="#_x0000_t136" o:allowincell="f" fillcolor="#d0d0d0" stroked="f"
  style="position:absolute;margin-left:0;margin-top:0;width:{width}pt;height:{height}pt;rotation:320;z-index:-251658752;
mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;
mso-position-vertical-relative:margin"><v:fill opacity=".45"/>
<v:textpath style="font-family:&quot;{font}&quot;;font-size:1pt" string={text}/></v:shape></w:pict></w:r>"""


def put_margins(section: Section, document: Document) -> None:
    header: Any = section.header.paragraphs[0]
    header.paragraph_format.first_line_indent = 0
    header._p.append(parse_xml(_run(f"{title_of(document)}")))
    if mark := _marked(document):
        header._p.append(parse_xml(_watermark(mark)))
    if document.watermark:
        header._p.append(parse_xml(_run(f"　{document.watermark}")))
    footer: Any = section.footer.paragraphs[0]
    for xml in (
        _run(f"{made_line(document)}　　第 "),
        _field("PAGE"),
        _run(" 页　共 "),
        _field("NUMPAGES"),
        _run(" 页"),
    ):
        footer._p.append(parse_xml(xml))


def _marked(document: Document) -> str:
    return f"{DRILL if document.drill else ''}{document.watermark or ''}"


def _watermark(text: str) -> str:
    # The text is stretched to the shape: as wide as the page allows, as high as its characters ask.
    width = 440
    height = max(16, min(90, round(2 * width / max(8, len(text)))))
    return _WATERMARK.format(
        w=_W, width=width, height=height, font=HEADING_FONT, text=quoteattr(printable(text))
    ).strip()


def _run(text: str) -> str:
    return f'<w:r {_W}>{_PROPERTIES}<w:t xml:space="preserve">{escape(printable(text))}</w:t></w:r>'


def _field(code: str) -> str:
    return f'<w:fldSimple {_W} w:instr=" {code} "><w:r>{_PROPERTIES}<w:t>1</w:t></w:r></w:fldSimple>'


_PROPERTIES = f'<w:rPr><w:rFonts w:eastAsia="{TABLE_FONT}"/><w:color w:val="595959"/><w:sz w:val="18"/></w:rPr>'
