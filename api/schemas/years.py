"""Wire models of questions over years."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from api.schemas.base import FigureOut, Wire
from monitor.year_on_year import SpanLoad, YearOnYear


class SpanLoadOut(Wire):
    first: date
    last: date
    maximum_kw: FigureOut = Field(description="of complete measured blocks; coverage: share of the days that have one")
    maximum_day: date | None
    mean_kw: FigureOut
    energy_kwh: FigureOut

    @classmethod
    def of(cls, span: SpanLoad) -> Self:
        return cls(
            first=span.first,
            last=span.last,
            maximum_kw=FigureOut.of(span.maximum_kw),
            maximum_day=span.maximum_day,
            mean_kw=FigureOut.of(span.mean_kw),
            energy_kwh=FigureOut.of(span.energy_kwh),
        )


class YearOnYearOut(Wire):
    """A span against the same days a year before (同比)."""

    scope: str = Field(examples=["monitored"])
    now: SpanLoadOut
    before: SpanLoadOut
    maximum_growth: FigureOut
    energy_growth: FigureOut = Field(description="over the days that both years have")

    @classmethod
    def of(cls, found: YearOnYear) -> Self:
        return cls(
            scope=str(found.scope),
            now=SpanLoadOut.of(found.now),
            before=SpanLoadOut.of(found.before),
            maximum_growth=FigureOut.of(found.maximum_growth),
            energy_growth=FigureOut.of(found.energy_growth),
        )


class YearOnYearList(Wire):
    items: list[YearOnYearOut]
