"""The demo's story: weeks of history, and a working day with a gap in the early afternoon and one in the evening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.calendar import Calendar
from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import MINUTE_MS, Span, day_span, floor_ms, from_ms, local_date, to_ms
from domain.readings import ReadingBatch
from domain.references import BLOCKS_PER_DAY, OfficialLevel, Quota, Reference, ReferenceKind
from domain.registry import Account, MeterRole, Registry
from domain.scopes import DISTRICT
from domain.weather import WeatherRows
from ingest.twin import history, past
from ingest.twin.district import District
from ingest.twin.misbehaviour import Fault, FaultKind, Misbehaviour, register_events
from ingest.twin.stream import MeterStream
from storage.ports import DemandRows

SOURCE = "演示数据 demo figures"
ACTOR = "demo"
START = time(13, 0)
#: The quota's slots: until mid-afternoon, relief until the evening, and the evening.
RELIEF_FROM, EVENING_FROM, EVENING_TO = 15.75, 18.0, 22.0
AFTERNOON_SHARE, EVENING_SHARE, RELIEF_SHARE = 0.975, 0.93, 1.07
#: A year and four weeks, so that each day of the history has the same one a year before.
PAST_DAYS = 393
CUT_FROM, CUT_TO = time(14, 20), time(14, 50)


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look at, and the district time it is due."""

    at: datetime
    text_zh: str
    text_en: str


@dataclass(frozen=True, eq=False)
class Story:
    """start, end : instants of the live part; speed : district seconds per real second; ``looks`` in order of time.

    quotas, references, official_level : to be entered in the ledger before the start
    """

    district: District
    registry: Registry
    day: date
    start: datetime
    end: datetime
    speed: float
    history_from: datetime
    quotas: tuple[Quota, ...]
    references: tuple[Reference, ...]
    official_level: OfficialLevel
    looks: tuple[Look, ...]
    misbehaviour: Misbehaviour

    def history(self) -> Iterator[ReadingBatch]:
        """Readings from the beginning of the history to the start, a day at a time, for ``ReadingStore.write``."""
        return history.readings(self.district, self.registry, Span(self.history_from, self.start))

    def demand(self, *, meters: bool = True) -> Iterator[DemandRows]:
        """15-minute demand of the same time, for ``ReadingStore.write_demand``."""
        return history.demand(self.district, self.registry, Span(self.history_from, self.start), meters=meters)

    def past(self) -> Iterator[DemandRows]:
        """The year before the history, the latest day first."""
        return past.demand(self.district, self.registry, *self._past_days())

    def weather(self) -> Iterator[WeatherRows]:
        """The weather of the weeks before, with the forecasts of that time, and of the year before them."""
        yield history.weather(self.district, Span(self.history_from, self.start))
        yield past.weather(self.district, *self._past_days())

    def _past_days(self) -> tuple[date, date]:
        end = local_date(self.history_from, self.district.zone)
        return end - timedelta(days=PAST_DAYS), end

    def stream(self, district_id: str) -> MeterStream:
        return MeterStream(self.district, district_id, self.misbehaviour)


def usual_day(today: date, calendar: Calendar) -> date:
    """The day a demo shows when none is asked for: in summer today, or the working day before it; else last July's."""
    if not date(today.year, 6, 15) <= today <= date(today.year, 9, 15):
        year = today.year if today > date(today.year, 9, 15) else today.year - 1
        today = date(year, 7, 22)
    while not calendar.works(today):
        today -= timedelta(days=1)
    return today


