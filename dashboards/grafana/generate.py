"""Write the dashboards as JSON, the same bytes every time: ``python -m dashboards.grafana.generate``.

Run it after changing a panel and commit the result; a test compares. Needs the extra ``grafana-build``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana.boards import build_boards

FOLDER = Path(__file__).with_name("generated")


def _with_panel_ids(board: dict[str, Any]) -> dict[str, Any]:
    """Number the panels: Grafana would do so on the first save, and every plan after it would see a difference."""
    for number, panel in enumerate(board["panels"], start=1):
        panel["id"] = number
    return board


def generated() -> dict[str, str]:
    """Text of every file by name."""
    texts = {}
    for name, board in build_boards().items():
        plain = _with_panel_ids(json.loads(json.dumps(board, cls=JSONEncoder)))
        texts[name] = json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return texts


def write(folder: Path = FOLDER) -> None:
    for name, text in generated().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
