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


def with_task(folder: Path, year: int, decline: float) -> Path:
    """Energy and carbon intensity are to fall by ``decline`` in the year."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (SHIPPED / "energy_targets.toml").read_text(encoding="utf-8")
    task = f'year = {year}\ndecline = {decline}\nsource = "甬能源〔{year}〕2号"\n'
    tasks = "".join(f'[[task]]\nindicator = "{each}"\n{task}' for each in ("energy_intensity", "co2_intensity"))
    (folder / "energy_targets.toml").write_text(text.replace("[[edition]]", f"{tasks}[[edition]]", 1), encoding="utf-8")
    return folder
