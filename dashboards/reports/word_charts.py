"""A native chart in Word: python-docx has none, so the chart part XlsxWriter makes is put into the package."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.text.run import Run

from dashboards.reports.charts import chart_part
from dashboards.reports.typography import printable
from domain.report import Chart

_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EMU_PER_CM = 360_000

_DRAWING = """
<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
  xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
  xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
  xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
  <wp:inline distT="0" distB="0" distL="0" distR="0">
    <wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/>
    <wp:docPr id="{number}" name="图 {number}" descr={title}/><wp:cNvGraphicFramePr/>
    <a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
      <c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="{relation}"/>
    </a:graphicData></a:graphic>
  </wp:inline>
</w:drawing>"""


def place_chart(run: Run, chart: Chart, *, number: int, size_cm: tuple[float, float]) -> None:
    """Put the chart into the run. number : of the chart in the document, from 1; size_cm : width and height"""
    drawing, workbook = chart_part(chart)
    package = run.part.package
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, drawing, package)
    data = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _WORKBOOK, workbook, package)
    # The drawing names its workbook rId1: the first relation of a new part.
    part.relate_to(data, RELATIONSHIP_TYPE.PACKAGE)
    relation = run.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    xml = _DRAWING.format(
        width=int(size_cm[0] * _EMU_PER_CM),
        height=int(size_cm[1] * _EMU_PER_CM),
        number=number,
        title=quoteattr(printable(chart.title)),
        relation=relation,
    )
    run.element.append(parse_xml(xml.strip()))
