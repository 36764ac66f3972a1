"""How a file is to be read: given by the person, inferred where the file leaves no doubt, asked where it does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import IntArray
from domain.errors import Invalid
from ingest.file_times import DAY_MS, Stamps, closing_midnights, read_stamps
from ingest.files import TextTable

Shape = Literal["wide", "long"]
Label = Literal["start", "end"]
Unit = Literal["kw", "kwh"]
Multiplier = Literal["apply", "applied"]

#: Share of the spacings that must agree before they are taken for the interval.
REGULAR_SHARE = 0.8
_TIME_NAMES = (
    "ts",
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "date",
    "时间",
    "数据时间",
    "日期时间",
    "采集时间",
    "日期",
)
_SITE_NAMES = ("site", "meter", "meter_id", "id", "name", "户号", "表号", "站点", "企业", "电表")
_VALUE_NAMES = re.compile(
    r"(?i)^(kw|kwh|p_kw|power_kw|power|load|value|energy_kwh|energy|负荷|功率|电量|有功功率)(\W.*)?$"
)
#: Columns beside the loads that are not loads.
_OTHER_NAMES = re.compile(r"(?i)^(temp.*|.*_c$|humidity.*|quality|温度.*|湿度.*|备注|note.*|pf.*|.*kvar.*|load_type)$")
_KWH, _KW = re.compile(r"(?i)kwh|千瓦时|电量|度"), re.compile(r"(?i)kw|千瓦|功率|负荷")


class Ambiguous(Invalid):
    """The file can be read in more than one way. ``option`` is what to give; ``choices`` are the ways."""

    def __init__(self, option: str, question_zh: str, question_en: str, choices: Sequence[str]) -> None:
        given = f"--{option} {'|'.join(choices)}" if choices else f"--{option} ..."
        super().__init__(f"{question_zh} / {question_en}: {given}")
        self.option, self.choices = option, tuple(choices)
        self.question_zh, self.question_en = question_zh, question_en


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person said; None = to be inferred. ``columns`` : the load columns of a wide file, () = all that fit.

    ``multiplier`` : "apply" multiplies by 倍率, "applied" takes the values as multiplied; ``meters`` : site, its meter
    """

    layout: Shape | None = None
    ts: str | None = None
    interval_s: int | None = None
    label: Label | None = None
    unit: Unit | None = None
    zone: ZoneInfo | None = None
    site: str | None = None
    value: str | None = None
    columns: tuple[str, ...] = ()
    multiplier: Multiplier | None = None
    meters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is read. ``inferred`` names what was not given; ``zone`` is None when the stamps carry offsets."""

    layout: Shape
    ts: str
    interval_s: int
    label: Label
    unit: Unit
    zone: ZoneInfo | None
    site: str | None
    columns: tuple[str, ...]
    inferred: tuple[str, ...] = ()


def parse_interval(text: str) -> int:
    """``15m``, ``1h``, ``60s`` in seconds. Raises Invalid."""
    match = re.fullmatch(r"(\d+)\s*(s|m|min|h)", text.strip())
    seconds = int(match[1]) * {"s": 1, "m": 60, "min": 60, "h": 3600}[match[2]] if match else 0
    if seconds <= 0 or 86_400 % seconds:
        raise Invalid(f"interval {text!r} is not like 15m, 1h or 60s, or does not divide a day")
    return seconds


def infer(table: TextTable, wanted: Wanted) -> tuple[Layout, Stamps]:
    """The layout and the stamps read with it. Raises Ambiguous with the question when the file leaves a doubt."""
    for name in (wanted.ts, wanted.site, wanted.value, *wanted.columns):
        if name is not None and name not in table.columns:
            raise Invalid(f"the file has no column {name!r}; its columns are {', '.join(table.columns[:20])}")
    ts = wanted.ts or _time_column(table)
    shape, site, columns = _shape(table, ts, wanted)
    stamps = read_stamps(table.column(ts).to_pylist())
    if not stamps.read.any():
        raise Invalid(f"no stamp of column {ts!r} can be read as a time, as in 2026-07-20 10:15")
    interval_s = wanted.interval_s or _interval_s(stamps)
    stamps = closing_midnights(stamps, interval_s, table.column(site).to_pylist() if site else None)
    layout = Layout(
        layout=shape,
        ts=ts,
        interval_s=interval_s,
        label=wanted.label or _label(stamps, interval_s),
        unit=wanted.unit or _unit(columns, interval_s),
        zone=None if stamps.has_offset else wanted.zone or _ask_zone(),
        site=site,
        columns=columns,
    )
    asked = ("layout", "ts", "interval_s", "label", "unit")
    return replace(layout, inferred=tuple(name for name in asked if getattr(wanted, name) is None)), stamps


def _time_column(table: TextTable) -> str:
    named = [name for name in table.columns if name.strip().lower() in _TIME_NAMES]
    if len(named) == 1:
        return named[0]
    readable = [name for name in table.columns if _is_time(table.column(name).slice(0, 20).to_pylist())]
    if len(readable) == 1:
        return readable[0]
    raise Ambiguous("ts", "哪一列是时间？", "which column is the time?", readable or named or list(table.columns[:10]))


def _is_time(texts: Sequence[str | None]) -> bool:
    given = [text for text in texts if text is not None]
    # A column of bare numbers such as 20160704 could be a load.
    return bool(given) and bool(read_stamps(given).read.all()) and any(not text.isdigit() for text in given)


def _shape(table: TextTable, ts: str, wanted: Wanted) -> tuple[Shape, str | None, tuple[str, ...]]:
    site = wanted.site or next((n for n in table.columns if n.strip().lower() in _SITE_NAMES and n != ts), None)
    if wanted.layout == "wide" or (wanted.layout is None and site is None):
        columns = wanted.columns or tuple(n for n in table.columns if n != ts and not _OTHER_NAMES.match(n))
        if not columns:
            raise Invalid("the file has no column of loads beside the time")
        return "wide", None, columns
    if site is None:
        raise Ambiguous("site", "哪一列是站点？", "which column names the site?", [n for n in table.columns if n != ts])
    rest = [n for n in table.columns if n not in (ts, site)]
    named = [n for n in rest if _VALUE_NAMES.match(n)]
    value = wanted.value or (named[0] if len(named) == 1 else rest[0] if len(rest) == 1 else None)
    if value is None:
        raise Ambiguous("value", "哪一列是负荷或电量？", "which column is the load?", named or rest)
    return "long", site, (value,)


def usual_step_s(instants_ms: IntArray) -> int | None:
    """The spacing most of the instants have, when it divides a day; None when there is none [s]."""
    steps = np.diff(np.unique(instants_ms))
    if not len(steps):
        return None
    (step, count), *_ = Counter((steps // 1000).tolist()).most_common(1)
    return int(step) if step > 0 and 86_400 % step == 0 and count >= REGULAR_SHARE * len(steps) else None


def _interval_s(stamps: Stamps) -> int:
    step = usual_step_s(stamps.clock_ms[stamps.read] - stamps.offset_ms[stamps.read])
    if step is None:
        raise Ambiguous(
            "interval",
            "相邻时间间隔不一致，数据间隔是多少？",
            "the stamps are not evenly spaced; what is the interval?",
            ["15m", "1h"],
        )
    return step


def _label(stamps: Stamps, interval_s: int) -> Label:
    """Whole days written from 00:00 are starts, those that end at 24:00 are ends; anything else is asked."""
    if stamps.midnight_24:
        return "end"
    clock = stamps.clock_ms[stamps.read]
    first, last = int(clock.min() % DAY_MS), int(clock.max() % DAY_MS)
    step = interval_s * 1000
    if first == 0 and last == DAY_MS - step:
        return "start"
    if first == step and last == 0:
        return "end"
    raise Ambiguous(
        "label",
        "时间标在时段起点还是终点？",
        "does a stamp mark the start or the end of its interval?",
        ["start", "end"],
    )


def _unit(columns: Sequence[str], interval_s: int) -> Unit:
    if interval_s == 3600:
        return "kw"  # the mean kW of an hour is its kWh: no doubt to resolve
    kwh = [name for name in columns if _KWH.search(name)]
    if len(kwh) == len(columns):
        return "kwh"
    if not kwh and all(_KW.search(name) for name in columns):
        return "kw"
    raise Ambiguous(
        "unit", "数值是平均功率还是时段电量？", "are the values mean power or energy of the interval?", ["kw", "kwh"]
    )


def _ask_zone() -> ZoneInfo:
    raise Ambiguous(
        "tz",
        "时间没有时区，是哪里的时间？",
        "the stamps carry no offset; which zone's clock?",
        ["Asia/Shanghai", "UTC"],
    )
