"""Every paper of the product is opened by a real office program, and its pages are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.reports.typography import title_of
from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.report import Signature
from tests.dashboards.reports.every import every_document
from tests.servers.libreoffice import Printer

FORMS = {"docx": docx_bytes, "xlsx": xlsx_bytes}


@pytest.mark.long
def test_every_paper_opens_and_no_signature_stands_alone_on_a_page(tmp_path: Path, printed: Printer) -> None:
    papers = dict(every_document(tmp_path))
    for form, render in FORMS.items():
        files, folder = [tmp_path / f"{name}.{form}" for name in papers], tmp_path / form
        folder.mkdir()
        for path, document in zip(files, papers.values(), strict=True):
            path.write_bytes(render(document))
        pages = printed(files, folder)
        assert set(pages) == set(papers), "a file without a PDF did not open"
        for name, document in papers.items():
            assert _plain(title_of(document)) in _plain(pages[name][0]), (name, form)
            assert all(_plain(page).endswith("页") or "第" in page for page in pages[name]), (name, form)
            if document.drill:
                assert all("【演练】" in page for page in pages[name]), (name, form)
        if form == "docx":
            assert [name for name, document in papers.items() if _alone(document.blocks[-1], pages[name])] == []


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def _alone(last: object, pages: list[str]) -> bool:
    """Whether the last page says nothing before its signature but the header."""
    if not isinstance(last, Signature) or len(pages) == 1:
        return False
    lines = [_plain(line) for line in pages[-1].splitlines() if line.strip()]
    first = _plain(last.lines[0])
    return first in lines[:2]