def tell(
    *,
    day: date,
    seed: int = 1,
    n: int = 100,
    zone: ZoneInfo | None = None,
    calendar: Calendar | None = None,
    weeks: int = 2,
    start: time = START,
    speed: float = 120.0,
) -> Story:
    """The story of any day: quota and references are taken from the twin's own curve, so that it always unfolds."""
    if weeks < 1:
        raise Invalid(f"a story needs at least one week of history, not {weeks}")
    zone, calendar = zone or ZoneInfo("Asia/Shanghai"), calendar or Calendar()
    begin = day - timedelta(days=7 * weeks)
    warm = 6 <= day.month <= 9
    hot = [day - timedelta(days=k) for k in range(3)] if warm else []
    district = District.generate(seed, n, zone=zone, calendar=calendar, hot=hot, installed=begin - timedelta(days=1))
    registry, squeezed = _squeeze(district, district.registry(fast_from=day), day)
    curve = history.district_curve_kw(district, registry, day)
    quota_kw = _quota_points(curve)
    peak = float(_quarters(curve).max())
    cut = _cut_meters(district)
    midnight = day_span(day, zone)
    planned = [
        *(Fault(m, FaultKind.OFFLINE, _at_ms(day, CUT_FROM, zone), _at_ms(day, CUT_TO, zone)) for m in cut),
        *register_events(seed, district, _at_ms(day, start, zone), midnight.end_ms),
    ]
    return Story(
        district=district,
        registry=registry,
        day=day,
        start=datetime.combine(day, start, tzinfo=zone).astimezone(UTC),
        end=midnight.end,
        speed=speed,
        history_from=day_span(begin, zone).start,
        quotas=tuple(_quotas(quota_kw, begin, day)),
        references=_references(peak, day),
        official_level=OfficialLevel("Ⅳ级（蓝色）", "演示〔2026〕1号 (demo)", day, day, ACTOR),
        looks=tuple(_looks(curve, quota_kw, peak * 0.985, midnight, day, zone, start, cut, squeezed)),
        misbehaviour=Misbehaviour(seed, district.ids, planned=planned),
    )


