"""Dated terms of programmes, and the mistakes a district's own file may hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.policy import load_policy
from config.policy_table import SHIPPED
from domain.dr import Commitment, Direction, Lead
from domain.errors import Invalid, NotFound


def _own(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.joinpath("programmes.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "programmes.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


def test_the_shipped_programmes_have_their_sources() -> None:
    table = load_policy().programmes
    assert {each.id for each in table.programme} == {"zj_dayahead", "zj_dayahead_contract", "zj_intraday", "zj_fill"}
    terms = table.by_id("zj_dayahead").terms(date(2026, 7, 1))
    assert (terms.direction, terms.lead, terms.commitment) == (Direction.SHED, Lead.DAY_AHEAD, Commitment.INVITED)
    assert (terms.rule, terms.response_share, terms.minimum_minutes, terms.paid_share) == (2, 0.8, 60, 1.2)
    assert all(edition.source for each in table.programme for edition in each.edition)


def test_an_event_uses_the_edition_in_force_on_its_day(tmp_path: Path) -> None:
    newer = 'valid_from = 2026-07-15\nsource = "x"\nbaseline = "jiangsu_2015"\nrule = 1\nresponse_share = 0.8\n'
    newer += "minimum_minutes = 60\npaid_share = 1.2\nnotice_minutes = 60\nreply_minutes = 30\n"
    mark = '[[programme]]\nid = "zj_dayahead_contract"'
    path = _own(tmp_path, mark, f"[[programme.edition]]\n{newer}\n{mark}")
    programme = load_policy(path).programmes.by_id("zj_dayahead")
    assert programme.terms(date(2026, 7, 14)).rule == 2
    assert programme.terms(date(2026, 7, 15)).rule == 1
    assert programme.terms(date(2026, 7, 15)).price_yuan_per_kwh is None
    with pytest.raises(Invalid, match="not in force"):
        programme.terms(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('baseline = "cn_workday5"', 'baseline = "jiangsu_realtime_2015"', "reads nothing of the event day"),
        ('baseline = "cn_workday5"', 'baseline = "nobody"', "zj_dayahead: baseline 'nobody'"),
        ("rule = 2", "rule = 3", "rule"),
        ("reply_minutes = 720", "reply_minutes = 1200", "due before the latest invitation"),
        ("price_high_yuan_per_kwh = 4.0", "price_high_yuan_per_kwh = 3.0", "outside its band"),
        ("paid_share = 1.2", "paid_share = 0.9", "paid_share"),
        ('id = "zj_fill"', 'id = "zj_intraday"', "stand twice"),
    ],
)
def test_a_mistake_in_a_districts_own_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        load_policy(_own(tmp_path, old, new))


def test_an_unknown_programme_is_told_with_the_known() -> None:
    with pytest.raises(NotFound, match="zj_fill"):
        load_policy().programmes.by_id("nobody")
