"""Visits with what follows them, and lots that anyone can draw again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.inspections import Visit, VisitKind, draw_pairs
from domain.people import Principal, Role
from tests.response.orderly.season import DAY, OTTO, season


def test_a_lot_is_kept_with_its_seed_and_comes_out_again(tmp_path: Path) -> None:
    with season(tmp_path) as own:
        first = own.desk.visits.draw(OTTO, 3, ("王", "李", "赵"))
        own.clock.set(own.clock.now() + timedelta(minutes=1))
        second = own.desk.visits.draw(OTTO, 3, ("王", "李", "赵"))
        assert first.seed != second.seed
        assert own.desk.visits.lots(OTTO)[-1] == first
        assert draw_pairs(first.seed, first.pool, first.officers, 3) == first.pairs
        assert len({pair.enterprise for pair in first.pairs}) == 3
        assert all(len(set(pair.officers)) == 2 for pair in first.pairs)
        assert len(first.pool) == 8
        for count, officers in ((3, ("王", "王")), (0, ("王", "李")), (9, ("王", "李"))):
            with pytest.raises(Invalid):
                own.desk.visits.draw(OTTO, count, officers)

        given = Visit("", "E002", VisitKind.RANDOM, DAY, ("王", "李"), "报装容量不符", "", follow_up="更正")
        kept = own.desk.visits.record(Principal("ida", Role.OFFICER), given, b"photo")
        assert kept.open
        assert (kept.actor, len(kept.photo_digest)) == ("ida", 64)
        assert not own.desk.visits.follow_up(OTTO, kept.id, done=True).open
        assert [each.done for each in own.desk.visits.visits(OTTO)] == [True]


def test_no_two_people_draw_with_a_seed_but_get_the_same() -> None:
    pool = tuple(f"E{n:03d}" for n in range(100))
    assert draw_pairs("a", pool, ("王", "李", "赵"), 5) == draw_pairs("a", pool[::-1], ("赵", "王", "李"), 5)
    assert draw_pairs("a", pool, ("王", "李"), 5) != draw_pairs("b", pool, ("王", "李"), 5)
