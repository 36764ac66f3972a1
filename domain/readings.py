"""Readings as columns: what the codecs make, the journal carries and the store keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from domain.arrays import CodeArray, FloatArray, IntArray, TextArray
from domain.errors import Invalid
from domain.quality import Quality

#: Quantities of a reading, in the order of the columns of ``ReadingBatch.values``.
QUANTITIES: tuple[str, ...] = (
    "power_kw",
    "reactive_kvar",
    "power_factor",
    "energy_import_kwh",
    "energy_export_kwh",
    "voltage_v",
    "current_a",
)
POWER, REACTIVE, POWER_FACTOR, ENERGY_IMPORT, ENERGY_EXPORT, VOLTAGE, CURRENT = range(7)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, for edges that speak of single rows. ``ts_ms`` is the start of the meter's interval."""

    meter: str
    ts_ms: int
    values: tuple[float, ...]
    quality: Quality = Quality.OK
    received_ms: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ReadingBatch:
    """n readings as columns.

    meter : shape (n,), meter ids
    ts_ms : shape (n,), start of the reading's interval, milliseconds since the epoch
    values : shape (n, 7), the columns of QUANTITIES in their units; NaN = absent
    quality : shape (n,), codes of Quality
    received_ms : shape (n,), when ingest took the message from the broker
    """

    meter: TextArray
    ts_ms: IntArray
    values: FloatArray
    quality: CodeArray
    received_ms: IntArray

    def __post_init__(self) -> None:
        n = len(self.meter)
        if self.values.shape != (n, len(QUANTITIES)):
            raise Invalid(f"values have shape {self.values.shape}, expected {(n, len(QUANTITIES))}")
        for name in ("ts_ms", "quality", "received_ms"):
            if getattr(self, name).shape != (n,):
                raise Invalid(f"{name} has shape {getattr(self, name).shape}, expected {(n,)}")

    def __len__(self) -> int:
        return len(self.meter)

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Self:
        rows = list(readings)
        return cls(
            meter=np.array([r.meter for r in rows], dtype=object),
            ts_ms=np.array([r.ts_ms for r in rows], dtype=np.int64),
            values=np.array([r.values for r in rows], dtype=np.float64).reshape(len(rows), len(QUANTITIES)),
            quality=np.array([r.quality for r in rows], dtype=np.int8),
            received_ms=np.array([r.received_ms for r in rows], dtype=np.int64),
        )

    @classmethod
    def concat(cls, batches: Sequence[ReadingBatch]) -> Self:
        if not batches:
            return cls.of(())
        return cls(
            meter=np.concatenate([b.meter for b in batches]),
            ts_ms=np.concatenate([b.ts_ms for b in batches]),
            values=np.concatenate([b.values for b in batches]),
            quality=np.concatenate([b.quality for b in batches]),
            received_ms=np.concatenate([b.received_ms for b in batches]),
        )

    def take(self, where: IntArray | np.ndarray[tuple[int], np.dtype[np.bool_]] | slice) -> ReadingBatch:
        return ReadingBatch(
            self.meter[where], self.ts_ms[where], self.values[where], self.quality[where], self.received_ms[where]
        )

    def rows(self) -> list[Reading]:
        return [
            Reading(str(m), int(t), tuple(float(x) for x in v), Quality(int(q)), int(r))
            for m, t, v, q, r in zip(self.meter, self.ts_ms, self.values, self.quality, self.received_ms, strict=True)
        ]


def values_of(**quantities: float) -> tuple[float, ...]:
    """The value tuple of a reading from named quantities, the rest NaN: ``values_of(power_kw=12.5)``."""
    unknown = set(quantities) - set(QUANTITIES)
    if unknown:
        raise Invalid(f"unknown quantities {sorted(unknown)}; known are {', '.join(QUANTITIES)}")
    return tuple(quantities.get(name, float("nan")) for name in QUANTITIES)
