"""Links between documents lead somewhere."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import app

ROOT = Path(__file__).parents[2]
TOP = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")]
CHINESE = [ROOT / "README.zh.md", *sorted((ROOT / "docs" / "zh").glob("*.md"))]
DOCUMENTS = [*TOP, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_relative_links_exist(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"make ([a-z-]+)", text)) <= set(targets)


@cache
def _commands() -> Any:
    return get_command(app)


def _command(words: list[str]) -> Any:
    """The command these words name; None where they name nothing, or only a group."""
    command: Any = _commands()
    for word in words:
        inner = getattr(command, "commands", None)
        if inner is None:
            return command
        if word not in inner:
            return None
        command = inner[word]
    alone = not hasattr(command, "commands") or command.invoke_without_command
    return command if alone else None


@pytest.mark.parametrize("document", CHINESE, ids=lambda p: p.name)
def test_the_chinese_handbooks_name_commands_that_exist(document: Path) -> None:
    """Every command with every option, as it stands in the text."""
    lines = re.findall(r"yingfeng ((?:[a-z][a-z-]*)(?: [^`\n|]*)?)", document.read_text(encoding="utf-8"))
    wrong = []
    for line in lines:
        words = line.split()
        found = _command([word for word in words if re.fullmatch(r"[a-z][a-z0-9-]*", word)])
        known = set() if found is None else {name for each in found.params for name in each.opts}
        if found is None or not set(re.findall(r"--[a-z-]+", line)) <= known:
            wrong.append(line)
    assert not wrong


@pytest.mark.parametrize("document", CHINESE, ids=lambda p: p.name)
def test_the_chinese_handbooks_name_buttons_that_exist(document: Path) -> None:
    words = tomllib.loads((ROOT / "dashboards" / "console" / "words.toml").read_text(encoding="utf-8"))
    known = {chinese for chinese, _ in words.values()}
    named = set(re.findall("「([^」]+)」", document.read_text(encoding="utf-8"))) - {""}
    assert named - {"标出"} <= known
