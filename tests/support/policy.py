"""The shipped policy with one rule changed, in a folder for ``district.policy_path``."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "config" / "policy"


def without_duration(folder: Path, rule: str = "approved_demand") -> Path:
    """``rule`` fires at the first excess: its own minimum duration is minutes of real time."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SHIPPED.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        head, mark, rest = text.partition(f"[edition.{rule}]")
        before, key, after = rest.partition("minimum_s = ")
        number, end, left = after.partition("\n")
        if key:
            rest = f"{before}{key}0 #{number}{end}{left}"
        (folder / file.name).write_text(head + mark + rest, encoding="utf-8")
    return folder
