"""The district as a whole: its registry, and the power and registers of its meters at any minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.calendar import Calendar
from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import MINUTE_MS, Span
from domain.registry import Account, Enterprise, Meter, MeterRole, Registry
from domain.series import Matrix
from ingest.twin.census import TRANSFORMERS_KVA, TwinMeter, take_census
from ingest.twin.load import LoadModel
from ingest.twin.weather import DAY_MS, Weather, day_number

MINUTES = 1440
_CACHED_DAYS = 12
#: The interval meters are registered with before the day they became fast [s].
HISTORY_INTERVAL_S = 900
#: Shops, hotels and office towers light their fronts; a battery holds so many hours of its power.
SHOWS, STORED_HOURS = "FHK", 4.0


@dataclass(frozen=True, slots=True)
class _Shed:
    """main, boundary : rows of the meters that see it; reference : the event or order it answers"""

    reference: str
    main: int
    boundary: int | None
    start_ms: int
    end_ms: int
    kw: float


class District:
    """Built by ``generate``. Not thread-safe: one thread per District, or one District per thread.

    Powers are worked out in whole UTC days, so that what is asked together never changes a value.
    """

    def __init__(
        self,
        *,
        enterprises: tuple[Enterprise, ...],
        accounts: tuple[Account, ...],
        meters: tuple[TwinMeter, ...],
        model: LoadModel,
        weather: Weather,
        rows: int,
        installed: date,
        seed: int,
    ) -> None:
        self.enterprises, self.accounts, self.meters = enterprises, accounts, meters
        self.weather, self.zone = weather, weather.zone
        self.installed, self.seed = installed, seed
        self.ids = tuple(str(m.meter.id) for m in meters)
        self._place = {ident: i for i, ident in enumerate(self.ids)}
        self._model = model
        self._weights = np.zeros((len(meters), rows))
        for i, meter in enumerate(meters):
            for row, weight in meter.weights.items():
                self._weights[i, row] = weight
        self._days: OrderedDict[int, FloatArray] = OrderedDict()
        self._energies: OrderedDict[int, FloatArray] = OrderedDict()
        # The import register of each meter at the start of each UTC day, from the day of installation on [kWh].
        self._registers: list[FloatArray] = [np.array([m.register_start_kwh for m in meters])]
        self._sheds: list[_Shed] = []

    @classmethod
    def generate(
        cls,
        seed: int = 1,
        n: int = 100,
        *,
        zone: ZoneInfo | None = None,
        calendar: Calendar | None = None,
        hot: Iterable[date] = (),
        installed: date = date(2026, 1, 1),
    ) -> District:
        """A district of ``n`` enterprises.

        hot : days of a hot spell; installed : UTC day the registers begin; readings before it do not exist
        """
        if n < 1:
            raise Invalid(f"a district needs at least one enterprise, not {n}")
        zone = zone or ZoneInfo("Asia/Shanghai")
        census = take_census(seed, n)
        if census.parts is None:
            raise Invalid("the census counted nobody")
        weather = Weather(seed, zone, frozenset(hot))
        model = LoadModel(seed, census.parts, weather, calendar or Calendar(), zone)
        district = cls(
            enterprises=tuple(census.enterprises),
            accounts=tuple(census.accounts),
            meters=tuple(census.meters),
            model=model,
            weather=weather,
            rows=census.parts.rows,
            installed=installed,
            seed=seed,
        )
        kinds = {e.id: k for e, k in zip(census.enterprises, census.kinds, strict=True)}
        shares = {e: (k.security_share, k.curtailable_share) for e, k in kinds.items()}
        district._fit_capacities(seed, shares)
        return district

    def registry(self, *, fast_from: date | None = None) -> Registry:
        """Everybody. ``fast_from`` : before this day the meters are registered at 15 minutes."""
        meters: list[Meter] = []
        for twin in self.meters:
            if fast_from is None:
                meters.append(twin.meter)
            else:
                slow = max(HISTORY_INTERVAL_S, twin.meter.interval_s)
                meters.append(replace(twin.meter, interval_s=slow))
                meters.append(replace(twin.meter, valid_from=fast_from))
        return Registry(1, self.enterprises, self.accounts, tuple(meters))

    def place(self, meter: str) -> int:
        """Row of a meter in the matrices of this class."""
        found = self._place.get(meter)
        if found is None:
            raise NotFound(f"meter {meter} is not in the district twin")
        return found

    def power_kw(self, meters: Sequence[str], span: Span, step_s: int = 60) -> Matrix:
        """Mean power of each step that begins in the span. ``step_s`` is a multiple of 60 that divides a day."""
        ts_ms, values = self._stepped(span, step_s)
        rows = [self.place(m) for m in meters]
        return Matrix(tuple(meters), ts_ms, step_s, values[rows])

    def energy_import_kwh(self, ts_ms: IntArray) -> FloatArray:
        """Energy imported up to whole minutes, on top of the register's first reading, shape (meters, t) [kWh].

        Multiplier applied; does not roll over. Raises Invalid before the day of installation.
        """
        result = np.empty((len(self.ids), len(ts_ms)))
        days = ts_ms // DAY_MS
        for day in np.unique(days):
            here = days == day
            result[:, here] = self._day_energy(int(day))[:, (ts_ms[here] % DAY_MS) // MINUTE_MS]
        return result

    def register_kwh(self, row: int, ts_ms: int) -> float:
        """One meter's figure of ``energy_import_kwh`` [kWh]."""
        return float(self._day_energy(ts_ms // DAY_MS)[row, (ts_ms % DAY_MS) // MINUTE_MS])

    def minutes_kw(self, start_ms: int, end_ms: int) -> FloatArray:
        """Power of every meter in each minute of [start, end), whole minutes, shape (meters, t) [kW]."""
        first, last = start_ms // DAY_MS, (end_ms - 1) // DAY_MS
        if first == last:
            begin = (start_ms % DAY_MS) // MINUTE_MS
            return self._day_kw(first)[:, begin : begin + (end_ms - start_ms) // MINUTE_MS]
        whole = np.concatenate([self._day_kw(day) for day in range(first, last + 1)], axis=1)
        begin = (start_ms - first * DAY_MS) // MINUTE_MS
        return whole[:, begin : begin + (end_ms - start_ms) // MINUTE_MS]

    def shed(self, enterprise: str, start_ms: int, end_ms: int, kw: float, reference: str) -> None:
        """The enterprise takes ``kw`` off in [start, end), whole minutes of the future; the boundary sees it too.

        What the same event or order said to it before no longer holds from ``start_ms`` on.
        """
        main = next((i for i, m in enumerate(self.meters) if m.enterprise == enterprise and _is_main(m)), None)
        if main is None:
            raise NotFound(f"{enterprise} has no main meter in the district twin")
        boundary = next((i for i, m in enumerate(self.meters) if m.meter.role is MeterRole.BOUNDARY), None)
        self._end_sheds(main, reference, start_ms)
        self._sheds.append(_Shed(reference, main, boundary, start_ms, end_ms, kw))
        self._forget(start_ms)

    def resume(self, enterprise: str, reference: str, at_ms: int) -> None:
        """The event or order is lifted for the enterprise: it takes nothing off from then on."""
        main = next((i for i, m in enumerate(self.meters) if m.enterprise == enterprise and _is_main(m)), None)
        if main is not None:
            self._end_sheds(main, reference, at_ms)
            self._forget(at_ms)

    def _end_sheds(self, main: int, reference: str, at_ms: int) -> None:
        self._sheds = [
            replace(shed, end_ms=min(shed.end_ms, at_ms)) if (shed.main, shed.reference) == (main, reference) else shed
            for shed in self._sheds
        ]

    def _forget(self, since_ms: int) -> None:
        for days in (self._days, self._energies):
            for day in [day for day in days if day >= since_ms // DAY_MS]:
                del days[day]

    def _stepped(self, span: Span, step_s: int) -> tuple[IntArray, FloatArray]:
        if step_s % 60 or 86_400 % step_s:
            raise Invalid(f"a step of {step_s} s is not a whole number of minutes that divides a day")
        ts_ms = span.grid_ms(step_s)
        if not len(ts_ms):
            return ts_ms, np.empty((len(self.ids), 0))
        fine = self.minutes_kw(int(ts_ms[0]), int(ts_ms[-1]) + step_s * 1000)
        return ts_ms, fine.reshape(len(self.ids), len(ts_ms), step_s // 60).mean(axis=2)

    def _day_kw(self, day: int) -> FloatArray:
        """Power of every meter in the minutes of a UTC day, shape (meters, 1440) [kW]."""
        return self._cached(self._days, day, self._work_out)

    def _day_energy(self, day: int) -> FloatArray:
        """Energy up to the start of each minute of a UTC day, shape (meters, 1440) [kWh]."""
        return self._cached(self._energies, day, self._count)

    def _cached(self, days: OrderedDict[int, FloatArray], day: int, make: Callable[[int], FloatArray]) -> FloatArray:
        found = days.get(day)
        if found is None:
            found = days[day] = make(day)
            if len(days) > _CACHED_DAYS:
                days.popitem(last=False)
        else:
            days.move_to_end(day)
        return found

    def _work_out(self, day: int) -> FloatArray:
        ts_ms = np.arange(MINUTES, dtype=np.int64) * MINUTE_MS + day * DAY_MS
        power = np.asarray(self._weights @ self._model.power_kw(ts_ms))
        for shed in self._sheds:
            inside = (ts_ms >= shed.start_ms) & (ts_ms < shed.end_ms)
            taken = np.minimum(shed.kw, np.maximum(power[shed.main, inside], 0.0))
            power[shed.main, inside] -= taken
            if shed.boundary is not None:
                power[shed.boundary, inside] -= taken
        return power

    def _count(self, day: int) -> FloatArray:
        energy = np.maximum(self._day_kw(day), 0) / 60
        return np.asarray(self._register_at(day)[:, None] + np.cumsum(energy, axis=1) - energy)

    def _register_at(self, day: int) -> FloatArray:
        place = day - day_number(self.installed)
        if place < 0:
            raise Invalid(
                f"the twin's meters were installed on {self.installed.isoformat()}; there are no earlier registers"
            )
        while len(self._registers) <= place:
            before = day_number(self.installed) + len(self._registers) - 1
            self._registers.append(self._registers[-1] + np.maximum(self._day_kw(before), 0).sum(axis=1) / 60)
        return self._registers[place]

    def _fit_capacities(self, seed: int, shares: Mapping[EnterpriseId, tuple[float, float]]) -> None:
        """Transformers, agreed demand and plan figures follow from what each account draws on a hot working day."""
        rng = np.random.default_rng([seed, 8])
        peaks = self._design_peaks_kw()
        accounts = []
        for account in self.accounts:
            peak = max(sum(peaks[m.meter.id] for m in self.meters if _is_account_main(m, account)), 10.0)
            capacity = _transformers(peak / 0.92 / float(rng.uniform(0.55, 0.85)))
            agreed = float(np.ceil(peak * 1.12 / 10) * 10) if peak > 1000 else None
            accounts.append(
                replace(
                    account, contract_capacity_kva=capacity, running_capacity_kva=capacity, approved_demand_kw=agreed
                )
            )
        self.accounts = tuple(accounts)
        self.enterprises = tuple(
            _with_plan(
                e,
                sum(peaks[m.meter.id] for m in self.meters if _is_enterprise_main(m, e)),
                sum(
                    peaks[m.meter.id] for m in self.meters if m.enterprise == e.id and m.meter.role is MeterRole.STORAGE
                ),
                *shares[e.id],
            )
            for e in self.enterprises
        )

    def _design_peaks_kw(self) -> dict[str, float]:
        """Highest 15-minute mean of each meter on the third Tuesday and Wednesday of July, a spell of two hot days."""
        year = self.installed.year
        first = date(year, 7, 15)
        tuesday = first + timedelta(days=(1 - first.weekday()) % 7)
        days = (tuesday, tuesday + timedelta(days=1))
        hot = District(
            enterprises=self.enterprises,
            accounts=self.accounts,
            meters=self.meters,
            model=self._model.under(Weather(self.weather.seed, self.zone, frozenset(days))),
            weather=self.weather,
            rows=self._weights.shape[1],
            installed=self.installed,
            seed=self.seed,
        )
        quarter = hot._day_kw(day_number(days[1])).reshape(len(self.ids), -1, 15).mean(axis=2)
        return dict(zip(self.ids, quarter.max(axis=1).tolist(), strict=True))


def _is_main(twin: TwinMeter) -> bool:
    return twin.meter.role is MeterRole.MAIN and twin.meter.landlord is None


def _is_account_main(twin: TwinMeter, account: Account) -> bool:
    return twin.meter.account == account.id and (twin.meter.role is MeterRole.MAIN or twin.meter.landlord is not None)


def _is_enterprise_main(twin: TwinMeter, enterprise: Enterprise) -> bool:
    return twin.enterprise == enterprise.id and (twin.meter.role is MeterRole.MAIN or twin.meter.landlord is not None)


def _transformers(wanted_kva: float) -> float:
    """The installed capacity: the smallest single transformer that suffices, or several of 2,500 kVA."""
    fitting = [size for size in TRANSFORMERS_KVA if size >= wanted_kva]
    return float(fitting[0] if fitting else 2500 * int(np.ceil(wanted_kva / 2500)))


def _with_plan(
    enterprise: Enterprise, peak_kw: float, storage_kw: float, security: float, curtailable: float
) -> Enterprise:
    whole, stored = round(peak_kw, 0), round(storage_kw, 0)
    shows = enterprise.sector[:1] in SHOWS
    return replace(
        enterprise,
        summer_max_kw=whole,
        summer_max_day_mean_kw=round(whole * 0.7, 0),
        security_load_kw=round(whole * security, 0),
        main_production_kw=round(whole * 0.6, 0),
        auxiliary_kw=round(whole * 0.15, 0),
        non_production_kw=round(whole * 0.25, 0),
        shiftable_kw=round(whole * curtailable * 0.4, 0),
        avoidable_kw=round(whole * curtailable * 0.4, 0),
        curtailable_kw=round(whole * curtailable * 0.2, 0),
        lighting_kw=round(whole * 0.03, 0) if shows else None,
        storage_kw=stored or None,
        storage_kwh=stored * STORED_HOURS or None,
        dr_contract_kw=round(whole * curtailable * 0.3, 0) if enterprise.dr_contract else None,
    )
