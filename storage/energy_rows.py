"""Rows of energy statements become entries of single months; what cannot be told apart is refused or, when asked,
estimated and marked so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.energy import EnergyEntry, Standing
from domain.errors import Invalid
from domain.ids import EnterpriseId
from storage.sheet_cells import CellError, CellMistake
from storage.sheet_months import Period, refuse_merged
from storage.sheet_tables import TableRow

FLOWS = ("bought", "opening_stock", "closing_stock", "resold", "feedstock", "supplied_out", "certified_non_fossil")
#: Flows that a cumulated table sums up since January; stocks are those of the day.
SUMMED = ("bought", "resold", "feedstock", "supplied_out", "certified_non_fossil")
#: What is not consumed of what was bought and in stock.
LEFT = ("closing_stock", "resold", "feedstock", "supplied_out")


@dataclass(frozen=True, slots=True, eq=False)
class StatedRow:
    """flows : in the carrier's own unit; period : of the flows, or since January where the table is cumulated"""

    row: TableRow
    enterprise: EnterpriseId
    period: Period
    carrier: str
    flows: Mapping[str, float]
    kgce_measured: float | None
    source: str


@dataclass(slots=True)
class Taken:
    """Entries of single months, and what is wrong or worth a look."""

    entries: list[EnergyEntry] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)


#: (enterprise, month) -> carrier -> what the ledger holds; a month that is there holds nothing of other carriers.
Kept = Mapping[tuple[EnterpriseId, date], Mapping[str, EnergyEntry]]


def single_months(rows: Sequence[StatedRow], *, cumulative: bool, estimate: bool, kept: Kept | None = None) -> Taken:
    """estimate : split what holds several months by days instead of refusing it; standing says so

    kept : earlier months of a cumulated figure, for a file that holds only the newest
    """
    taken = Taken()
    cumulated = _since_january(rows, taken, kept or {}) if cumulative else ((r, r.flows, r.period) for r in rows)
    for row, flows, period in cumulated:
        if len(period.months) > 1 and not estimate:
            taken.errors.append(row.row.error("month", _gap(period) if cumulative else refuse_merged(period)))
            continue
        wrong = _not_possible(row, flows)
        if wrong is not None:
            taken.errors.append(wrong)
            continue
        taken.entries += _entries(row, flows, period, taken.errors)
    _refuse_twice(rows, taken.errors)
    return taken


def _gap(period: Period) -> CellMistake:
    zh = f"缺少{'、'.join(f'{month.month}月' for month in period.months[:-1])}，累计数无法拆分到单月；"
    names = ", ".join(str(month.month) for month in period.months[:-1])
    return CellMistake(
        zh + "请补充，或用“估算单月”按天数拆分并标记为估算",
        f"month {names} is missing: it cannot be taken apart; --estimate-months splits it by days, marked so",
    )


def _since_january(
    rows: Sequence[StatedRow], taken: Taken, kept: Kept
) -> Iterator[tuple[StatedRow, Mapping[str, float], Period]]:
    """Differences of figures cumulated since January, each with the months it holds."""
    series: dict[tuple[EnterpriseId, str, int], dict[int, StatedRow]] = defaultdict(dict)
    for row in rows:
        if row.period.first.month not in (1, row.period.last.month):
            mistake = CellMistake("累计数应从1月起", "a cumulated figure begins with January")
            taken.errors.append(row.row.error("month", mistake))
            continue
        series[row.enterprise, row.carrier, row.period.last.year][row.period.last.month] = row
    for (enterprise, carrier, year), months in series.items():
        earlier = _kept_since_january(kept, enterprise, carrier, year, min(months))
        for number, row in sorted(months.items()):
            opening = row.flows["opening_stock"] if earlier.month == 0 else earlier.closing_stock
            flows = {name: row.flows[name] - earlier.sums.get(name, 0.0) for name in SUMMED}
            first = date(year, earlier.month + 1, 1)
            stocks = {"opening_stock": opening, "closing_stock": row.flows["closing_stock"]}
            yield row, flows | stocks, Period(first, date(year, number, 1))
            earlier = _Earlier(number, row.flows, row.flows["closing_stock"])


@dataclass(frozen=True, slots=True)
class _Earlier:
    """Sums from January to ``month``, 0 = nothing before."""

    month: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)
    closing_stock: float = 0.0


def _kept_since_january(kept: Kept, enterprise: EnterpriseId, carrier: str, year: int, before: int) -> _Earlier:
    """The unbroken months from January on that the ledger holds, those of the file itself left out."""
    sums, closing, last = dict.fromkeys(SUMMED, 0.0), 0.0, 0
    for number in range(1, before):
        month = kept.get((enterprise, date(year, number, 1)))
        if month is None:
            break
        last = number
        entry = month.get(carrier)
        closing = entry.closing_stock if entry is not None else 0.0
        for name in SUMMED if entry is not None else ():
            sums[name] += getattr(entry, name)
    return _Earlier(last, sums, closing) if last else _Earlier()


def _not_possible(row: StatedRow, flows: Mapping[str, float]) -> CellError | None:
    for name in SUMMED:
        if flows[name] < -1e-9 * max(1.0, row.flows[name]):
            zh, en = "累计数小于上一期累计数，请核对", "below the cumulated figure before; check both"
            return row.row.error(name, CellMistake(zh, en))
    if flows["feedstock"] > (flows["bought"] + flows["opening_stock"]) * (1 + 1e-9):
        zh, en = "原料用量超过购进与期初库存之和", "feedstock above what was bought and in stock"
        return row.row.error("feedstock", CellMistake(zh, en))
    used = flows["bought"] + flows["opening_stock"] - sum(flows[name] for name in LEFT)
    if used < -1e-6 * max(1.0, flows["bought"] + flows["opening_stock"]):
        zh = "消费量为负：期末库存、转供、原料与外供之和大于购进与期初库存"
        en = "negative consumption: more is left and given away than there was"
        return row.row.error("closing_stock", CellMistake(zh, en))
    return None


def _entries(
    row: StatedRow, flows: Mapping[str, float], period: Period, errors: list[CellError]
) -> Iterator[EnergyEntry]:
    """One a month; stocks run evenly from the first to the last, so that the consumption of the whole is kept."""
    months, gone = period.months, 0.0
    opening, drawn = flows["opening_stock"], flows["opening_stock"] - flows["closing_stock"]
    for month, share in zip(months, period.shares(), strict=True):
        stocks = {"opening_stock": max(opening - drawn * gone, 0.0)}
        gone += share
        left = flows["closing_stock"] if month == months[-1] else opening - drawn * gone
        stocks["closing_stock"] = max(left, 0.0)
        part: dict[str, Any] = {name: max(flows[name], 0.0) * share for name in SUMMED}
        try:
            yield EnergyEntry(
                enterprise=row.enterprise,
                month=month,
                carrier=row.carrier,
                kgce_measured=row.kgce_measured,
                standing=Standing.REPORTED if len(months) == 1 else Standing.ESTIMATED,
                source=row.source,
                **part | stocks,
            )
        except Invalid as error:
            errors.append(row.row.error("closing_stock", error))
            return


def _refuse_twice(rows: Sequence[StatedRow], errors: list[CellError]) -> None:
    seen: dict[tuple[EnterpriseId, date, str], StatedRow] = {}
    for row in rows:
        other = seen.setdefault((row.enterprise, row.period.last, row.carrier), row)
        if other is not row:
            place = other.row.cells[0].row
            zh = f"与第{place}行是同一企业、月份和品种，只留一行"
            errors.append(row.row.error("", CellMistake(zh, f"the same as row {place}; keep one")))
