from __future__ import annotations

import pytest

from domain.sectors import division, division_name_zh, sector_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C3911 计算机整机制造", "C3911"),
        ("3911", "C3911"),
        ("ｃ３９", "C39"),
        ("44", "D44"),
        ("05", "A05"),
        ("B39", ""),  # section B ends before 39
        ("99", ""),
        ("00", ""),
        ("电子", ""),
        ("", ""),
    ],
)
def test_what_people_write_becomes_a_code(text: str, code: str) -> None:
    assert sector_code(text) == code


def test_a_division_has_two_digits_and_a_word_stays_a_word() -> None:
    assert division("C3911 计算机整机制造") == "C39"
    assert division(" 电子 ") == "电子"
    assert division_name_zh("C39").endswith("电子设备制造业")
    assert division_name_zh("电子") == "电子"
