import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import AnnouncedYear, Calendar, CalendarTable, DayKind, DayOverride

PLAIN = Calendar()


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2016, 7, 28), DayKind.WORKDAY, ""),
        (date(2016, 10, 8), DayKind.MAKEUP, "National Day"),
        (date(2026, 2, 17), DayKind.HOLIDAY, "Spring Festival"),
        (date(2026, 2, 14), DayKind.MAKEUP, "Spring Festival"),
        (date(2026, 7, 25), DayKind.WEEKEND, ""),
        (date(2026, 10, 1), DayKind.HOLIDAY, "National Day"),
    ],
)
def test_announced_days(day: date, kind: DayKind, name: str) -> None:
    found = PLAIN.day(day)
    assert (found.kind, found.name, found.announced) == (kind, name, True)


@pytest.mark.parametrize("year", [1999, 2027, 2040])
def test_a_year_nobody_announced_falls_back_to_weekdays_and_says_so(year: int) -> None:
    first = date(year, 1, 1)
    for offset in range(365):
        day = PLAIN.day(first + timedelta(days=offset))
        assert not day.announced
        assert day.kind is (DayKind.WEEKEND if day.day.weekday() >= 5 else DayKind.WORKDAY)
    assert not PLAIN.announced(year)


@settings(deadline=None, max_examples=200)
@given(st.dates())
def test_every_day_has_a_kind_that_fits_its_weekday(day: date) -> None:
    found = PLAIN.day(day)
    if found.kind in (DayKind.WEEKEND, DayKind.MAKEUP):
        assert day.weekday() >= 5
    if found.kind is DayKind.WORKDAY:
        assert day.weekday() < 5
    assert found.kind.works == PLAIN.works(day)


def _configured() -> Calendar:
    return Calendar(
        CalendarTable(
            day=(
                DayOverride(date=date(2027, 2, 6), kind=DayKind.MAKEUP, name="春节调休", source="notice"),
                DayOverride(date=date(2026, 7, 24), kind=DayKind.HOLIDAY, source="district's own day"),
            ),
            announced=(AnnouncedYear(year=2027, source="notice"),),
        )
    )


def test_configuration_goes_before_the_shipped_calendar() -> None:
    calendar = _configured()
    assert PLAIN.kind(date(2026, 7, 24)) is DayKind.WORKDAY
    assert calendar.kind(date(2026, 7, 24)) is DayKind.HOLIDAY
    assert calendar.day(date(2027, 2, 6)).name == "春节调休"
    assert calendar.works(date(2027, 2, 6))


def test_a_year_entered_in_configuration_counts_as_announced() -> None:
    calendar = _configured()
    assert calendar.announced(2027)
    assert calendar.day(date(2027, 3, 1)).announced
    assert not calendar.announced(2028)
    assert PLAIN.announced(2016)
    assert PLAIN.announced(2026)


def test_the_example_of_the_docs_is_a_calendar() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    calendar = Calendar(CalendarTable.model_validate(tomllib.loads(example)))
    assert calendar.announced(2027)
    assert calendar.kind(date(2027, 2, 6)) is DayKind.MAKEUP
