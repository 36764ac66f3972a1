from datetime import date
from pathlib import Path

import pytest

from config.policy import load_policy
from domain.errors import Invalid

SHIPPED = Path(__file__).parents[2] / "config" / "policy" / "tariffs.toml"


def test_every_band_has_its_source_and_confidence() -> None:
    table = load_policy().tariffs
    for edition in table.edition:
        assert edition.source
        for hours in (*edition.season, *edition.holiday):
            assert hours.source
            assert hours.confidence in ("H", "M", "L")


def test_an_enterprise_that_buys_directly_is_exempt_from_its_day_on(tmp_path: Path) -> None:
    exempt = '[[exempt]]\nenterprise = "E007"\nvalid_from = 2026-01-01\nsource = "合同"\n'
    text = SHIPPED.read_text(encoding="utf-8").replace("exempt = []", "")
    (tmp_path / "tariffs.toml").write_text(text + exempt, encoding="utf-8")
    table = load_policy(tmp_path).tariffs
    assert table.exempt_on("E007", date(2025, 12, 31)) is None
    found = table.exempt_on("E007", date(2026, 1, 1))
    assert found is not None
    assert found.source == "合同"
    assert table.exempt_on("E008", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('peak = ["16:00-23:00"]', 'peak = ["16:00-25:00"]', "not hours"),
        ('peak = ["16:00-23:00"]', 'peak = ["10:00-23:00"]', "overlap at 11:00"),
        ("months = [2, 3, 4, 5, 6, 9, 10, 11]", "months = [2, 3]", "each month needs exactly one season"),
    ],
)
def test_mistakes_are_told_by_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    (tmp_path / "tariffs.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        load_policy(tmp_path)
