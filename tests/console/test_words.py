"""Every word a page says is in the catalogue, in both languages, and none is left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from dashboards.console.words import catalogue

CONSOLE = Path(__file__).parents[2] / "dashboards" / "console"


def _strings(tree: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _families(tree: ast.AST) -> set[str]:
    """Keys put together at run time, by what stands before the first placeholder."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            head = str(node.values[0].value)
            if re.fullmatch(r"[a-z_]+\.", head):
                found.add(head)
    return found


def test_no_key_is_missing_and_none_is_idle() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in CONSOLE.glob("*.py")]
    said: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "t" and node.args:
                first = node.args[0]
                said |= {
                    n.value
                    for n in (first, *(getattr(first, a, None) for a in ("body", "orelse")))
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    strings: set[str] = set().union(*(_strings(tree) for tree in trees))
    families: set[str] = set().union(*(_families(tree) for tree in trees))
    known = set(catalogue())
    assert said <= known
    assert {key for key in known if key not in strings and not key.startswith(tuple(families))} == set()


def test_both_languages_take_the_same_values() -> None:
    for key, (zh, en) in catalogue().items():
        fields = [set(re.findall(r"{(\w+)", text)) for text in (zh, en)]
        assert fields[0] == fields[1], key
        assert zh.strip() or key == "", key
