"""``yingfeng import``: a file of loads straight into the store. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from config.settings import ValidationSettings
from domain.arrays import CodeArray
from domain.errors import Invalid
from domain.instants import Span
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.series import Matrix
from ingest.behaviour import MeterMemory, Observed
from ingest.file_history import CellError, History, first_day, read_history
from ingest.file_layouts import Wanted
from ingest.sites import Site, check_intervals, find_sites, register_sites
from storage.ledger_ports import RegistryLedger
from storage.ports import ReadingStore, RejectedRow

#: Rows written at once; more would hold the store's other writers up.
ROWS_AT_ONCE = 20_000
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ImportReport:
    """stored : readings new to the store; repeats : those it had already; conflicts : those it has differently, which
    stay as they are; flagged : readings marked spike, frozen or catch-up; registered : sites made by ``register``
    """

    span: Span
    sites: int
    registered: tuple[str, ...]
    stored: int
    repeats: int
    flagged: int
    rejected: int
    conflicts: tuple[RejectedRow, ...]
    errors: tuple[CellError, ...]
    refused: int


def describe(history: History, zone: ZoneInfo) -> list[str]:
    """What a dry run shows: how the file is read, what was inferred, and its first day as read."""
    layout = history.layout
    clock = f"{layout.zone}" if layout.zone is not None else "偏移量在文件中 offsets in the file"
    span = history.span
    lines = [
        f"版式 layout {layout.layout} · 时间列 time {layout.ts!r} · 间隔 interval {layout.interval_s} s · "
        f"标签 label {layout.label} · 单位 unit {layout.unit} · 时区 zone {clock}",
        f"由文件推断 inferred from the file: {', '.join(layout.inferred) or '无 nothing'}",
        f"{span.start.astimezone(zone):%Y-%m-%d %H:%M} - {span.end.astimezone(zone):%Y-%m-%d %H:%M} ({zone}) · "
        f"{len(history.sites)} 站点 sites · {history.values:,} 值 values · {history.refused} 错误 errors · "
        f"{history.repeats} 重复 repeats",
        "首日 the first day as read [kW]: " + "  ".join(history.parts[0].ids[:5]),
    ]
    for at, values in first_day(history, zone):
        shown = "  ".join("—" if np.isnan(v) else f"{v:,.2f}" for v in values)
        lines.append(f"{at:%Y-%m-%d %H:%M}  {shown}")
    lines += [
        f"第{e.row}行 line {e.row}, {e.column}: {e.value!r} {e.reason_zh} {e.reason_en}" for e in history.errors[:10]
    ]
    return lines


def import_file(
    path: Path,
    wanted: Wanted,
    *,
    store: ReadingStore,
    registry: RegistryLedger,
    zone: ZoneInfo,
    actor: str,
    now_ms: int,
    register: bool = False,
    validation: ValidationSettings | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Read, register if asked, and store. An import that was interrupted is simply done again.

    register : make the sites the registry does not know; now_ms : stands as the time of reception
    on_progress : called with readings done and readings in all
    Raises Invalid (nothing is written), Ambiguous, or Unavailable (what was written before stays and is a repeat later)
    """
    history = read_history(path, wanted)
    sites, made = place_sites(history, registry, zone, actor=actor, register=register, source=path.name)
    memory = MeterMemory(
        spike_factor=(validation or ValidationSettings()).spike_factor,
        frozen_hours=(validation or ValidationSettings()).frozen_hours,
    )
    stored = repeats = flagged = done = rejected = 0
    conflicts: list[RejectedRow] = []
    for batch in batches(history, sites, memory, now_ms):
        outcome = store.write(batch)
        stored, repeats, done = stored + outcome.accepted, repeats + outcome.repeats, done + len(batch)
        flagged += int((batch.quality != 0).sum())
        rejected += len(outcome.rejected)
        conflicts += outcome.rejected[: MOST_SHOWN - len(conflicts)]
        if on_progress is not None:
            on_progress(done, history.values)
    return ImportReport(
        span=history.span,
        sites=len(sites),
        registered=made,
        stored=stored,
        repeats=repeats,
        flagged=flagged,
        rejected=rejected,
        conflicts=tuple(conflicts),
        errors=history.errors,
        refused=history.refused,
    )


