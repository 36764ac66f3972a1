"""What a baseline was frozen from, as bytes that outlive the readings: from them it can be computed again, anywhere."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
from pydantic import TypeAdapter

from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Refusal, in_window
from analytics.baselines.registry import method_of
from config.baselines import AnyMethod
from domain.errors import Invalid

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class FrozenInputs:
    """One enterprise and one event day, the last of ``days``.

    method : the method's settings, as in config/policy/baselines.toml
    first_block, end_block : the window, blocks of ``step_s`` of a row
    rows_begin : block of the local day each row begins with; 0 = the day itself, else the row ends on the day after
    load_kw : a row of blocks for each day, None = not measured completely; the event day itself is all None
    temperature_c : the same, empty where the method reads none
    """

    enterprise: str
    method: dict[str, Any]
    first_block: int
    end_block: int
    step_s: int
    days: tuple[date, ...]
    works: tuple[bool, ...]
    holiday: tuple[bool, ...]
    event: tuple[bool, ...]
    load_kw: tuple[Numbers, ...]
    temperature_c: tuple[Numbers, ...] = ()
    rows_begin: int = 0

    def told(self) -> dict[str, Any]:
        """As plain values. Rows of whole days are told as they were before there were others: digests are of these."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        if not self.rows_begin:
            del found["rows_begin"]
        return found

    def encoded(self) -> bytes:
        return msgspec.json.encode(self.told())


@dataclass(frozen=True, slots=True)
class Computed:
    """base_kw : blocks of the window; refusal : ``none``, or why there is no baseline"""

    base_kw: Numbers
    sample_days: tuple[date, ...]
    refusal: str


def packed(inputs: FrozenInputs) -> tuple[bytes, str]:
    """Compressed bytes, and the SHA-256 of the uncompressed ones."""
    plain = inputs.encoded()
    return zlib.compress(plain, 9), hashlib.sha256(plain).hexdigest()


def unpacked(content: bytes) -> FrozenInputs:
    return decoded(zlib.decompress(content))


def decoded(content: bytes) -> FrozenInputs:
    """Raises Invalid when the bytes are no such inputs."""
    try:
        return msgspec.json.decode(content, type=FrozenInputs)
    except msgspec.MsgspecError as error:
        raise Invalid(f"not the inputs of a baseline: {error}") from error


def compute(inputs: FrozenInputs) -> Computed:
    """The baseline of these inputs. Pure: the same inputs give the same figures."""
    table = _table(inputs)
    entry: AnyMethod = TypeAdapter(AnyMethod).validate_python(inputs.method)
    number, window = len(inputs.days) - 1, Window(inputs.first_block, inputs.end_block)
    found = in_window(method_of(entry)(table, number, window), window)
    refusal = Refusal(int(found.refusal[0])).name.lower()
    values = found.base_kw[0, window.blocks]
    samples = tuple(day for day, chosen in zip(inputs.days, found.days[0].tolist(), strict=True) if chosen)
    base = tuple(None if np.isnan(value) else float(value) for value in values)
    return Computed(base if refusal == "none" else (None,) * len(base), samples, refusal)


def _table(inputs: FrozenInputs) -> DayTable:
    load = _matrix(inputs.load_kw)
    temperature = _matrix(inputs.temperature_c) if inputs.temperature_c else np.full(load.shape, np.nan)
    return DayTable(
        load_kw=load[None],
        works=np.array(inputs.works, dtype=np.bool_),
        holiday=np.array(inputs.holiday, dtype=np.bool_),
        event=np.array([inputs.event], dtype=np.bool_),
        outage=np.zeros((1, len(inputs.days)), dtype=np.bool_),
        temperature_c=temperature,
        step_s=inputs.step_s,
    )


def _matrix(rows: tuple[Numbers, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=np.float64)
