"""复盘: a day with an event and an order, told in order and drawn with what was saved."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import cast

import docx
import pytest

from api.schemas.review import ReviewOut
from dashboards.console import review, words
from dashboards.console.visit import Visit
from domain.instants import to_ms
from domain.orderly import Instruction, InstructionKind
from response.dr import review_moments
from tests.console.test_orderly_pages import Placed
from tests.response.dr.district import DAY, END, LEVELS, OTTO, START, Scene
from tests.response.dr.test_event import confirmed


@pytest.fixture
def reviewed(stage: Scene) -> Scene:
    """E001 sheds 300 kW in the event; the others draw what is usual."""
    event = confirmed(stage)
    stage.ledger.orderly.instructions.put(
        "otto",
        "9号",
        Instruction("9号", "供电公司", InstructionKind.START, START - timedelta(hours=1), "otto", "A", 2000.0),
        after=0,
    )
    stage.tick(START + timedelta(minutes=1))
    at = START
    while at < END:
        block = {e: stage.usual(e, at) - (300.0 if e == "E001" else 0.0) for e in LEVELS}
        stage.load(block, at, at + timedelta(minutes=15))
        at += timedelta(minutes=15)
    stage.tick(END + timedelta(minutes=20))
    ended = stage.dr.book.get(OTTO, event.id)
    stage.dr.settlements.verify(OTTO, event.id, ended.version)
    return stage


def test_the_curves_the_peak_and_the_story_are_of_the_day(reviewed: Scene) -> None:
    found = reviewed.dr.review.review(OTTO, DAY)
    at = found.ts_ms.index(to_ms(START))
    assert found.load_kw[at] is not None
    restored = found.restored_kw[at]
    assert restored is not None
    assert restored - cast(float, found.load_kw[at]) == pytest.approx(found.reduction_kw[at])
    assert found.reduction_kw[at] >= 300.0 * 0.8
    assert found.band_kw[at] > 0
    assert [m.at_ms for m in found.moments] == sorted(m.at_ms for m in found.moments)
    told = [(m.what, m.source) for m in found.moments]
    assert ("instruction", "9号") in told
    assert {what for what, _ in told} >= {"step", "notice", "reply", "instruction"}
    invitations = next(m for m in found.moments if m.what == "notice")
    assert "条" in invitations.text
    answers = [m for m in found.moments if m.what == "reply" and "可以响应" in m.text]
    assert len(answers) == 1, "plain answers of one minute stand together"
    assert "户" in answers[0].text


def test_page_api_and_paper_say_the_same(reviewed: Scene) -> None:
    found = reviewed.dr.review.review(OTTO, DAY)
    out = ReviewOut.of(found, reviewed.settings.district.zone)
    assert out.restored_peak_kw == found.restored_peak_kw
    assert found.restored_peak_kw is not None
    visit = cast(Visit, Placed("zh"))
    at = review.first_look(found)
    assert f"{found.restored_peak_kw / 1000:,.2f}" in review.facts_markup(visit, found, at)
    paper = docx.Document(io.BytesIO(reviewed.dr.archive.rendered(reviewed.dr.review.paper(OTTO, DAY), "docx")))
    text = " ".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    assert f"{found.restored_peak_kw:,.0f}" in text


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_scrubbing_shows_what_had_happened_by_then(language: str, reviewed: Scene) -> None:
    visit = cast(Visit, Placed(language))
    found = reviewed.dr.review.review(OTTO, DAY)
    last = len(found.ts_ms) - 1
    early = sum(m.at_ms < found.ts_ms[0] + 900_000 for m in found.moments)
    assert f"{early}" in review.moments_markup(visit, found, 0)
    assert f"{len(found.moments)}" in review.moments_markup(visit, found, last)
    assert "9号" not in review.moments_markup(visit, found, 40)  # 10:15, before it came
    assert "9号" in review.moments_markup(visit, found, found.ts_ms.index(to_ms(START)))
    made = review.options(visit, found)
    assert made["series"][-1]["markLine"]["data"] == [{"xAxis": review.first_look(found)}]


def test_an_answer_with_words_stands_alone(reviewed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reviewed.dr.review.review(OTTO, DAY)
    assert [m.text.split(" / ")[0] for m in found.moments if m.who == "E004"] == ["不能响应 订单紧"]
    # However many notices and alerts a day has, none is left out: a page of one notice tells the same.
    monkeypatch.setattr(review_moments, "PAGE", 1)
    assert reviewed.dr.review.review(OTTO, DAY).moments == found.moments


def test_a_day_without_anything_says_so(stage: Scene) -> None:
    quiet = stage.dr.review.review(OTTO, DAY - timedelta(days=1))
    assert quiet.moments == ()
    assert not any(quiet.reduction_kw)
    assert quiet.restored_peak_kw == quiet.peak_kw is not None
    assert (quiet.restored_low_kw, quiet.restored_high_kw) == (None, None)  # a band of no width would be a claim
    assert "~" not in quiet.text
    assert words.say("zh", "review.quiet") in review.moments_markup(cast(Visit, Placed("zh")), quiet, 95)
