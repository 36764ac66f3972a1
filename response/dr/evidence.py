"""The evidence pack's machine-readable half: a zip from which every figure of a settlement can be computed again.

event.json       the event with its terms and those who take part
inputs.json      for each enterprise what its frozen baseline was made of, without the readings
readings.csv     every 15-minute block used: of the sample days' candidates and of the event itself
digests.csv      a digest for each line of readings.csv, in its order
settlement.json  the figures
manifest.json    SHA-256 of the others; the SHA-256 of the manifest is the pack's root, printed on the signed paper
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from domain.dr import DrEvent
from domain.dr_records import FrozenBaseline, Settlement
from domain.instants import BLOCK_MS
from monitor.frozen_inputs import FrozenInputs, Numbers, unpacked

FORMAT = "yingfeng-dr-evidence/1"
#: Equal packs are equal bytes: files of a zip carry a date, and this is the first one a zip can hold.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
READINGS = ("enterprise", "use", "day", "block", "kw")
SAMPLE, EVENT = "baseline", "event"


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One block as the pack holds it. use : ``baseline`` or ``event``; kw : as text

    enterprise : or a part of one, as the event names it
    block : of the local day, 96 and more of the day after, where rows go from noon to noon
    """

    enterprise: str
    use: str
    day: str
    block: str
    kw: str

    @property
    def digest(self) -> str:
        return hashlib.sha256("|".join(self.cells).encode()).hexdigest()[:32]

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        return self.enterprise, self.use, self.day, self.block, self.kw

    @property
    def place(self) -> tuple[str, str, str, str]:
        return self.enterprise, self.use, self.day, self.block

    @property
    def said(self) -> str:
        over, minutes = divmod(int(self.block) * (BLOCK_MS // 60_000), 24 * 60)
        day = date.fromisoformat(self.day) + timedelta(days=over)
        return f"{self.enterprise} {day} {minutes // 60:02d}:{minutes % 60:02d} ({self.use}) {self.kw or '—'} kW"


def bundle(event: DrEvent, baselines: Sequence[FrozenBaseline], settlement: Settlement, program: str) -> bytes:
    """The pack of one revision. Deterministic: the same revision gives the same bytes."""
    frozen = {each.member: each for each in baselines}
    used = [unpacked(frozen[row.member].inputs) for row in settlement.rows if row.member in frozen]
    lines = [*_baseline_lines(used), *_event_lines(event, settlement, used)]
    members = {row.member for row in settlement.rows}
    versions = {
        each.member: {"revision": each.revision, "method": each.method, "digest": each.digest}
        | {"frozen_ms": each.frozen_ms, "sample_days": [day.isoformat() for day in each.sample_days]}
        for each in baselines
        if each.member in members
    }
    files = {
        "event.json": _json({"event": _told(event, "participants"), "baselines": versions, "program": program}),
        # Keys as they were frozen: the digest of a baseline is of these bytes.
        "inputs.json": _json([replace(each, load_kw=()).told() for each in used], order=None),
        "readings.csv": _csv([READINGS, *(line.cells for line in lines)]),
        "digests.csv": _csv([("digest",), *((line.digest,) for line in lines)]),
        "settlement.json": _json(_told(settlement, "rows")),
    }
    manifest = _json({"format": FORMAT, "files": {name: _sha(content) for name, content in files.items()}})
    return _zipped({**files, "manifest.json": manifest})


def root_of(content: bytes) -> str:
    """SHA-256 of the pack's manifest: what the signed paper carries."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        return _sha(pack.read("manifest.json"))


def _baseline_lines(used: Sequence[FrozenInputs]) -> Iterator[ReadingLine]:
    for inputs in used:
        for day, row in zip(inputs.days, inputs.load_kw, strict=True):
            yield from _lines(inputs.enterprise, SAMPLE, day, row, inputs.rows_begin)


def _event_lines(event: DrEvent, settlement: Settlement, used: Sequence[FrozenInputs]) -> Iterator[ReadingLine]:
    first = {each.enterprise: (each.days[-1], each.rows_begin + each.first_block) for each in used}
    blocks = (event.end_ms - event.start_ms) // BLOCK_MS
    for row in settlement.rows:
        if row.member in first:
            day, block = first[row.member]
            yield from _lines(row.member, EVENT, day, row.load_kw[:blocks], block)


def _lines(enterprise: str, use: str, day: date, row: Numbers, first: int) -> Iterator[ReadingLine]:
    for block, value in enumerate(row, first):
        yield ReadingLine(enterprise, use, day.isoformat(), str(block), "" if value is None else repr(float(value)))


def _told(value: DrEvent | Settlement, members: str) -> dict[str, Any]:
    """As plain values. Who takes part as a whole is told as before there were parts: old packs keep their root."""
    found: dict[str, Any] = msgspec.to_builtins(value)
    for each in found[members]:
        if not each["accounts"]:
            del each["accounts"]
    return found


def _json(value: object, *, order: Literal["deterministic"] | None = "deterministic") -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order=order), indent=1)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
