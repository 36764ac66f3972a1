from datetime import date
from pathlib import Path

import pytest

from config.calendar import DayKind
from config.policy import load_policy
from domain.errors import Invalid

LEVEL = """
[[edition.level]]
name = "{name}"
roman = "I"
label_zh = "红"
label_en = "red"
colour = "#ff0000"
from_ratio = {ratio}
begins = "at"
source = "test"
"""


def edition(valid_from: str, *levels: tuple[str, float]) -> str:
    head = f'[[edition]]\nvalid_from = {valid_from}\nsource = "test"\n'
    return head + "".join(LEVEL.format(name=name, ratio=ratio) for name, ratio in levels)


def test_the_shipped_tables_load() -> None:
    policy = load_policy()
    levels = policy.gap_levels.on(date(2026, 7, 1)).level
    assert [(level.name, level.from_ratio) for level in levels] == [
        ("blue", 0.0),
        ("yellow", 0.05),
        ("orange", 0.10),
        ("red", 0.20),
    ]
    assert all(level.source for level in levels)
    assert policy.calendar.kind(date(2026, 10, 1)) is DayKind.HOLIDAY


def test_a_districts_own_table_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "gap_levels.toml").write_text(edition("2026-01-01", ("甲", 0.1)), encoding="utf-8")
    policy = load_policy(tmp_path)
    assert [level.name for level in policy.gap_levels.on(date(2026, 7, 1)).level] == ["甲"]
    assert policy.calendar.kind(date(2026, 10, 1)) is DayKind.HOLIDAY


def test_each_day_uses_the_edition_in_force(tmp_path: Path) -> None:
    text = edition("2020-01-01", ("old", 0.1)) + edition("2026-07-01", ("new", 0.2))
    (tmp_path / "gap_levels.toml").write_text(text, encoding="utf-8")
    table = load_policy(tmp_path).gap_levels
    assert table.on(date(2026, 6, 30)).level[0].name == "old"
    assert table.on(date(2026, 7, 1)).level[0].name == "new"
    with pytest.raises(Invalid, match="no gap levels are in force on 2019-12-31"):
        table.on(date(2019, 12, 31))


def test_all_mistakes_of_all_tables_are_listed_together(tmp_path: Path) -> None:
    bad = edition("2026-01-01", ("a", 0.2), ("b", 1.5)) + '[[edition]]\nvalid_from = "soon"\nsource = ""\nlevel = []\n'
    (tmp_path / "gap_levels.toml").write_text(bad, encoding="utf-8")
    (tmp_path / "calendar.toml").write_text(
        '[[day]]\ndate = 2027-02-30x\nkind = "workday"\nsource = "s"\n', encoding="utf-8"
    )
    with pytest.raises(Invalid) as caught:
        load_policy(tmp_path)
    text = str(caught.value)
    for place in ("edition.0.level.1.from_ratio", "edition.1.valid_from", "edition.1.source", "edition.1.level"):
        assert place in text
    assert "calendar.toml: not valid TOML" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gap_levels.toml", edition("2026-01-01", ("a", 0.2), ("b", 0.1)), "mildest first"),
        ("gap_levels.toml", edition("2026-01-01", ("a", 0.1), ("a", 0.2)), "same name"),
        ("gap_levels.toml", edition("2026-01-01", ("a", 0.1)) + edition("2025-01-01", ("b", 0.1)), "in order"),
        ("gap_levels.toml", "", "edition"),
        ("calendar.toml", "holidays = 3\n", "holidays: unknown key"),
        ("calendar.toml", '[[day]]\ndate = 2027-01-01\nkind = "feast"\nsource = "s"\n', "day.0.kind"),
        ("calendar.toml", 2 * '[[day]]\ndate = 2027-01-01\nkind = "holiday"\nsource = "s"\n', "twice: 2027-01-01"),
    ],
)
def test_mistakes_and_what_they_say(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(Invalid, match=message):
        load_policy(tmp_path)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such folder"):
        load_policy(tmp_path / "absent")


def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "calendar.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="cannot be read"):
        load_policy(tmp_path)
