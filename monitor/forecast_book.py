"""The forecasts of each morning, kept as issued, scored once what they spoke of has come, and shown to everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.forecast import Refusal
from analytics.forecast_scores import ForecastScore, score_forecast, skill
from analytics.forecast_spread import peak_errors
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.errors import Invalid
from domain.forecasts import KeptForecast
from domain.instants import BLOCK_MS, HOUR_MS, from_ms, local_date, to_ms
from domain.people import SYSTEM, Principal
from domain.runs import Outcome, Progress, Run
from domain.scopes import MONITORED, Scope
from monitor.access import require, visible_scopes
from monitor.forecast_frame import local_days
from monitor.forecast_set import ForecastSet, usable_load
from monitor.forecasting import P10, P50, P90, USUAL_HOURS, ForecastDesk
from monitor.load_history import LoadHistories
from monitor.runs import Runs
from storage.forecast_ports import ForecastLedger
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows, ReadingStore
from storage.schema import FORECAST

KIND = "forecast-rescore"
MOST_MORNINGS = 400
#: Officers look at the day ahead at eight.
ISSUE_AT = time(8)
#: Late readings may still change what came; it is scored this long after the horizon has passed.
SETTLED_MS = 6 * HOUR_MS
WEEK_MS = 7 * 24 * HOUR_MS
PER_HOUR = HOUR_MS // BLOCK_MS
Step = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ScopeScores:
    """Means over the scored issues of one scope. *_skill : 1 - error / error of the same time a week before."""

    scope: Scope
    issues: int
    hour_kw: float | None
    hour_skill: float | None
    day_kw: float | None
    day_skill: float | None
    peak_kw: float | None
    peak_skill: float | None
    covered: float | None
    pinball_kw: float | None
    relative_day_error: float | None


@dataclass(frozen=True, slots=True)
class IssueScore:
    """One issue of one scope."""

    scope: Scope
    issued_at: datetime
    method: str
    score: ForecastScore


class ForecastBook:
    """``turn`` does what is due; it may take a minute and is called on a thread of its own."""

    def __init__(
        self,
        desk: ForecastDesk,
        kept: ForecastLedger,
        histories: LoadHistories,
        registry: RegistryLedger,
        zone: ZoneInfo,
        clock: Clock,
        store: ReadingStore,
    ) -> None:
        self._desk = desk
        self._kept = kept
        self._histories = histories
        self._registry = registry
        self._zone = zone
        self._clock = clock
        self._store = store

    def turn(self, step: Step = lambda _: None) -> tuple[int, int]:
        """Issue this morning's forecasts if they are due, score what has come; how many of each."""
        return self.issue_due(step), self.score_due()

    def issue_due(self, step: Step = lambda _: None) -> int:
        issue_ms = self._due_ms()
        newest = self._kept.newest_issue_ms()
        return 0 if newest is not None and newest >= issue_ms else self.keep(issue_ms, step)

    def keep(self, issue_ms: int, step: Step = lambda _: None) -> int:
        """Issue as of an instant, past or present, and keep what could be forecast."""
        issued = self._desk.issue(issue_ms, USUAL_HOURS, step=step)
        forecasts = [
            _kept(issued, place, self._zone)
            for place, refusal in enumerate(issued.sites.refusal)
            if refusal is Refusal.NONE
        ]
        # The store first: when it does not answer, the issue is not kept either and comes again.
        if forecasts:
            self._store.write_days(_shown(forecasts))
        self._kept.keep_forecasts(forecasts)
        return len(forecasts)

    def score_due(self) -> int:
        before_ms = self._clock.now_ms() - USUAL_HOURS * HOUR_MS - SETTLED_MS
        scored = 0
        while due := self._kept.unscored_forecasts(before_ms=before_ms):
            first = [each for each in due if each.issued_ms == due[0].issued_ms]
            self._kept.score_forecasts(self._scores(first))
            scored += len(first)
        return scored

    def rescore(self, first: date, last: date, step: Step = lambda _: None) -> tuple[int, int]:
        """Issue past mornings from what was known then, keep and score them; mornings with a forecast, and scores.

        A morning that was issued stays as it was.
        """
        mornings = [
            ms for ms in self._mornings(first, last) if not self._kept.issued_forecasts(since_ms=ms, until_ms=ms)
        ]
        kept = [self.keep(ms, _part_of(step, number, len(mornings))) for number, ms in enumerate(mornings)]
        return sum(count > 0 for count in kept), self.score_due()

    def submit(self, runs: Runs, principal: Principal, first: date, last: date) -> Run:
        """``rescore`` in the background; it ends at its next step when it is told to."""
        principal.require_write()
        require(principal, MONITORED, self._registry.registry(), local_date(self._clock.now(), self._zone))
        self._mornings(first, last)
        parameters = {"from": first.isoformat(), "to": last.isoformat()}

        def work(progress: Progress) -> Outcome:
            count, scored = self.rescore(first, last, lambda share: progress.step(share, "补算 / rescoring"))
            return Outcome({**parameters, "mornings": count, "scored": scored}, "")

        return runs.submit(principal, KIND, str(MONITORED), parameters, work)

    def scores(self, principal: Principal, scope: Scope | None = None, *, days: int = 28) -> list[ScopeScores]:
        """Of one scope, or of all the principal may see; the total first, then the worst day skill first."""
        issues = self.issues(principal, scope, days=days)
        by_scope: dict[Scope, list[ForecastScore]] = {}
        for each in issues:
            by_scope.setdefault(each.scope, []).append(each.score)
        found = [_mean_of(one, scores) for one, scores in by_scope.items()]
        return sorted(found, key=lambda s: (bool(s.scope.id), s.day_skill if s.day_skill is not None else 9.0))

    def issues(self, principal: Principal, scope: Scope | None = None, *, days: int = 28) -> list[IssueScore]:
        now = self._clock.now()
        registry = self._registry.registry()
        today = local_date(now, self._zone)
        if scope is not None:
            require(principal, scope, registry, today)
        visible = set(visible_scopes(principal, registry, today))
        rows = self._kept.scored_forecasts(scope, since_ms=to_ms(now - timedelta(days=days)))
        return [
            IssueScore(row.scope, from_ms(row.issued_ms), row.method, ForecastScore(**row.score))  # type: ignore[arg-type]
            for row in rows
            if row.scope in visible
        ]

    def _mornings(self, first: date, last: date) -> list[int]:
        count = (last - first).days + 1
        if not 1 <= count <= MOST_MORNINGS:
            raise Invalid(
                f"一次补算 1 至 {MOST_MORNINGS} 个早晨 / 1 to {MOST_MORNINGS} mornings at a time, not {count}"
            )
        at = datetime.combine(first, ISSUE_AT, tzinfo=self._zone)
        mornings = [to_ms(at + timedelta(days=number)) for number in range(count)]
        if mornings[-1] > self._clock.now_ms():
            raise Invalid(f"{last} 的早晨尚未到来 / the morning of {last} has not come yet")
        return mornings

    def _due_ms(self) -> int:
        """The newest time of issue that has come."""
        now = self._clock.now().astimezone(self._zone)
        today = datetime.combine(now.date(), ISSUE_AT, tzinfo=self._zone)
        return to_ms(today if today <= now else today - timedelta(days=1))

    def _scores(self, forecasts: Sequence[KeptForecast]) -> list[tuple[Scope, int, dict[str, float | None]]]:
        issued_ms = forecasts[0].issued_ms
        blocks = forecasts[0].curves_kw.shape[1]
        scopes = [each.scope for each in forecasts]
        ahead_ms = issued_ms + np.arange(blocks, dtype=np.int64) * BLOCK_MS
        actual, naive = self._load(scopes, ahead_ms), self._load(scopes, ahead_ms - WEEK_MS)
        day = _first_whole_day(local_days(ahead_ms, self._zone))
        found = []
        for place, each in enumerate(forecasts):
            score = score_forecast(
                actual[place], each.curves_kw, naive[place], peak_p50_kw=each.peak_p50_kw, day=day, per_hour=PER_HOUR
            )
            found.append((each.scope, issued_ms, asdict(score)))
        return found

    def _load(self, scopes: Sequence[Scope], ts_ms: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
        first, last = (local_date(from_ms(int(ts)), self._zone) for ts in (ts_ms[0], ts_ms[-1]))
        history = self._histories.history(SYSTEM, scopes, first, last)
        return usable_load(history)[:, np.searchsorted(history.ts_ms, ts_ms)]


def _part_of(step: Step, number: int, count: int) -> Step:
    return lambda share: step((number + share) / count)


def _kept(issued: ForecastSet, place: int, zone: ZoneInfo) -> KeptForecast:
    sites = issued.sites
    day = _first_whole_day(local_days(issued.ahead_ms, zone))
    own = np.arange(len(issued.scopes)) == place
    expected = sites.expected_kw[own][:, day]
    errors = peak_errors(expected, sites.paths.of(own).within(day))
    known = errors[~np.isnan(errors)]
    peak = float(expected.max() + (np.median(known) if len(known) else 0.0))
    return KeptForecast(
        scope=issued.scopes[place],
        issued_ms=int(issued.ahead_ms[0]),
        method=str(sites.method[place]),
        data_digest=issued.data_digest,
        curves_kw=sites.quantiles_kw[[P10, P50, P90], place],
        peak_p50_kw=peak,
    )


def _shown(forecasts: Sequence[KeptForecast]) -> DayRows:
    """A row a scope and block; a later issue replaces what an earlier one said of it."""
    blocks = forecasts[0].curves_kw.shape[1]
    ts_ms = [each.issued_ms + np.arange(blocks, dtype=np.int64) * BLOCK_MS for each in forecasts]
    issued = [np.full(blocks, float(each.issued_ms)) for each in forecasts]
    values = [np.column_stack([*each.curves_kw, at]) for each, at in zip(forecasts, issued, strict=True)]
    return DayRows(
        FORECAST,
        tuple(each.scope for each in forecasts for _ in range(blocks)),
        np.concatenate(ts_ms),
        np.concatenate(values),
        np.ones(len(forecasts) * blocks, dtype=np.int64),
    )


def _first_whole_day(days: Sequence[object]) -> slice:
    """Blocks of the second local day of the horizon: the first one lies partly before the issue."""
    later = [i for i, day in enumerate(days) if day != days[0]]
    second = [i for i in later if days[i] == days[later[0]]] if later else []
    return slice(second[0], second[-1] + 1) if second else slice(0, len(days))


def _mean_of(scope: Scope, scores: Sequence[ForecastScore]) -> ScopeScores:
    def mean(name: str) -> float | None:
        values = [value for each in scores if (value := getattr(each, name)) is not None]
        return float(np.mean(values)) if values else None

    def against(name: str) -> float | None:
        both = [(getattr(each, name), getattr(each, f"naive_{name}")) for each in scores]
        known = [(ours, naive) for ours, naive in both if ours is not None and naive is not None]
        if not known:
            return None
        return skill(float(np.mean([ours for ours, _ in known])), float(np.mean([naive for _, naive in known])))

    day, level = mean("day_kw"), mean("mean_kw")
    return ScopeScores(
        scope=scope,
        issues=len(scores),
        hour_kw=mean("hour_kw"),
        hour_skill=against("hour_kw"),
        day_kw=day,
        day_skill=against("day_kw"),
        peak_kw=mean("peak_kw"),
        peak_skill=against("peak_kw"),
        covered=mean("covered"),
        pinball_kw=mean("pinball_kw"),
        relative_day_error=None if day is None or not level else day / abs(level),
    )
