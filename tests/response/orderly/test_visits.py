"""Visits with what follows them, and lots that anyone can draw again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.attachments import MOST_BYTES, Subject, media_type_of
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.inspections import Visit, VisitKind, draw_pairs
from domain.people import Principal, Role
from tests.response.orderly.season import DAY, NUMBER, OTTO, season


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
        kept = own.desk.visits.record(Principal("ida", Role.OFFICER), given)
        assert kept.open
        assert kept.actor == "ida"
        assert not own.desk.visits.follow_up(OTTO, kept.id, done=True).open
        assert [each.done for each in own.desk.visits.visits(OTTO)] == [True]


def test_no_two_people_draw_with_a_seed_but_get_the_same() -> None:
    pool = tuple(f"E{n:03d}" for n in range(100))
    assert draw_pairs("a", pool, ("王", "李", "赵"), 5) == draw_pairs("a", pool[::-1], ("赵", "王", "李"), 5)
    assert draw_pairs("a", pool, ("王", "李"), 5) != draw_pairs("b", pool, ("王", "李"), 5)


def test_papers_and_photographs_are_kept_whole_and_withdrawn_without_a_loss(tmp_path: Path) -> None:
    with season(tmp_path) as own:
        own.instruct()
        files, paper = own.desk.attachments, Subject.parse(f"instruction:{NUMBER}")
        kept = files.add(OTTO, paper, "C:\\scans\\7号.pdf", b"%PDF-1.7 paper")
        assert (kept.name, kept.media_type) == ("7号.pdf", "application/pdf")
        assert files.read(OTTO, kept.id)[1] == b"%PDF-1.7 paper"
        wrong = files.add(OTTO, paper, "x.jpg", b"\xff\xd8\xff\xe0 picture")
        assert files.withdraw(OTTO, wrong.id).withdrawn_by == "otto"
        assert [each.id for each in files.of(OTTO, paper)] == [kept.id]
        assert files.read(OTTO, wrong.id)[1].startswith(b"\xff\xd8\xff")
        with pytest.raises(Forbidden):
            files.of(Principal("e", Role.ENTERPRISE, EnterpriseId("E001")), paper)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("空.pdf", b"", "is empty"),
        ("page.pdf", b"<html><script>", "neither a PDF nor a picture"),
        ("photo.jpg", b"MZ program", "neither a PDF nor a picture"),
        ("film.png", b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), "larger than 15 MB"),
    ],
)
def test_what_is_no_paper_and_no_picture_is_refused_whatever_its_name(name: str, content: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        media_type_of(name, content)


def test_files_stand_beside_a_record_there_is(tmp_path: Path) -> None:
    with season(tmp_path) as own, pytest.raises(NotFound, match="no record"):
        own.desk.attachments.add(OTTO, Subject.parse("visit:v9"), "a.pdf", b"%PDF-1.7")
    with pytest.raises(Invalid, match="instruction:NUMBER"):
        Subject.parse("order:1")