def place_sites(
    history: History, registry: RegistryLedger, zone: ZoneInfo, *, actor: str, register: bool, source: str
) -> tuple[dict[str, Site], tuple[str, ...]]:
    """The meters of the file's sites, and the names of those made.

    Raises Invalid for unknown sites without ``register``, and for meters registered with another interval.
    """
    first = history.span.start.astimezone(zone).date()
    sites, unknown = find_sites(registry.registry().view(first), history.sites)
    if unknown and not register:
        shown = ", ".join(unknown[:10]) + (" ..." if len(unknown) > 10 else "")
        raise Invalid(f"the registry does not know {len(unknown)} sites: {shown}; add them, or give --register")
    if unknown:
        change = register_sites(history.parts, only=unknown)
        made = registry.put_versions(
            actor,
            enterprises=change.enterprises,
            accounts=change.accounts,
            meters=change.meters,
            source=source,
        )
        sites, _ = find_sites(made.view(first), history.sites)
    check_intervals(registry.registry().view(first), history.parts, sites)
    return sites, tuple(unknown)


def batches(history: History, sites: Mapping[str, Site], memory: MeterMemory, now_ms: int) -> Iterator[ReadingBatch]:
    """Readings in order of time, flagged as ingest would have flagged them."""
    slots = 0
    for part in history.parts:
        memory.reserve(slots + len(part.ids))
        columns = max(1, ROWS_AT_ONCE // len(part.ids))
        for begin in range(0, len(part.ts_ms), columns):
            batch = _batch(part, slice(begin, begin + columns), sites, memory, slots, now_ms)
            if len(batch):
                yield batch
        slots += len(part.ids)


def _batch(
    part: Matrix, columns: slice, sites: Mapping[str, Site], memory: MeterMemory, first_slot: int, now_ms: int
) -> ReadingBatch:
    power, ts_ms = part.values[:, columns].T, part.ts_ms[columns]
    quality = np.array([_judge(row, int(ts), part, memory, first_slot) for row, ts in zip(power, ts_ms, strict=True)])
    ids = np.array([sites[name].meter for name in part.ids], dtype=object)
    given = ~np.isnan(power)
    values = np.full((int(given.sum()), len(QUANTITIES)), np.nan)
    values[:, POWER] = power[given]
    when, who = np.nonzero(given)
    return ReadingBatch(
        meter=ids[who],
        ts_ms=ts_ms[when],
        values=values,
        quality=quality[given],
        received_ms=np.full(len(values), now_ms, dtype=np.int64),
    )


def _judge(
    power_kw: np.ndarray[tuple[int], np.dtype[np.float64]],
    ts_ms: int,
    part: Matrix,
    memory: MeterMemory,
    first_slot: int,
) -> CodeArray:
    count = len(power_kw)
    return memory.judge(
        Observed(
            slot=np.arange(first_slot, first_slot + count, dtype=np.int64),
            ts_ms=np.full(count, ts_ms, dtype=np.int64),
            interval_ms=np.full(count, part.step_s * 1000, dtype=np.int64),
            power_kw=power_kw,
            energy_kwh=np.full(count, np.nan),
        )
    )


def errors_as_lines(errors: tuple[CellError, ...]) -> Iterator[str]:
    """The error list as CSV lines: line, column, value, reason."""
    yield "行 line,列 column,值 value,原因 reason"
    for error in errors:
        value = error.value.replace('"', '""')
        yield f'{error.row},"{error.column}","{value}","{error.reason_zh} {error.reason_en}"'
