"""走访, 双随机抽查 and checks on site: what was found, and the lot that chose whom to look at and who looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from random import Random

from domain.errors import Invalid

#: A random inspection takes two persons.
INSPECTORS = 2


class VisitKind(StrEnum):
    SURVEY = "survey"
    RANDOM = "random"
    ON_SITE = "on_site"


@dataclass(frozen=True, slots=True)
class Visit:
    """走访, 双随机抽查 or a check on site during an order, with finding and follow-up."""

    id: str
    enterprise: str
    kind: VisitKind
    at: datetime
    visitors: tuple[str, ...]
    finding: str
    actor: str
    follow_up: str = ""
    due: date | None = None
    done: bool = False
    order: str = ""

    @property
    def open(self) -> bool:
        """Whether something is still to follow."""
        return bool(self.follow_up) and not self.done

    def __post_init__(self) -> None:
        if not self.finding.strip() or not self.visitors:
            raise Invalid("走访记录须有人员和发现 / a visit needs who came and what was found")
        if self.kind is VisitKind.RANDOM and len(self.visitors) < INSPECTORS:
            raise Invalid("双随机抽查须两名以上人员 / a random inspection takes two persons")


@dataclass(frozen=True, slots=True)
class LotPair:
    enterprise: str
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lot:
    """双随机: enterprises and officers drawn by lot. Anyone draws the same pairs again from seed, pool and officers.

    pool : enterprises that could have been drawn; day : of the registry they stand in
    """

    id: str
    day: date
    drawn_at: datetime
    seed: str
    pool: tuple[str, ...]
    officers: tuple[str, ...]
    pairs: tuple[LotPair, ...]
    actor: str


def draw_pairs(seed: str, pool: tuple[str, ...], officers: tuple[str, ...], count: int) -> tuple[LotPair, ...]:
    """Raises Invalid for fewer than two officers, or more enterprises than there are."""
    if len(set(officers)) < INSPECTORS:
        raise Invalid("双随机须有两名以上检查人员 / the lot needs two officers or more")
    if not 1 <= count <= len(pool):
        raise Invalid(f"抽查户数应为 1 至 {len(pool)} / between 1 and {len(pool)} enterprises can be drawn")
    lot = Random(seed)
    chosen = lot.sample(sorted(pool), count)
    return tuple(LotPair(name, tuple(lot.sample(sorted(set(officers)), INSPECTORS))) for name in chosen)
