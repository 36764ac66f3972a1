"""What the page of baselines writes, in both languages, with figures, refusals and a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from dashboards.console import baselines, words
from dashboards.console.visit import Visit
from domain.people import SYSTEM
from tests.console.test_analysis_pages import Told
from tests.monitor.test_baselines import EVENT, SCOPE, WINDOW, Parts, opened


class Timed(Told):
    def time(self, instant: object) -> str:
        return str(instant)[11:16]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    path: Path = tmp_path_factory.mktemp("baselines")
    with opened(path) as found:
        yield found


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_page_shows_methods_refusals_and_verdict(language: str, parts: Parts) -> None:
    visit = cast(Visit, Timed(language))
    names = {each.id: (each.name_zh, each.name_en) for each in parts.desk.methods().methods}
    (day,) = parts.desk.compute(SYSTEM, SCOPE, EVENT, WINDOW).days
    shown = baselines.methods_table(visit, day, names)
    assert words.say(language, "baseline_refusal.no_temperature") in shown
    assert words.say(language, "baselines.official") in shown
    assert f"{1000 + (73 + 72 + 71 + 70 + 67) / 5:,.1f}" in shown
    options = baselines.chart(visit, day, names)
    assert options["series"][-1]["data"] == list(day.load_kw)
    assert len(options["series"]) == 6
    verdict = baselines.court_table(visit, parts.desk.score(SYSTEM, SCOPE, EVENT, WINDOW, days=20), names)
    assert words.say(language, "baselines.proposed") in verdict
    young = parts.desk.score(SYSTEM, SCOPE, date(2026, 5, 20), WINDOW)
    assert words.say(language, "baseline_court.too_few_days") in baselines.court_table(visit, young, names)
