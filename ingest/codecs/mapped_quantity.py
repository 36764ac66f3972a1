"""One quantity of a message rule: from what stands in the payload to a number in our unit."""

from __future__ import annotations

from typing import Any

from config.json_path import ABSENT, JsonPath, Place
from config.mapping_table import UNITS, QuantityRule
from domain.readings import QUANTITIES
from ingest.codecs.columns import DecodeError
from ingest.codecs.mapped_condition import Condition
from ingest.codecs.mapped_values import bcd, number, shown
from ingest.codecs.told import Told, Witness


class MappedQuantity:
    __slots__ = ("_plain", "_read", "column", "rule", "times", "unit_path", "where")

    def __init__(self, rule: QuantityRule) -> None:
        self.rule = rule
        self.column = QUANTITIES.index(rule.name)
        self._read = JsonPath.parse(rule.path).reader()
        self.times = tuple(JsonPath.parse(path) for path in rule.times)
        self.unit_path = JsonPath.parse(rule.unit_path) if rule.unit_path else None
        self.where = Condition.of(rule.where)
        # Whose factor is the same for every payload; 0 for those that must look.
        fixed = rule.encoding != "bcd" and not self.times and self.unit_path is None
        self._plain = UNITS[rule.unit][1] * rule.scale if fixed else 0.0

    def value(self, place: Place, witness: Witness | None) -> float | None:
        """In our unit; None where the payload has none."""
        raw = self._read(place)
        # Nearly every value of every payload: a plain number in one unit, that nobody asks about.
        if self._plain and type(raw) is float and -1e200 < raw < 1e200 and witness is None:
            return raw * self._plain
        return None if raw is ABSENT and witness is None else self._looked_at(raw, place, witness)

    def _looked_at(self, raw: Any, place: Place, witness: Witness | None) -> float | None:
        """The long way: text, BCD, a unit or a factor of the payload, what is wrong, and what is told of it."""
        rule = self.rule
        if raw is ABSENT:
            if witness:
                witness(Told(rule.name, rule.path, None, "nothing stands there", None))
            return None
        what = f"{rule.name} at {rule.path!r}"
        found = bcd(raw, rule, what) if rule.encoding == "bcd" else number(raw, what)
        if found is None:
            if witness:
                witness(Told(rule.name, rule.path, raw, "all F: the meter has no such value", None))
            return None
        unit, factor = self._unit(place)
        read = found
        for path in self.times:
            times = path.of(place)
            if times is ABSENT:
                raise DecodeError("no_value", f"{what} is to be multiplied by {path.text!r}, but nothing stands there")
            factor *= number(times, f"the factor at {path.text!r}")
        found *= factor * rule.scale
        if not -1e300 < found < 1e300:
            raise DecodeError("not_finite", f"{what} is out of all bounds once converted: {shown(raw)}")
        if witness:
            witness(Told(rule.name, rule.path, raw, self._how(read, unit, factor), found))
        return found

    def _unit(self, place: Place) -> tuple[str, float]:
        unit = self.rule.unit
        if self.unit_path is not None:
            said = self.unit_path.of(place)
            if said is not ABSENT:
                unit = said if isinstance(said, str) and said in UNITS else ""
                if not unit or not self.rule.name.endswith(UNITS[unit][0]):
                    raise DecodeError("wrong_unit", f"{self.rule.name}: the payload's unit {shown(said)} does not fit")
        return unit, UNITS[unit][1]

    def _how(self, read: float, unit: str, factor: float) -> str:
        parts = [f"{read:.15g}" if self.rule.encoding == "bcd" else "", unit]
        if (whole_factor := factor * self.rule.scale) != 1.0:
            parts.append(f"x {whole_factor:.12g}")
        return " ".join(part for part in parts if part)