def _quarters(curve: FloatArray) -> FloatArray:
    return np.asarray(curve[: len(curve) // 15 * 15].reshape(-1, 15).mean(axis=1))


def _slot(hour: float) -> int:
    return int(hour * 4)


def _quota_points(curve: FloatArray) -> tuple[float, ...]:
    """Below the afternoon's peak, above everything until the evening, then below the evening's peak.

    Days on which clocks change have 92 or 100 quarters; the quota always has 96 points, by clock time.
    """
    quarters = np.interp(np.linspace(0, 1, BLOCKS_PER_DAY), np.linspace(0, 1, len(_quarters(curve))), _quarters(curve))
    relief, evening, night = _slot(RELIEF_FROM), _slot(EVENING_FROM), _slot(EVENING_TO)
    points = np.full(BLOCKS_PER_DAY, quarters[_slot(13) : relief].max() * AFTERNOON_SHARE)
    points[relief:evening] = quarters[relief - 4 : evening + 4].max() * RELIEF_SHARE
    points[evening:night] = quarters[evening:night].max() * EVENING_SHARE
    points[night:] = quarters.max() * RELIEF_SHARE
    return tuple(float(p) for p in np.round(points, -2))


def _quotas(points: Sequence[float], begin: date, day: date) -> Iterator[Quota]:
    """The story's day as decided; the days before had quota enough; the days after have the story's again."""
    ample = tuple(max(points) * 1.05 for _ in points)
    for offset in range((day - begin).days + 8):
        this = begin + timedelta(days=offset)
        yield Quota(DISTRICT, this, tuple(points) if this >= day else ample, SOURCE, ACTOR)


def _references(peak: float, day: date) -> tuple[Reference, ...]:
    before = day - timedelta(days=30)
    record = round(peak * 0.985, -2)
    return (
        Reference(DISTRICT, ReferenceKind.RECORD, record, before, SOURCE, ACTOR),
        Reference(DISTRICT, ReferenceKind.LAST_YEAR_MAXIMUM, round(record * 0.95, -2), before, SOURCE, ACTOR),
        Reference(DISTRICT, ReferenceKind.EXPECTED_MAXIMUM, round(peak * 1.03, -2), before, SOURCE, ACTOR),
    )


def _cut_meters(district: District) -> list[str]:
    """The meters of one feeder, which a cut line silences together."""
    feeders = {a.id: a.feeder for a in district.accounts}
    by_feeder: dict[str, list[str]] = {}
    for twin in district.meters:
        if twin.meter.account is not None:
            by_feeder.setdefault(feeders[twin.meter.account], []).append(str(twin.meter.id))
    return max(by_feeder.values(), key=len)


def _squeeze(district: District, registry: Registry, day: date) -> tuple[Registry, str]:
    """One plant has reduced its capacity (减容) from this day on, and draws more than is left."""
    span = day_span(day, district.zone)
    quarters = {
        twin.meter.account: (_quarters(district.minutes_kw(span.start_ms, span.end_ms)[row])[52:64], twin)
        for row, twin in enumerate(district.meters)
        if twin.meter.role is MeterRole.MAIN and twin.power_factor is not None
    }
    plants = {e.id for e in district.enterprises if e.shifts in ("两班", "三班", "三班(连续)")}
    fitting = [a for a in district.accounts if a.enterprise in plants and a.id in quarters] or list(district.accounts)
    account = max(fitting, key=lambda a: float(quarters[a.id][0].mean()) if a.id in quarters else 0.0)
    drawn, twin = quarters[account.id]
    left_kva = float(np.floor(drawn.max() / (twin.power_factor or 1.0) / 1.04 / 10) * 10)
    reduced: Account = replace(account, valid_from=day, running_capacity_kva=max(left_kva, 10.0))
    name = next(e.name for e in district.enterprises if e.id == account.enterprise)
    return Registry(
        1, registry.enterprises, (*registry.accounts, reduced), registry.meters
    ), f"{account.enterprise} {name}"


def _at_ms(day: date, clock: time, zone: ZoneInfo) -> int:
    return floor_ms(to_ms(datetime.combine(day, clock, tzinfo=zone)), MINUTE_MS)


def _first_at(sliding: FloatArray, limit: FloatArray, midnight: Span, from_hour: float) -> datetime | None:
    minutes = np.flatnonzero((sliding > limit) & (np.arange(len(sliding)) >= from_hour * 60))
    return None if not len(minutes) else from_ms(midnight.start_ms + (int(minutes[0]) + 1) * MINUTE_MS)


def _looks(
    curve: FloatArray,
    quota_kw: Sequence[float],
    record_kw: float,
    midnight: Span,
    day: date,
    zone: ZoneInfo,
    start: time,
    cut: Sequence[str],
    squeezed: str,
) -> list[Look]:
    sliding = np.convolve(curve, np.full(15, 1 / 15))[: len(curve)]
    quota = np.repeat(np.asarray(quota_kw), -(-len(curve) // BLOCKS_PER_DAY))[: len(curve)]
    first = datetime.combine(day, start, tzinfo=zone)
    at = first.hour * 60 + first.minute
    begin = min(at, len(curve) - 1)
    looks = [
        Look(
            first,
            f"全区负荷约 {sliding[begin] / 1000:.1f} MW，占指标 {sliding[begin] / quota[begin]:.0%}；"
            f"{squeezed} 减容后超运行容量",
            f"district load about {sliding[begin] / 1000:.1f} MW, {sliding[begin] / quota[begin]:.0%} of quota; "
            f"{squeezed} draws more than its reduced capacity",
        )
    ]
    afternoon = _first_at(sliding, quota, midnight, at / 60)
    if afternoon is not None:
        looks.append(Look(afternoon, "午后越过用电指标，出现缺口", "the quota is passed: the early-afternoon gap"))
    looks.append(
        Look(
            datetime.combine(day, CUT_FROM, tzinfo=zone),
            f"一条馈线的 {len(cut)} 块表失联至 {CUT_TO:%H:%M}：一条告警，全区缺口不因此消失",
            f"{len(cut)} meters of one feeder fall silent until {CUT_TO:%H:%M}: one alert, and the gap does not vanish",
        )
    )
    looks.append(
        Look(
            datetime.combine(day, time(15, 45), tzinfo=zone),
            "指标临时调增，缺口收窄后恢复",
            "the quota is raised for a while and the gap closes",
        )
    )
    evening = _first_at(sliding, quota, midnight, EVENING_FROM)
    if evening is not None:
        looks.append(Look(evening, "晚峰缺口（18-22 时），级别更高", "the evening gap (18-22 h), a level higher"))
    record = _first_at(sliding, np.full(len(curve), record_kw), midnight, at / 60)
    if record is not None:
        looks.append(Look(record, "负荷创历史新高", "a new record load"))
    return sorted((replace(look, at=look.at.astimezone(UTC)) for look in looks), key=lambda look: look.at)
