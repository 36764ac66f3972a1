"""docs/mappings.md: its worked example does what the page says, and the page has every key."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel
from typer.testing import CliRunner

from app.cli import app
from config.mapping_table import HistoryRule, MappingTable, MessageRule, QualityRule, QuantityRule, ReplyRule, TimeRule
from config.mappings import shipped_names

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w*\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found is not None, name
    return found[1]


def test_the_worked_example_runs_and_says_what_the_page_shows(tmp_path: Path) -> None:
    mapping, sample = tmp_path / "acme.toml", tmp_path / "payload.json"
    mapping.write_text(example("mapping"), encoding="utf-8")
    sample.write_text(example("payload"), encoding="utf-8")
    done = CliRunner().invoke(app, ["mapping", "test", str(mapping), "--sample", str(sample), "--topic", "acme/up/GW7"])
    assert done.exit_code == 0, done.output
    assert done.output.endswith(example("output"))


def test_every_key_stands_on_the_page() -> None:
    models: tuple[type[BaseModel], ...] = (
        MappingTable,
        MessageRule,
        TimeRule,
        QuantityRule,
        QualityRule,
        ReplyRule,
        HistoryRule,
    )
    keys = {name for model in models for name in model.model_fields}
    missing = {
        key for key in keys if f"`{key}`" not in PAGE and f"`[{key}]`" not in PAGE and f"`[[{key}]]`" not in PAGE
    }
    assert not missing


def test_every_shipped_mapping_stands_on_the_page() -> None:
    assert [name for name in shipped_names() if f"| `{name}` |" not in PAGE] == []
