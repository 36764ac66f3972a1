"""What is kept of a document is the document."""

from __future__ import annotations

from dataclasses import replace

from domain.report import PageBreak, Paragraph, Signature, Table
from domain.report_versions import Source
from response.reports.content import decode, encode
from response.reports.differences import differences, with_sources
from tests.dashboards.reports.sample import document, enterprises, hostile


def test_a_document_comes_back_as_it_was() -> None:
    leaves = replace(document(), blocks=(*document().blocks, PageBreak()), number="甬高新能〔2026〕12号", compact=True)
    for each in (document(), hostile(), leaves):
        assert decode(encode(each)) == each
    assert encode(document()) == encode(document())


def test_differences_are_told_as_printed_and_only_where_the_print_differs() -> None:
    before = document(rows=2)
    table = enterprises(3)
    rows = list(table.rows)
    rows[0] = (rows[0][0], rows[0][1], 1234.5, rows[0][3])  # was 1234.567: 1,234.57
    rows[1] = (rows[1][0], rows[1][1], rows[1][2], None)
    after = replace(
        before, blocks=tuple(replace(table, rows=tuple(rows)) if b == enterprises(2) else b for b in before.blocks)
    )

    found = [(d.row, d.column, d.before, d.after) for d in differences(before, after)]

    assert found == [
        ("宁波第1精密机械有限公司", "综合能耗（tce）", "1,234.57", "1,234.50"),
        ("宁波第2精密机械有限公司", "同比", "2.5%", "—"),
        ("宁波第3精密机械有限公司", "截止日", "—", "2026-06-30"),
        ("宁波第3精密机械有限公司", "综合能耗（tce）", "—", "3,703.70"),
        ("宁波第3精密机械有限公司", "同比", "—", "3.7%"),
    ]
    assert differences(before, before) == ()
    assert [d.after for d in differences(after, before)][-1] == "—"


def test_two_rows_of_one_name_are_told_apart() -> None:
    table = enterprises(2)
    twins = replace(table, rows=(table.rows[0], table.rows[0]))
    changed = replace(table, rows=(table.rows[0], (table.rows[0][0], table.rows[0][1], 1.0, table.rows[0][3])))
    before, after = (replace(document(), blocks=(each,)) for each in (twins, changed))

    assert [d.row for d in differences(before, after)] == ["宁波第1精密机械有限公司 (2)"]


def test_only_digests_are_cut_and_leaves_to_hand_out_keep_their_sources_behind() -> None:
    sources = (Source("调度令", "20260727-ca56 第12版", ""), Source("读数", "ab" * 32, ""))

    signed = with_sources((Paragraph("正文"), Signature(("签发人：",))), sources)
    leaves = with_sources((Signature(("回执",)), PageBreak(), Signature(("回执",))), sources)

    assert [type(block) for block in signed] == [Paragraph, Table, Signature]
    assert isinstance(signed[1], Table)
    assert [row[1] for row in signed[1].rows] == ["20260727-ca56 第12版", "ab" * 8]
    assert isinstance(leaves[-2], PageBreak)
    assert leaves[-1] == signed[1]
