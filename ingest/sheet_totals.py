"""What a column of daily totals tells of the values beside it: energy adds up to it, power to its hours' share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ingest.sheet_points import Curve
from ingest.sheet_words import Kind
from storage.sheet_cells import Cell

#: Rounding of 96 values to two decimals stays below this share of any total worth looking at.
TOLERANCE = 0.005
#: Rows that must agree, and their share of the rows that have a total.
FEWEST_ROWS, AGREEING_SHARE = 1, 0.9


class Told(NamedTuple):
    """kind : power or energy; applied : False where the total is multiplied and the values are not"""

    kind: Kind | None = None
    applied: bool | None = None


def told_by_totals(rows: Sequence[Sequence[Cell]], curve: Curve, total: int, multiplier: int | None) -> Told:
    """Of complete rows; Told() where they do not agree with each other."""
    votes: Counter[Told] = Counter()
    for row in rows:
        by_column = {cell.column: cell.value for cell in row}
        values = [by_column.get(column) for column in curve.columns]
        whole = _number(by_column.get(total))
        numbers = [number for value in values if (number := _number(value)) is not None]
        if whole is None or len(numbers) < len(values) or not sum(numbers):
            continue
        factor = _number(by_column.get(multiplier)) if multiplier is not None else None
        votes[_vote(whole / sum(numbers), curve.step_min / 60, factor or 1.0)] += 1
    if not votes:
        return Told()
    (best, count), *_ = votes.most_common(1)
    agree = count >= FEWEST_ROWS and count >= AGREEING_SHARE * sum(votes.values())
    return best if agree else Told()


def _vote(ratio: float, hours: float, multiplier: float) -> Told:
    for expected, told in (
        (1.0, Told(Kind.ENERGY)),
        (hours, Told(Kind.POWER)),
        (multiplier, Told(Kind.ENERGY, applied=False)),
        (multiplier * hours, Told(Kind.POWER, applied=False)),
    ):
        if abs(ratio / expected - 1) < TOLERANCE:
            return told
    return Told()


def _number(value: object) -> float | None:
    if isinstance(value, float):
        return value
    try:
        return float(value.replace(",", "")) if isinstance(value, str) else None
    except ValueError:
        return None
