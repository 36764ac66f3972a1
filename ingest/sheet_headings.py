"""Where a sheet's table begins and what its columns are: titles above, merged headings of one to three rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.errors import Invalid
from ingest.file_layouts import Ambiguous, Wanted
from ingest.sheet_points import Curve, curve_of, runs_of
from ingest.sheet_words import (
    Kind,
    Part,
    Unit,
    kind_of,
    part_of,
    plain,
    says_applied,
    says_instant,
    site_name,
    titled,
    unit_of,
)
from storage.sheet_cells import Cell, Sheet

#: Rows in which the headings are looked for; platforms put a title, a unit and a period above.
SEARCH_ROWS = 15
#: Rows a heading may be high, where cells are merged.
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class Values:
    """Columns of values. curve : of a day in one row; else ``column`` alone; site : where each column is a site."""

    told: str
    curve: Curve | None = None
    column: int = 0
    site: str | None = None

    @property
    def columns(self) -> tuple[int, ...]:
        return self.curve.columns if self.curve is not None else (self.column,)


@dataclass(frozen=True, slots=True)
class Headings:
    """last_row : index of the lowest heading row; title : facts of the rows above; title_text : all their words"""

    last_row: int
    parts: dict[Part, int]
    values: tuple[Values, ...]
    title: dict[Part, str] = field(default_factory=dict)
    title_text: str = ""
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> str:
        return " ".join([self.title_text, *(values.told for values in self.values)])


def find_headings(sheet: Sheet, wanted: Wanted) -> Headings | None:
    """None for a sheet without a table of loads. Raises Invalid and Ambiguous where there is one that is unclear."""
    for index, row in enumerate(sheet.rows[:SEARCH_ROWS]):
        if runs_of(row):
            return _of_points(sheet, index, wanted)
    for index, row in enumerate(sheet.rows[:SEARCH_ROWS]):
        parts = _parts(row)
        if Part.TIME in parts or (Part.DAY in parts and len([c for c in row if not c.empty]) > len(parts)):
            return _of_stamps(sheet, index, parts, wanted)
    return None


def _parts(row: Sequence[Cell]) -> dict[Part, int]:
    found: dict[Part, int] = {}
    for cell in row:
        part = part_of(cell.shown) if not cell.empty else None
        if part is not None:
            found.setdefault(part, cell.column)
    return found


def _title(sheet: Sheet, until: int) -> tuple[dict[Part, str], str]:
    facts: dict[Part, str] = {}
    texts: list[str] = [sheet.name]
    for row in sheet.rows[:until]:
        filled = [cell for cell in row if not cell.empty]
        texts += [cell.shown for cell in filled]
        for cell, after in zip(filled, [*filled[1:], None], strict=True):
            facts |= titled(cell.shown)
            part = part_of(cell.shown.strip().rstrip(":："))
            if part is not None and after is not None and cell.shown.strip()[-1] in ":：":
                facts[part] = after.shown.strip()
    return facts, " ".join(texts)


def _of_points(sheet: Sheet, index: int, wanted: Wanted) -> Headings:
    row = sheet.rows[index]
    top = index
    parts = _parts(row)
    # A merged heading stands in the highest of its rows, where the points have only their group's name.
    while top > 0 and index - top < HIGHEST - 1 and _is_heading(sheet.rows[top - 1]):
        top -= 1
        for part, column in _parts(sheet.rows[top]).items():
            parts.setdefault(part, column)
    title, title_text = _title(sheet, top)
    runs = runs_of(row)
    groups = [_group_text(sheet, top, index, run[0].column) for run in runs]
    notes: list[str] = []
    values: list[Values] = []
    for run, told in zip(runs, groups, strict=True):
        whole = f"{told} {_own_text(row, run[0].column)}"
        if kind_of(whole) is Kind.OTHER:
            notes.append(f"{sheet.name}: 未取 not taken: {told.strip() or '?'}")
        else:
            values.append(Values(whole, curve_of(run, sheet, wanted.label)))
    if len(values) > 1:
        values = _one_of(sheet, values, wanted, notes)
    if not values:
        raise Invalid(f"{sheet.name}: 没有有功功率或电量列 / no columns of active power or energy")
    if Part.DAY not in parts and Part.TIME in parts:
        parts[Part.DAY] = parts.pop(Part.TIME)
    if Part.DAY not in parts and Part.DAY not in title:
        raise Invalid(
            f"{sheet.name}: 没有“日期”列，表头上方也没有日期 / no column of the day (日期), nor one above the headings"
        )
    return Headings(index, parts, tuple(values), title, title_text, tuple(notes))


def _is_heading(row: Sequence[Cell]) -> bool:
    """A heading row names columns; a title row is one long text."""
    filled = [cell for cell in row if not cell.empty]
    return len(filled) > 1 and bool(_parts(row)) and not any(titled(cell.shown) for cell in filled)


def _group_text(sheet: Sheet, top: int, index: int, column: int) -> str:
    """What stands above a run of points: in each row the nearest filled cell, its own or left of it."""
    texts = []
    for row in sheet.rows[top:index]:
        left = [c for c in row if not c.empty and c.column <= column and part_of(c.shown) is None]
        texts += [left[-1].shown] if left else []
    return " ".join(texts)


def _own_text(row: Sequence[Cell], column: int) -> str:
    return next((cell.shown for cell in row if cell.column == column), "")


def _one_of(sheet: Sheet, values: Sequence[Values], wanted: Wanted, notes: list[str]) -> list[Values]:
    """Of power and energy side by side one is taken: what was wanted, else the energy, which is measured whole."""
    kinds = [_kind(v.told) for v in values]
    for kind in (Kind(wanted.unit),) if wanted.unit else (Kind.ENERGY, Kind.POWER):
        if kinds.count(kind) == 1:
            left = [v.told.strip() for v, k in zip(values, kinds, strict=True) if k is not kind]
            notes += [f"{sheet.name}: 未取 not taken: {text}" for text in left]
            return [values[kinds.index(kind)]]
    shown = "、".join(v.told.strip() or "?" for v in values)
    raise Invalid(f"{sheet.name}: 有多组时刻列，无法区分：{shown} / several groups of points that cannot be told apart")


def _kind(text: str) -> Kind | None:
    unit = unit_of(text)
    return unit.kind if unit is not None else kind_of(text)


def _of_stamps(sheet: Sheet, index: int, parts: dict[Part, int], wanted: Wanted) -> Headings:
    """A row for each stamp: long with a column of the account or meter, else each further column is a site."""
    row = sheet.rows[index]
    title, title_text = _title(sheet, index)
    if wanted.ts is not None:
        parts = {part: column for part, column in parts.items() if part not in (Part.DAY, Part.TIME)}
        parts[Part.TIME] = _named(sheet, row, wanted.ts)
    rest = [c for c in row if not c.empty and c.column not in parts.values()]
    rest = [c for c in rest if kind_of(c.shown) is not Kind.OTHER and not plain(c.shown).startswith(("备注", "序号"))]
    long = bool(parts.keys() & {Part.ACCOUNT, Part.METER, Part.NAME})
    if wanted.value is not None:
        rest = [cell for cell in row if cell.column == _named(sheet, row, wanted.value)]
    if long or (title.keys() & {Part.ACCOUNT, Part.METER}):
        chosen = [c for c in rest if kind_of(c.shown) in (Kind.POWER, Kind.ENERGY) or unit_of(c.shown) is not None]
        if wanted.unit is not None and len(chosen) > 1:
            chosen = [c for c in chosen if _kind(c.shown) is Kind(wanted.unit)]
        chosen = chosen or rest
        if len(chosen) != 1:
            raise Ambiguous("value", "哪一列是负荷或电量？", "which column is the load?", [c.shown for c in rest])
        return Headings(index, parts, (Values(chosen[0].shown, column=chosen[0].column),), title, title_text)
    values = tuple(Values(c.shown, column=c.column, site=site_name(c.shown)) for c in rest)
    if not values:
        raise Invalid(f"{sheet.name}: 除时间外没有数值列 / no column of loads beside the time")
    return Headings(index, parts, values, title, title_text)


def _named(sheet: Sheet, row: Sequence[Cell], name: str) -> int:
    found = next((c.column for c in row if c.shown.strip() == name), None)
    if found is None:
        names = ", ".join(c.shown for c in row if not c.empty)
        raise Invalid(f"{sheet.name}: the file has no column {name!r}; its columns are {names}")
    return found


def unit_for(told: str, headings: Headings, row_unit: str, row_quantity: str, wanted: Wanted) -> Unit:
    """Unit of values: that of the row, of its quantity, of the heading, of the titles above; asked when none says.

    Registers are told by their word (示数, 表码); their unit is that of energy, and their factor to kWh.
    Raises Ambiguous when nothing tells, or when two of them contradict each other.
    """
    texts = (row_unit, row_quantity, told, headings.title.get(Part.UNIT, ""), headings.title_text)
    named = [unit for text in texts if (unit := unit_of(text)) is not None]
    kinds = {unit.kind for unit in named} | {k for text in texts[:3] if (k := kind_of(text)) is not None}
    if not kinds:
        kinds = {k for text in texts[3:] if (k := kind_of(text)) is not None}
    if wanted.unit is not None:
        chosen = Kind(wanted.unit)
        return next((unit for unit in named if unit.kind is chosen), Unit(chosen, 1.0))
    spoken = {kind for text in texts[:3] if (kind := kind_of(text)) is not None}
    spoken = spoken or {kind for text in texts[3:] if (kind := kind_of(text)) is not None}
    if spoken == {Kind.REGISTER} and Kind.POWER not in kinds:
        return Unit(Kind.REGISTER, next((unit.factor for unit in named if unit.kind is Kind.ENERGY), 1.0))
    kinds -= {Kind.OTHER}
    if len(kinds) == 1:
        return named[0] if named else Unit(kinds.pop(), 1.0)
    why_zh = "表头与标题对数值的说法不一，" if kinds else ""
    why_en = "heading and title contradict each other; " if kinds else ""
    raise Ambiguous(
        "unit",
        f"{why_zh}数值是平均功率还是时段电量？",
        f"{why_en}are the values mean power or energy of the interval?",
        ["kw", "kwh"],
    )


def applied_for(headings: Headings, wanted: Wanted) -> bool | None:
    """Whether the values are multiplied already, as said by the person or by a heading; None when nobody says."""
    if wanted.multiplier is not None:
        return wanted.multiplier == "applied"
    return says_applied(headings.texts)


def instant_note(sheet: Sheet, headings: Headings) -> tuple[str, ...]:
    if not says_instant(headings.texts):
        return ()
    return (
        f"{sheet.name}: 表头称“瞬时”，瞬时值不是时段平均；计量点时标应登记为“瞬时” / momentary values are no means; "
        "register such meters with the stamp 瞬时",
    )
