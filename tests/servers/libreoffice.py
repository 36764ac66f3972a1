"""LibreOffice as a fixture: what a real office program prints of a file."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.servers.process import find_binary

#: Of files of one kind and a folder for the PDFs: the pages of each as text, by the file's stem.
Printer = Callable[[Sequence[Path], Path], dict[str, list[str]]]


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printer:
    office = find_binary("soffice", package="libreoffice-writer-nogui libreoffice-calc-nogui")
    reader = find_binary("pdftotext", package="poppler-utils")
    home = tmp_path_factory.mktemp("libreoffice")

    def pages(files: Sequence[Path], folder: Path) -> dict[str, list[str]]:
        own = [f"-env:UserInstallation={home.as_uri()}", "--headless", "--norestore"]
        command = [office, *own, "--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
        environment = {**os.environ, "HOME": str(home)}
        subprocess.run(command, check=True, capture_output=True, timeout=300, env=environment)
        found = {}
        for path in sorted(folder.glob("*.pdf")):
            told = subprocess.run([reader, "-layout", str(path), "-"], check=True, capture_output=True)
            found[path.stem] = told.stdout.decode().rstrip("\f").split("\f")
        return found

    return pages
