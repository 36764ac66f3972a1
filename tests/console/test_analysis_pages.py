"""What the pages of the analyses write from answers, in both languages, with and without data."""

from __future__ import annotations

from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from dashboards.console import characteristics, cooling, shapes, words
from dashboards.console.visit import Visit
from domain.people import SYSTEM
from domain.scopes import MONITORED
from monitor.cooling_report import HotDayQuestion
from tests.monitor.test_analyses import FIRST, LAST, desk_of


class Told:
    """The words of a visit, without a browser behind it."""

    zone = ZoneInfo("Asia/Shanghai")

    def __init__(self, language: str) -> None:
        self.language = language

    def t(self, key: str, **values: object) -> str:
        return words.say(self.language, key, **values)

    def half(self, text: str) -> str:
        return words.half(self.language, text)

    def pick(self, zh: str, en: str) -> str:
        return zh if self.language == words.ZH else en


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_pages_show_figures_and_charts(language: str) -> None:
    visit, desk = cast(Visit, Told(language)), desk_of()
    found = desk.characteristics(SYSTEM, MONITORED, FIRST, LAST)
    assert "2025-07" in characteristics._figures(visit, found)
    assert len(characteristics._typical_chart(visit, found)["series"]) >= 5
    assert characteristics._duration_chart(visit, desk.duration(SYSTEM, MONITORED, FIRST, LAST))["series"]
    assert "zhejiang-2024" in characteristics._tou(visit, desk.tou(SYSTEM, MONITORED, FIRST, LAST))
    month = desk.coincidence(SYSTEM, MONITORED, date(2025, 7, 1), date(2025, 7, 31))
    assert "2025-07" in characteristics._coincidence(visit, month)
    report = desk.shapes(SYSTEM, MONITORED, FIRST, LAST)
    assert "E001" in shapes._sites(visit, report)
    assert len(shapes._chart(visit, report)["series"]) == len(report.clusters) > 0
    assert shapes._cluster_note(visit, report)
    assert shapes._drift(visit, desk.drift(SYSTEM, MONITORED, FIRST, LAST))
    questions = [HotDayQuestion(float(t), float(t)) for t in (30, 40)]
    cooled, days = desk.hot_days(SYSTEM, MONITORED, FIRST, LAST, questions)
    assert days[1].load_kw is not None
    assert days[0].load_kw is not None
    assert days[1].load_kw > days[0].load_kw
    assert "E001" in cooling._drivers(visit, days[1])
    assert "40 °C" in cooling._hot(visit, cooled, days[1])
    assert len(cooling._curve(visit, days)["series"]) == 3
    assert "E001" in cooling._table(visit, cooled)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_pages_say_why_there_is_nothing(language: str) -> None:
    visit, desk = cast(Visit, Told(language)), desk_of({}, weather=False)
    found = desk.characteristics(SYSTEM, MONITORED, FIRST, LAST)
    said = words.half(language, found.years[0].reason)
    assert said
    assert said in characteristics._figures(visit, found)
    assert characteristics._absent(visit, found)
    assert characteristics._tou(visit, desk.tou(SYSTEM, MONITORED, FIRST, LAST))
    assert characteristics._coincidence(visit, desk.coincidence(SYSTEM, MONITORED, FIRST, LAST))
    report = desk.shapes(SYSTEM, MONITORED, FIRST, LAST)
    assert shapes._sites(visit, report)
    assert shapes._cluster_note(visit, report)
    assert shapes._chart(visit, report)["series"] == []
    assert shapes._drift(visit, desk.drift(SYSTEM, MONITORED, FIRST, LAST))
    cooled, days = desk.hot_days(SYSTEM, MONITORED, FIRST, LAST, [HotDayQuestion(40.0, 40.0)])
    assert cooling._hot(visit, cooled, days[0])
    assert cooling._drivers(visit, days[0])
    assert cooling._table(visit, cooled)
