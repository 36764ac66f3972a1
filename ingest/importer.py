"""``yingfeng import``: a file of loads straight into the store. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from config.settings import ValidationSettings
from domain.arrays import CodeArray
from domain.errors import Invalid
from domain.instants import Span
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import Registry, RegistryView
from domain.series import Matrix
from ingest.behaviour import MeterMemory, Observed
from ingest.file_history import History, first_day, read_history
from ingest.file_layouts import Wanted
from ingest.file_registers import register_batches
from ingest.files import CellError
from ingest.site_multipliers import multiplied
from ingest.sites import Site, check_intervals, find_sites, lost_zeros, register_sites
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


def describe(history: History, zone: ZoneInfo, sites: Mapping[str, Site] | None = None) -> list[str]:
    """What a dry run shows: how the file is read, what was inferred, each site's meter, and its first day as read.

    sites : those the registry knows, None = not looked up
    """
    layout, told = history.layout, history.sheets
    clock = f"{layout.zone}" if layout.zone is not None else "偏移量在文件中 offsets in the file"
    span = history.span
    unit = "kWh" if history.registers else "kW"
    form = (
        f"表格，已逐格换算为 {unit}{'（示数）' if history.registers else ''} sheets, each value converted to {unit}"
        f"{' (registers)' if history.registers else ''}"
        if told is not None
        else f"版式 layout {layout.layout} · 时间列 time {layout.ts!r} · 标签 label {layout.label} · "
        f"单位 unit {layout.unit}"
    )
    steps = "、".join(f"{part.step_s} s" for part in history.parts)
    lines = [
        f"{form} · 间隔 interval {steps} · 时区 zone {clock}",
        *([f"由文件推断 inferred from the file: {', '.join(layout.inferred) or '无 nothing'}"] if told is None else []),
        f"{span.start.astimezone(zone):%Y-%m-%d %H:%M} - {span.end.astimezone(zone):%Y-%m-%d %H:%M} ({zone}) · "
        f"{len(history.sites)} 站点 sites · {history.values:,} 值 values · {history.refused} 错误 errors · "
        f"{history.repeats} 重复 repeats",
        *(told.notes if told is not None else ()),
        *(_meters_told(history, sites) if sites is not None else ()),
        f"首日 the first day as read [{unit}]: " + "  ".join(history.parts[0].ids[:5]),
    ]
    for at, values in first_day(history, zone):
        shown = "  ".join("—" if np.isnan(v) else f"{v:,.2f}" for v in values)
        lines.append(f"{at:%Y-%m-%d %H:%M}  {shown}")
    lines += [f"{e.place} {e.column}: {e.value!r} {e.reason_zh} {e.reason_en}" for e in history.errors[:MOST_SHOWN]]
    if history.refused > MOST_SHOWN:
        lines.append(f"… {history.refused - MOST_SHOWN:,} 更多错误 more errors")
    return lines


def _meters_told(history: History, sites: Mapping[str, Site]) -> Iterator[str]:
    """Which name is which meter, with the multiplier the file gave."""
    told = history.sheets
    for name in history.sites[:MOST_SHOWN]:
        site = sites.get(name)
        to = f"{site.meter} ({site.enterprise or 'grid'})" if site is not None else "不在台账中 not in the registry"
        account = told.accounts.get(name, "") if told is not None else ""
        given = told.multipliers.get(name, ()) if told is not None else ()
        times = f" · 倍率 multiplier {'、'.join(f'{value:g}' for value in given)}" if given else ""
        yield f"{name}{f' · 户号 account {account}' if account and account != name else ''} -> {to}{times}"


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
    sites, made = place_sites(history, registry, zone, actor=actor, register=register, source=path.name, wanted=wanted)
    history = multiplied(history, sites, registry.registry(), zone, wanted)
    memory = MeterMemory(
        spike_factor=(validation or ValidationSettings()).spike_factor,
        frozen_hours=(validation or ValidationSettings()).frozen_hours,
    )
    stored = repeats = flagged = done = rejected = 0
    conflicts: list[RejectedRow] = []
    made_of = (
        register_batches(history, sites, registry.registry(), zone, memory, now_ms, validation or ValidationSettings())
        if history.registers
        else batches(history, sites, memory, now_ms)
    )
    for batch in made_of:
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


def check_sites(history: History, registry: Registry, zone: ZoneInfo, wanted: Wanted) -> dict[str, Site]:
    """The meters of the sites the registry knows, for a dry run. Raises what the import itself would of them."""
    view = registry.view(history.span.start.astimezone(zone).date())
    accounts = history.sheets.accounts if history.sheets is not None else {}
    sites, _ = find_sites(view, history.sites, accounts=accounts, chosen=dict(wanted.meters))
    check_intervals(view, history.parts, sites)
    multiplied(history, sites, registry, zone, wanted)
    return sites


def place_sites(
    history: History,
    registry: RegistryLedger,
    zone: ZoneInfo,
    *,
    actor: str,
    register: bool,
    source: str,
    wanted: Wanted | None = None,
) -> tuple[dict[str, Site], tuple[str, ...]]:
    """The meters of the file's sites, and the names of those made.

    Raises Invalid for unknown sites without ``register``, and for meters registered with another interval; Ambiguous
    for a site that could be several meters.
    """
    first = history.span.start.astimezone(zone).date()
    told, chosen = history.sheets, dict((wanted or Wanted()).meters)
    accounts = told.accounts if told is not None else {}
    view = registry.registry().view(first)
    sites, unknown = find_sites(view, history.sites, accounts=accounts, chosen=chosen)
    if unknown and not register:
        raise Invalid(_unknown(view, unknown))
    if unknown:
        named = told.names if told is not None else {}
        change = register_sites(history.parts, only=unknown, accounts=accounts, names=named)
        made = registry.put_versions(
            actor,
            enterprises=change.enterprises,
            accounts=change.accounts,
            meters=change.meters,
            source=source,
        )
        sites, _ = find_sites(made.view(first), history.sites, accounts=accounts, chosen=chosen)
    check_intervals(registry.registry().view(first), history.parts, sites)
    return sites, tuple(unknown)


def _unknown(view: RegistryView, names: Sequence[str]) -> str:
    zeros = lost_zeros(view, names)
    shown = ", ".join(f"{n} (前导零丢失? zeros lost? {zeros[n]})" if n in zeros else n for n in names[:10])
    more = " ..." if len(names) > 10 else ""
    return f"the registry does not know {len(names)} sites: {shown}{more}; add them, or give --register"


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
    """The error list as CSV lines: cell, line, column, value, reason."""
    yield "单元格 cell,行 line,列 column,值 value,原因 reason"
    for error in errors:
        value = error.value.replace('"', '""')
        yield f'{error.place},{error.row},"{error.column}","{value}","{error.reason_zh} {error.reason_en}"'
