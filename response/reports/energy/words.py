"""Sentences and rows the energy reports share. 等价值 stands first: the office reports in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.energy import Basis, Standing
from domain.report import Cell, Column, ColumnKind, Quantity, Table, chinese, shown_number
from domain.series import Figure
from response.intensity.figures import GroupFigures

BASES = (Basis.EQUIVALENT, Basis.CALORIFIC)
STANDINGS = {Standing.MEASURED: "计量", Standing.REPORTED: "报表", Standing.ESTIMATED: "含估计"}
ENERGY, INTENSITY = "综合能耗", "万元工业增加值能耗"
TCE, PER_VALUE = "tce", "tce/万元"


def printed(reason: str) -> str:
    """A reason as a paper says it: without the advice what to do, which is for the screen."""
    return chinese(reason).partition("，请")[0]


def moved(figure: Figure, *, up: str = "上升", down: str = "下降") -> str:
    """上升3.5% or 下降3.5%; why it is not known otherwise."""
    if figure.value is None:
        return f"数据不足（{printed(figure.reason)}）"
    share = shown_number(abs(figure.value), 1, percent=True)
    return "持平" if share == "0.0%" else f"{up if figure.value > 0 else down}{share}"


def told(figure: Figure, digits: int, unit: str) -> str:
    if figure.value is None:
        return f"数据不足（{printed(figure.reason)}）"
    return f"{shown_number(figure.value, digits)}{unit}"


def sentence(period: str, who: str, group: GroupFigures) -> str:
    """What the first paragraph of a report says."""
    energy, rate = group.energy_tce[Basis.EQUIVALENT], group.intensity[Basis.EQUIVALENT]
    parts = [
        f"{period}，{who}{ENERGY}（等价值）{told(energy, 2, '吨标准煤')}，"
        f"同比{moved(group.energy_growth[Basis.EQUIVALENT], up='增长')}",
        f"工业增加值{told(group.value_added_10k_cny, 1, '万元')}，可比价同比{moved(group.real_growth, up='增长')}",
        f"{INTENSITY}（等价值）{told(rate, 4, '吨标准煤/万元')}，同比{moved(group.change[Basis.EQUIVALENT])}",
    ]
    if rate.value is None:
        parts.append(f"万元增加值电耗{told(group.electricity_intensity_kwh, 1, '千瓦时')}")
    return "；".join(parts) + "。"


def quantity(figure: Figure, digits: int, *, percent: bool = False) -> Quantity:
    return Quantity(figure.value, digits, percent=percent)


def indicators(title: str, groups: Sequence[tuple[str, GroupFigures]], *, note: str = "") -> Table:
    """Every indicator of one or two periods, both bases side by side, and why one is missing."""
    columns = [Column("指标"), Column("单位")]
    for name, _ in groups:
        columns += [Column(f"{name} {basis.name_zh}", kind=ColumnKind.NUMBER) for basis in BASES]
    rows = tuple(_indicator_rows([group for _, group in groups]))
    return Table(title, (*columns, Column("说明")), rows, note)


def _indicator_rows(groups: Sequence[GroupFigures]) -> Iterator[tuple[Cell, ...]]:
    for title, unit, digits, field in (
        (ENERGY, TCE, 2, "energy_tce"),
        (f"{ENERGY}（考核口径）", TCE, 2, "assessed_tce"),
        (INTENSITY, PER_VALUE, 4, "intensity"),
    ):
        figures = [getattr(group, field)[basis] for group in groups for basis in BASES]
        yield title, unit, *(quantity(each, digits) for each in figures), why(figures)
    for title, unit, digits, field in (
        ("等价值与当量值之差", TCE, 2, "reconciliation_tce"),
        ("用电量", "kWh", 0, "electricity_kwh"),
        ("工业增加值（可比价）", "万元", 1, "value_added_10k_cny"),
        ("万元增加值电耗", "kWh/万元", 1, "electricity_intensity_kwh"),
    ):
        figures = [getattr(group, field) for group in groups]
        # One figure for both bases: the second cell stays empty, it is no missing number.
        cells = [cell for each in figures for cell in (quantity(each, digits), "")]
        yield title, unit, *cells, why(figures)
    for title, field in (("综合能耗同比", "energy_growth"), (f"{INTENSITY}同比", "change")):
        figures = [getattr(group, field)[basis] for group in groups for basis in BASES]
        yield title, "%", *(quantity(each, 1, percent=True) for each in figures), why(figures)
    grown = [group.real_growth for group in groups]
    cells = [cell for each in grown for cell in (quantity(each, 1, percent=True), "")]
    yield "工业增加值实际增长", "%", *cells, why(grown)


def why(figures: Sequence[Figure]) -> str:
    reasons = dict.fromkeys(printed(each.reason) for each in figures if each.value is None and each.reason)
    estimated = ["含估计值"] if any(each.estimated for each in figures) else []
    return "；".join([*reasons, *estimated])


def standing(group: GroupFigures) -> str:
    found = {str(key): word for key, word in STANDINGS.items()}
    return found.get(group.standing, "—")
