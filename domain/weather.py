"""Weather as it was forecast and then known: every value says when it was said and what hour it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid

#: Air outside these bounds has never been measured in China; a value there is a broken sensor or a wrong unit.
LOWEST_C, HIGHEST_C = -60.0, 60.0


@dataclass(frozen=True, slots=True, eq=False)
class WeatherRows:
    """n values as columns. A row said before the instant it is about is a forecast, any other a measurement.

    issued_ms : shape (n,), when it was said; valid_ms : shape (n,), the instant it is about
    temperature_c : shape (n,), dry-bulb [deg C]; humidity_percent : shape (n,), relative, NaN = not given [%]
    source : who said it
    """

    issued_ms: IntArray
    valid_ms: IntArray
    temperature_c: FloatArray
    humidity_percent: FloatArray
    source: str

    def __post_init__(self) -> None:
        n = len(self.valid_ms)
        for name in ("issued_ms", "temperature_c", "humidity_percent"):
            if getattr(self, name).shape != (n,):
                raise Invalid(f"{name} has shape {getattr(self, name).shape}, expected {(n,)}")
        if not self.source.strip():
            raise Invalid("weather needs its source")

    def __len__(self) -> int:
        return len(self.valid_ms)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, float, float | None]], source: str) -> Self:
        """From (issued_ms, valid_ms, temperature_c, humidity_percent or None). Raises Invalid on absurd values."""
        kept = list(rows)
        for _, _, temperature_c, humidity in kept:
            if not LOWEST_C <= temperature_c <= HIGHEST_C:
                raise Invalid(f"a temperature of {temperature_c} degrees Celsius is not plausible; check the unit")
            if humidity is not None and not 0 <= humidity <= 100:
                raise Invalid(f"a relative humidity of {humidity} % is not plausible; check the unit")
        return cls(
            np.array([row[0] for row in kept], dtype=np.int64),
            np.array([row[1] for row in kept], dtype=np.int64),
            np.array([row[2] for row in kept], dtype=np.float64),
            np.array([np.nan if row[3] is None else row[3] for row in kept], dtype=np.float64),
            source,
        )
