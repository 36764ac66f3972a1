"""``journal``: what ingest has made durable and nobody has passed yet; beside a running server or without one."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from pydantic import BaseModel, Field
from rich.table import Table

from app.clock import SystemClock
from app.commands.options import AsJson, Config, settings_from, terminal
from config.settings import JournalSettings
from ingest.journal_report import JournalReport, ReaderReport, SegmentReport, journals_under, report

app = typer.Typer(no_args_is_help=True, help="The journal between broker and store. 接收日志")
#: What ``check`` exits with when it found damage.
DAMAGE_FOUND = 1


class DamageOut(BaseModel):
    start: int = Field(description="byte in the file")
    end: int
    records: int = Field(description="records that cannot be read there; 0 at the end of the journal: not known")


class SegmentOut(BaseModel):
    file: str
    bytes: int
    records: int
    unfinished_bytes: int = Field(description="a write under way, or cut short and never acknowledged")
    damages: list[DamageOut]


class ReaderOut(BaseModel):
    name: str
    record: int = Field(description="number of the next record it will read")
    lag_records: int
    lag_bytes: int
    age_s: float = Field(description="age of the oldest record it has not done with")


class JournalOut(BaseModel):
    path: str
    in_use: bool = Field(description="a running process holds it")
    checked: bool = Field(description="every record was read and its checksum compared")
    bytes: int
    limit_bytes: int
    alarm: bool
    records: int
    sound: bool
    lost_records: int
    damaged_bytes: int
    segments: list[SegmentOut]
    readers: list[ReaderOut]
    set_aside: list[str] = Field(description="files with bytes that could not be read, now or earlier")


class JournalList(BaseModel):
    journals: list[JournalOut]


@app.command()
def show(config: Config = None, as_json: AsJson = False) -> None:
    """Segments, and how far each reader is. 查看"""
    _tell(config, as_json=as_json, check=False)


@app.command()
def check(config: Config = None, as_json: AsJson = False) -> None:
    """Read every record and compare its checksum; exits 1 when something is damaged. 校验"""
    if not _tell(config, as_json=as_json, check=True):
        raise typer.Exit(DAMAGE_FOUND)


def _tell(config: Path | None, *, as_json: bool, check: bool) -> bool:
    settings = settings_from(config).journal
    now_ms = SystemClock().now_ms()
    reports = [report(path, now_ms, check=check) for path in journals_under(Path(settings.path))]
    if as_json:
        listed = JournalList(journals=[_plain(each, settings) for each in reports])
        typer.echo(json.dumps(listed.model_dump(), ensure_ascii=False, indent=2))
    else:
        for each in reports:
            _print(each, settings)
    return all(each.sound for each in reports)


def _plain(found: JournalReport, settings: JournalSettings) -> JournalOut:
    limit = round(settings.max_gb * 1e9)
    return JournalOut(
        path=str(found.path),
        in_use=found.in_use,
        checked=found.checked,
        bytes=found.bytes,
        limit_bytes=limit,
        alarm=found.bytes >= settings.alarm_share * limit,
        records=found.records,
        sound=found.sound,
        lost_records=found.lost_records,
        damaged_bytes=found.damaged_bytes,
        segments=[_plain_segment(s) for s in found.segments],
        readers=[_plain_reader(r) for r in found.readers],
        set_aside=[str(p) for p in found.set_aside],
    )


def _plain_segment(found: SegmentReport) -> SegmentOut:
    base = found.base.offset
    damages = [DamageOut(start=d.start - base, end=d.end - base, records=d.records) for d in found.damages]
    return SegmentOut(
        file=found.path.name,
        bytes=found.bytes,
        records=found.records,
        unfinished_bytes=found.unfinished_bytes,
        damages=damages,
    )


def _plain_reader(found: ReaderReport) -> ReaderOut:
    return ReaderOut(
        name=found.name,
        record=found.position.sequence,
        lag_records=found.lag_records,
        lag_bytes=found.lag_bytes,
        age_s=found.age_s,
    )


def _print(found: JournalReport, settings: JournalSettings) -> None:
    limit = settings.max_gb * 1e9
    alarm = found.bytes >= settings.alarm_share * limit
    typer.echo(
        f"{found.path}  {'使用中 in use' if found.in_use else '未使用 not in use'}  {found.records:,} records, "
        f"{found.bytes / 1e6:,.1f} of {limit / 1e6:,.0f} MB ({found.bytes / limit:.1%})"
        + (" 告警 ALARM" if alarm else "")
    )
    readers = Table("reader 读者", "lag 滞后 records", "MB", "age 时延 s")
    for reader in found.readers:
        readers.add_row(
            reader.name, f"{reader.lag_records:,}", f"{reader.lag_bytes / 1e6:,.1f}", f"{reader.age_s:,.0f}"
        )
    terminal().print(readers)
    segments = Table("segment 文件", "records", "MB", "state 状态")
    for segment in found.segments:
        segments.add_row(
            segment.path.name, f"{segment.records:,}", f"{segment.bytes / 1e6:,.1f}", _state(segment, found)
        )
    terminal().print(segments)
    if found.set_aside:
        typer.echo(f"{len(found.set_aside)} 个损坏片段 damaged pieces are kept in {found.set_aside[0].parent}")
    if found.checked:
        typer.echo(_verdict(found))


def _state(segment: SegmentReport, found: JournalReport) -> str:
    parts = [
        f"bytes {d.start - segment.base.offset:,}...{d.end - segment.base.offset:,} damaged"
        + (f" ({d.records:,} records)" if d.records else "")
        for d in segment.damages
    ]
    if segment.unfinished_bytes:
        parts.append(f"{segment.unfinished_bytes:,} bytes unfinished, never acknowledged")
    return "; ".join(parts) or ("sound 完好" if found.checked else "")


def _verdict(found: JournalReport) -> str:
    if found.sound:
        return f"完好 sound: all {found.records:,} records can be read"
    lost = f"{found.lost_records:,} records" if found.lost_records else "an unknown number of records"
    return (
        f"损坏 damaged: {found.damaged_bytes:,} bytes with {lost}; the other {found.records:,} records can be read, "
        "and ingest reads them. Check the disk, keep this folder, and ask the meters of that time again"
    )
