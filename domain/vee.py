"""Validation, estimation, editing: what stands beside a raw reading and never in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from domain.arrays import FloatArray, IntArray, TextArray
from domain.errors import Invalid

#: A revision is also the nanosecond of its point in InfluxDB, which must stay inside the reading's millisecond.
LAST_REVISION = 999_999


class VeeFlag(StrEnum):
    """What a revision says of one interval.

    ESTIMATED : computed by a rule for a missing or distrusted reading; yields to a trusted reading that comes later
    EDITED : entered by a person, with reason; ACCEPTED : a person trusts the raw value although a rule did not
    EXCLUDED : a person distrusts the raw value; WITHDRAWN : an earlier revision no longer counts, raw stands
    """

    ESTIMATED = "estimated"
    EDITED = "edited"
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"


#: Decisions of people: a rule never writes over them.
BY_HAND = frozenset({VeeFlag.EDITED, VeeFlag.ACCEPTED, VeeFlag.EXCLUDED})


@dataclass(frozen=True, slots=True)
class VeeRow:
    """One revision of one interval. ``raw_kw`` is the reading as it was then, ``value_kw`` what counts instead; NaN =
    none. ``revision`` is the number of the change it belongs to and grows over the whole district [kW]"""

    meter: str
    ts_ms: int
    revision: int
    raw_kw: float
    value_kw: float
    flag: VeeFlag
    rule: str
    actor: str
    at_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class VeeBatch:
    """n revisions as columns of shape (n,); see ``VeeRow``. ``flag`` holds the words of VeeFlag."""

    meter: TextArray
    ts_ms: IntArray
    revision: IntArray
    raw_kw: FloatArray
    value_kw: FloatArray
    flag: TextArray
    rule: TextArray
    actor: TextArray
    at_ms: IntArray

    def __post_init__(self) -> None:
        n = len(self.meter)
        for name in VeeBatch.__slots__:
            if getattr(self, name).shape != (n,):
                raise Invalid(f"{name} has shape {getattr(self, name).shape}, expected {(n,)}")

    def __len__(self) -> int:
        return len(self.meter)

    @classmethod
    def of(cls, rows: Iterable[VeeRow]) -> Self:
        found = list(rows)
        return cls(
            meter=np.array([r.meter for r in found], dtype=object),
            ts_ms=np.array([r.ts_ms for r in found], dtype=np.int64),
            revision=np.array([r.revision for r in found], dtype=np.int64),
            raw_kw=np.array([r.raw_kw for r in found], dtype=np.float64),
            value_kw=np.array([r.value_kw for r in found], dtype=np.float64),
            flag=np.array([str(r.flag) for r in found], dtype=object),
            rule=np.array([r.rule for r in found], dtype=object),
            actor=np.array([r.actor for r in found], dtype=object),
            at_ms=np.array([r.at_ms for r in found], dtype=np.int64),
        )

    def take(self, where: IntArray | np.ndarray[tuple[int], np.dtype[np.bool_]] | slice) -> VeeBatch:
        return VeeBatch(*(getattr(self, name)[where] for name in VeeBatch.__slots__))

    def rows(self) -> list[VeeRow]:
        columns = (getattr(self, name).tolist() for name in VeeBatch.__slots__)
        return [
            VeeRow(m, t, n, raw, v, VeeFlag(f), r, a, at) for m, t, n, raw, v, f, r, a, at in zip(*columns, strict=True)
        ]

    def newest(self) -> VeeBatch:
        """The last revision of each (meter, ts), ordered by (ts, meter)."""
        ordered = self.in_order()
        if not len(ordered):
            return ordered
        same = (ordered.ts_ms[1:] == ordered.ts_ms[:-1]) & (ordered.meter[1:] == ordered.meter[:-1])
        return ordered.take(np.r_[~same.astype(np.bool_), True])

    def in_order(self) -> VeeBatch:
        """Ordered by (ts, meter, revision)."""
        _, name = np.unique(self.meter.astype(str), return_inverse=True)
        return self.take(np.lexsort((self.revision, name, self.ts_ms)))
