"""Figures officers enter: quota, last year's maximum, the record. Each with its date, source and actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.errors import Invalid
from domain.scopes import Scope

BLOCKS_PER_DAY = 96


@dataclass(frozen=True, slots=True)
class Quota:
    """用电指标 of a scope for one local day: 96 points of 15 minutes in kW. ``source`` names the document."""

    scope: Scope
    day: date
    points_kw: tuple[float, ...]
    source: str
    actor: str
    revision: int = 1

    def __post_init__(self) -> None:
        if len(self.points_kw) != BLOCKS_PER_DAY:
            raise Invalid(
                f"用电指标应有 96 点，现有 {len(self.points_kw)} 点 / a quota has 96 points, not {len(self.points_kw)}"
            )
        if any(not (0 < p < 1e9) for p in self.points_kw):
            raise Invalid(
                "用电指标每点须为正的 kW 数，不得有空点 / each quota point must be a positive number of kW; "
                "a hole in a quota is refused"
            )
        if not self.source.strip():
            raise Invalid("用电指标须有文号 / a quota needs the document it comes from")


class ReferenceKind:
    RECORD = "record"
    LAST_YEAR_MAXIMUM = "last_year_maximum"
    EXPECTED_MAXIMUM = "expected_maximum"
    ALL = (RECORD, LAST_YEAR_MAXIMUM, EXPECTED_MAXIMUM)


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference load of a scope: the record, last year's maximum, or the period's expected maximum (kW)."""

    scope: Scope
    kind: str
    value_kw: float
    on: date
    source: str
    actor: str
    revision: int = 1

    def __post_init__(self) -> None:
        if self.kind not in ReferenceKind.ALL:
            known = ", ".join(ReferenceKind.ALL)
            raise Invalid(f"没有参照负荷类别 {self.kind!r} / reference kind {self.kind!r} is not one of {known}")
        if not 0 < self.value_kw < 1e9:
            raise Invalid(
                f"参照负荷 {self.value_kw} kW 不合理 / a reference load of {self.value_kw} kW is not plausible"
            )
        if not self.source.strip():
            raise Invalid("参照负荷须有来源 / a reference load needs its source")


@dataclass(frozen=True, slots=True)
class DayReferences:
    """All that is in force on one day: the newest quota of each scope, and its newest reference of each kind."""

    quotas: Mapping[Scope, Quota]
    references: Mapping[tuple[Scope, str], Reference]

    def value_kw(self, scope: Scope, kind: str) -> float | None:
        found = self.references.get((scope, kind))
        return None if found is None else found.value_kw


@dataclass(frozen=True, slots=True)
class OfficialLevel:
    """The level declared by province or city, with its document number; never computed by us."""

    level: str
    document: str
    start: date
    end: date | None
    actor: str
