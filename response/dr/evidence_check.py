"""Computing a settlement again from its evidence pack, and naming what was altered. Needs nothing but the pack."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from analytics.settlement import Validity, payment, penalty, settle
from domain.arrays import FloatArray
from domain.dr import DrEvent
from domain.dr_records import Settlement, SettlementRow
from domain.errors import Invalid
from domain.instants import BLOCK_S
from monitor.frozen_inputs import FrozenInputs, compute, packed
from response.dr.evidence import EVENT, FORMAT, READINGS, SAMPLE, ReadingLine
from response.dr.pace import as_array

LARGEST_PACK = 200_000_000
FILES = ("event.json", "inputs.json", "readings.csv", "digests.csv", "settlement.json", "manifest.json")
#: Figures are computed from the same bytes by the same formulas; only the last bits of a sum may differ by machine.
CLOSE = 1e-9
Readings = Mapping[tuple[str, str], Mapping[str, list[float | None]]]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """altered_readings : lines whose digest is not theirs; altered_files : whose bytes are not those of the manifest

    differences : figures that come out differently; figures : how many were computed again
    """

    event: str
    revision: int
    root: str
    figures: int
    altered_readings: tuple[str, ...]
    altered_files: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not (self.altered_readings or self.altered_files or self.differences)


def check(content: bytes, *, root: str | None = None) -> CheckReport:
    """Raises Invalid when the file is no evidence pack at all. ``root`` : as printed on the signed paper"""
    files = _files(content)
    manifest = _manifest(files["manifest.json"])
    own_root = _sha(files["manifest.json"])
    altered_files = [name for name, digest in manifest.items() if _sha(files.get(name, b"")) != digest]
    if root is not None and root.strip().lower() != own_root:
        altered_files.append(f"manifest.json: its SHA-256 {own_root} is not that of the signed paper")
    lines = _lines(files["readings.csv"])
    altered = _altered(lines, files["digests.csv"])
    try:
        told = msgspec.json.decode(files["event.json"])
        event = msgspec.convert(told["event"], DrEvent)
        inputs = msgspec.json.decode(files["inputs.json"], type=list[FrozenInputs])
        settlement = msgspec.json.decode(files["settlement.json"], type=Settlement)
        readings = _by_day(lines)
        whole = {each.enterprise: _whole(each, readings) for each in inputs}
        figures, found = _again(event, whole, settlement, readings)
        found += _other_inputs(told["baselines"], whole)
    except (msgspec.MsgspecError, KeyError, IndexError, ValueError, TypeError) as error:
        raise Invalid(f"证据包内容不完整 / the pack is not whole: {type(error).__name__}: {error}") from error
    return CheckReport(
        settlement.event, settlement.revision, own_root, figures, tuple(altered), tuple(altered_files), tuple(found)
    )


def _files(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            names = set(pack.namelist())
            if sum(info.file_size for info in pack.infolist()) > LARGEST_PACK:
                raise Invalid("文件过大 / the pack is too large")
            missing = [name for name in FILES if name not in names]
            if missing:
                raise Invalid(f"缺少 {', '.join(missing)} / not an evidence pack: {', '.join(missing)} missing")
            return {name: pack.read(name) for name in FILES}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise Invalid(f"不是证据包 / not an evidence pack: {error}") from error


def _manifest(content: bytes) -> dict[str, str]:
    try:
        told: Any = msgspec.json.decode(content)
        if told["format"] != FORMAT:
            raise Invalid(f"证据包格式不识别 / this format is not known: {told['format']}")
        return dict(told["files"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"manifest.json cannot be read: {error}") from error


def _lines(content: bytes) -> list[ReadingLine]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8", "replace"))))
    if not rows or tuple(rows[0]) != READINGS:
        raise Invalid("readings.csv has other columns")
    return [ReadingLine(*row) for row in rows[1:] if len(row) == len(READINGS)]


def _altered(lines: Sequence[ReadingLine], digests: bytes) -> list[str]:
    told = digests.decode("utf-8", "replace").split()[1:]
    found = [line.said for line, digest in zip(lines, told, strict=False) if line.digest != digest]
    if len(lines) != len(told):
        found.append(f"{len(lines)} readings, {len(told)} digests")
    return found


def _by_day(lines: Sequence[ReadingLine]) -> Readings:
    """Values by (enterprise, use) and day, in the order of their blocks."""
    found: dict[tuple[str, str], dict[str, list[float | None]]] = {}
    for line in lines:
        days = found.setdefault((line.enterprise, line.use), {})
        days.setdefault(line.day, []).append(float(line.kw) if line.kw else None)
    return found


def _whole(inputs: FrozenInputs, readings: Readings) -> FrozenInputs:
    """With the loads of its days, which stand among the readings."""
    days = readings[inputs.enterprise, SAMPLE]
    return replace(inputs, load_kw=tuple(tuple(days[day.isoformat()]) for day in inputs.days))


def _other_inputs(told: Mapping[str, Mapping[str, Any]], inputs: Mapping[str, FrozenInputs]) -> list[str]:
    """Baselines whose inputs are not those that were frozen: another method, another day, another load."""
    return [
        f"{enterprise} baseline: frozen from {told[enterprise]['digest'][:16]}, the pack holds {digest[:16]}"
        for enterprise, each in inputs.items()
        if (digest := packed(each)[1]) != told[enterprise]["digest"]
    ]


def _again(
    event: DrEvent, inputs: Mapping[str, FrozenInputs], settlement: Settlement, readings: Readings
) -> tuple[int, list[str]]:
    """How many figures were computed again, and those that differ."""
    rows = settlement.rows
    blocks = len(rows[0].load_kw)
    base = np.full((len(rows), blocks), np.nan)
    load = np.full((len(rows), blocks), np.nan)
    for n, row in enumerate(rows):
        known = inputs.get(row.member)
        if known is None:
            continue
        found = as_array(compute(known).base_kw)
        base[n, : min(blocks, len(found))] = found[:blocks]
        load[n] = as_array(readings[known.enterprise, EVENT][known.days[-1].isoformat()])
    figures = _figures(event, [event.participant(row.member).promised_kw for row in rows], base, load)
    wrong = [
        _difference(row, name, value)
        for row, again in zip(rows, figures, strict=True)
        for name, value in again.items()
        if not _same(row, name, value)
    ]
    return sum(map(len, figures)), wrong


def _figures(
    event: DrEvent, promised_kw: Sequence[float], base_kw: FloatArray, load_kw: FloatArray
) -> list[dict[str, Any]]:
    """Of each enterprise every figure of its row, by name; base_kw, load_kw : shape (n, b)"""
    promised = np.array(promised_kw)
    result = settle(base_kw, load_kw, promised, event.terms, step_s=BLOCK_S)
    pay = payment(result.energy_kwh, np.asarray(result.validity == Validity.VALID), event.terms)
    hours = (event.end_ms - event.start_ms) / 3_600_000
    fee = np.nan_to_num(penalty(result.response_kw, promised, event.terms, hours=hours))
    return [
        {
            "promised_kw": promised[n],
            "validity": Validity(int(result.validity[n])).word,
            "base_extreme_kw": result.base_extreme_kw[n],
            "load_extreme_kw": result.load_extreme_kw[n],
            "base_mean_kw": result.base_mean_kw[n],
            "load_mean_kw": result.load_mean_kw[n],
            "response_kw": result.response_kw[n],
            "ratio": result.ratio[n],
            "effective_min": result.effective_min[n],
            "energy_kwh": result.energy_kwh[n],
            "pay_yuan": pay[n],
            "penalty_yuan": fee[n],
        }
        for n in range(len(promised))
    ]


def _same(row: SettlementRow, name: str, again: Any) -> bool:
    told = getattr(row, name)
    if isinstance(told, str):
        return bool(told == again)
    if told is None or math.isnan(again):
        return told is None and math.isnan(again)
    return math.isclose(told, again, rel_tol=CLOSE, abs_tol=CLOSE)


def _difference(row: SettlementRow, name: str, again: Any) -> str:
    shown = again if isinstance(again, str) else f"{again:.6g}"
    return f"{row.member} {name}: {getattr(row, name)} in the pack, {shown} computed again"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
