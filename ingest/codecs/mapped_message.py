"""One message rule of a mapping file, compiled: from an element of a payload to the row of a reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import msgspec

from config.json_path import ABSENT, JsonPath, Place, same, whole
from config.mapping_table import UNITS, Conditions, HistoryRule, QuantityRule, scalar_text
from config.mappings import Mapping
from config.text_template import Reference, TextTemplate
from config.time_format import TimeFormat
from config.topic_pattern import TopicPattern
from domain.errors import Invalid
from domain.ids import parse_enterprise_id, parse_gateway_id, parse_meter_id
from domain.quality import Quality
from domain.readings import QUANTITIES
from ingest.codecs.columns import DecodeError, Reply
from ingest.codecs.mapped_values import bcd, number, shown, status
from ingest.codecs.timestamps import EARLIEST_MS, LATEST_MS

#: In conditions: something stands there; nothing stands there.
SOMETHING, NOTHING = "*", "!"
_ISO = TimeFormat("iso")
LONGEST_ID = 200
#: Speakers and meters remembered by each rule, so that their ids are parsed once.
_MOST_KEPT = 100_000
K = TypeVar("K")
V = TypeVar("V")


class Told(NamedTuple):
    """One step of reading an element, for a person who asks why: which value became what."""

    field: str
    path: str
    raw: Any
    how: str
    result: Any


Witness = Callable[[Told], None]


@dataclass(slots=True)
class Row:
    """A reading under way: elements of a list may each bring one quantity of it."""

    values: list[float | None]
    quality: Quality | None
    multiplied: bool | None
    place: Place


class _Condition:
    __slots__ = ("_nothing", "_read", "_something", "_wanted")

    def __init__(self, path: str, wanted: frozenset[str]) -> None:
        self._read = JsonPath.parse(path).reader()
        self._wanted = wanted
        self._something, self._nothing = SOMETHING in wanted, NOTHING in wanted

    @classmethod
    def of(cls, conditions: Conditions) -> tuple[_Condition, ...]:
        return tuple(
            cls(path, frozenset(scalar_text(v) for v in (value if isinstance(value, tuple) else (value,))))
            for path, value in conditions.items()
        )

    def holds(self, place: Place) -> bool:
        found = self._read(place)
        if found is ABSENT:
            return self._nothing
        if self._something:
            return True
        if isinstance(found, str):
            return found in self._wanted
        return any(same(found, text) for text in self._wanted)


def _hold(conditions: tuple[_Condition, ...], place: Place) -> bool:
    # A loop: all() with a generator takes three times as long for the one or two conditions there are.
    for condition in conditions:  # noqa: SIM110
        if not condition.holds(place):
            return False
    return True


class _Quantity:
    __slots__ = ("_plain", "_read", "column", "rule", "times", "unit_path", "where")

    def __init__(self, rule: QuantityRule) -> None:
        self.rule = rule
        self.column = QUANTITIES.index(rule.name)
        self._read = JsonPath.parse(rule.path).reader()
        self.times = tuple(JsonPath.parse(path) for path in rule.times)
        self.unit_path = JsonPath.parse(rule.unit_path) if rule.unit_path else None
        self.where = _Condition.of(rule.where)
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


def _keep(known: dict[K, V], key: K, value: V) -> None:
    """Strangers cannot fill the memory: beyond the bound nothing more is remembered."""
    if len(known) < _MOST_KEPT:
        known[key] = value


class MappedMessage:
    """``number`` : of the rule in its file; ``zone`` : of local times where neither rule nor file names one."""

    def __init__(self, mapping: Mapping, number: int, zone: str) -> None:
        rule = mapping.table.message[number]
        self.mapping, self.number, self.rule = mapping, number, rule
        self.zone = (rule.time.zone if rule.time else "") or mapping.table.zone or zone
        self.pattern = TopicPattern.parse(rule.topic)
        self.items = JsonPath.parse(rule.items, items=True) if rule.items else None
        self.quantities = tuple(_Quantity(quantity) for quantity in rule.quantity)
        self._conditional = any(quantity.where for quantity in self.quantities)
        self._when = _Condition.of(rule.when)
        self._meter = TextTemplate.parse(rule.meter)
        only = self._meter.only
        self._device = only.path.reader() if only is not None and only.path is not None else None
        self._meters: dict[str, str] = {}
        self._speaker = TextTemplate.parse(rule.enterprise or rule.gateway)
        self._speakers: dict[tuple[str, ...], tuple[str | None, str | None]] = {}
        self._read_time = JsonPath.parse(rule.time.path).reader() if rule.time and rule.time.path else None
        self._time = TimeFormat(rule.time.format if rule.time else "received")
        self._quality = tuple((JsonPath.parse(q.path).reader(), q) for q in rule.quality)
        self._multiplied = JsonPath.parse(rule.multiplied_path) if rule.multiplied_path else None

    @property
    def told_when(self) -> str:
        wanted = ", ".join(f"{path} = {value!r}" for path, value in self.rule.when.items())
        return f"{self.mapping.name} message.{self.number} wants {wanted or 'anything'}"

    @property
    def by_itself(self) -> bool:
        """The topic alone names the meter: the device is one."""
        return bool(self._meter.parts) and all(r.kind == "topic" for r in self._meter.references)

    def fits(self, content: Any) -> bool:
        return not self._when or _hold(self._when, whole(content))

    def speaker(self, parts: Table[str, str]) -> tuple[str | None, str | None]:
        """(enterprise, gateway): whose topic this is; one of them, or neither where the message carries no reading."""
        if not self._speaker.parts:
            return None, None
        named = tuple(parts.values())
        known = self._speakers.get(named)
        if known is None:
            known = self._speaker_of(str(fill(self._speaker, whole(None), parts)))
            _keep(self._speakers, named, known)
        return known

    def _speaker_of(self, text: str) -> tuple[str | None, str | None]:
        try:
            if self.rule.enterprise:
                return parse_enterprise_id(text), None
            return None, parse_gateway_id(text)
        except Invalid as error:
            raise DecodeError("bad_id", str(error)[:200]) from None

    def reply(self, parts: Table[str, str], content: Any, received_ms: int) -> Reply | None:
        rule = self.rule.reply
        if rule is None:
            return None
        place = whole(content)
        topic = str(fill(TextTemplate.parse(rule.topic), place, parts))
        filled = fill_payload(rule.payload, place, parts, {"now": received_ms}, self.zone)
        return Reply(topic, msgspec.json.encode(filled))

    def collect(
        self,
        rows: dict[tuple[str, int], Row],
        place: Place,
        parts: Table[str, str],
        received_ms: int,
        witness: Witness | None,
    ) -> bool:
        """Put what this element says into the row of its meter and instant; false where it says nothing for us."""
        wanted: Sequence[_Quantity] = self.quantities
        if self._conditional:
            wanted = [q for q in wanted if not q.where or _hold(q.where, place)]
            if not wanted:
                return False
        taken, quality = self._status(place, witness)
        if not taken:
            return False
        values = [q.value(place, witness) for q in wanted]
        if values.count(None) == len(values):
            if any(q.where for q in wanted):
                return False
            paths = ", ".join(q.rule.path for q in wanted)
            raise DecodeError("no_value", f"nothing stands at any of {paths}; compare the mapping with the payload")
        meter = self._meter_of(place, parts, witness)
        ts_ms, clock = self._checked(self._instant(place, received_ms, witness), received_ms, witness)
        quality = clock if quality is None else quality if clock is None else max(quality, clock)
        row = rows.get((meter, ts_ms))
        if row is None:
            row = Row([None] * len(QUANTITIES), quality, self._said_multiplied(place, witness), place)
            rows[meter, ts_ms] = row
        elif quality is not None and (row.quality is None or quality > row.quality):
            row.quality = quality
        self._fill(row, wanted, values, meter)
        return True

    def _fill(self, row: Row, wanted: Sequence[_Quantity], values: Sequence[float | None], meter: str) -> None:
        held = row.values
        for quantity, found in zip(wanted, values, strict=True):
            if found is None:
                found = quantity.rule.default
                if found is None:
                    continue
            known = held[quantity.column]
            if known is not None and known != found:
                name = quantity.rule.name
                raise DecodeError("conflict", f"{name} of {meter} is given twice for one instant: {known:g}, {found:g}")
            held[quantity.column] = found

    def _status(self, place: Place, witness: Witness | None) -> tuple[bool, Quality | None]:
        worst: Quality | None = None
        for read, rule in self._quality:
            raw = read(place)
            said = status(rule, raw)
            if witness:
                how = "bits" if rule.bits else "words"
                witness(Told("quality", rule.path, raw, how, said.text if said is not None else "no reading"))
            if said is None:
                return False, None
            worst = said if worst is None else max(worst, said)
        return True, worst

    def _meter_of(self, place: Place, parts: Table[str, str], witness: Witness | None) -> str:
        raw = self._device(place) if self._device is not None else ABSENT
        # A short text needs no look at what else an id could be.
        device = raw if isinstance(raw, str) and len(raw) <= LONGEST_ID else str(fill(self._meter, place, parts))
        known = self._meters.get(device)
        if known is not None and witness is None:
            return known
        meter = self.mapping.table.meters.get(device, device)
        if witness:
            how = "by the file's table" if device in self.mapping.table.meters else "as it stands"
            witness(Told("meter", self.rule.meter, device, how, meter))
        try:
            found = parse_meter_id(meter)
        except Invalid as error:
            raise DecodeError("bad_id", f"{error}; [meters] of the mapping may name our id"[:300]) from None

        _keep(self._meters, device, found)
        return found

    def _instant(self, place: Place, received_ms: int, witness: Witness | None) -> int:
        rule = self.rule.time
        assert rule is not None
        raw = self._read_time(place) if self._read_time is not None else ABSENT
        received = rule.format == "received" or (raw is ABSENT and rule.missing == "received")
        if received:
            ts_ms = received_ms
        elif raw is ABSENT:
            raise DecodeError("no_timestamp", f"no instant stands at {rule.path!r}")
        elif isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise DecodeError("bad_timestamp", f"the instant at {rule.path!r} is {shown(raw)}")
        else:
            try:
                ts_ms = self._time.read(raw, self.zone)
            except ValueError as error:
                raise DecodeError("bad_timestamp", f"the instant at {rule.path!r}: {error}"[:300]) from None
        if not EARLIEST_MS <= ts_ms < LATEST_MS:
            detail = f"the instant at {rule.path!r} lies outside 2005...2099: {shown(raw)}; check clock and format"
            raise DecodeError("absurd_date", detail)
        if witness:
            how = rule.format + (f" in {self.zone}" if self._time.is_local else "")
            how = "the instant ingest received it" if received else how
            witness(Told("time", rule.path, raw, how, _ISO.write(ts_ms, self.zone)))
        return ts_ms

    def _checked(self, ts_ms: int, received_ms: int, witness: Witness | None) -> tuple[int, Quality | None]:
        """The instant to keep, and CLOCK where the device's clock is wrong by more than the rule allows.

        Ahead can only be the clock; behind may be an outage of ours while the broker held the message, so there the
        device's word is kept."""
        rule, ahead_s = self.rule.time, (ts_ms - received_ms) / 1000
        if rule is None or rule.format == "received":
            return ts_ms, None
        if rule.ahead_s is not None and ahead_s > rule.ahead_s:
            if witness:
                witness(Told("time", "", f"{ahead_s:,.0f} s ahead", "kept at the instant of reception", "clock"))
            return received_ms, Quality.CLOCK
        if rule.behind_s is not None and -ahead_s > rule.behind_s:
            if witness:
                witness(Told("time", "", f"{-ahead_s:,.0f} s behind", "kept, not to be trusted", "clock"))
            return ts_ms, Quality.CLOCK
        return ts_ms, None

    def _said_multiplied(self, place: Place, witness: Witness | None) -> bool | None:
        said = self.rule.multiplied
        if self._multiplied is not None:
            raw = self._multiplied.of(place)
            if raw is not ABSENT:
                if raw not in (True, False, 0, 1, "true", "false", "0", "1"):
                    raise DecodeError(
                        "wrong_type", f"{self._multiplied.text!r} is neither true nor false: {shown(raw)}"
                    )
                said = raw in (True, 1, "true", "1")
        if witness:
            how = (
                "the registry's multiplier is applied unless it says primary values"
                if said is None
                else "by the mapping"
            )
            witness(Told("multiplied", self.rule.multiplied_path, said, how, said))
        return said


def history_request(
    rule: HistoryRule, parts: Table[str, str], words: Table[str, int | str], zone: str
) -> tuple[str, bytes]:
    """Topic and payload that ask a device for what it has kept; ``words`` : now, start, end [ms], meter, device."""
    place = whole(None)
    topic = str(fill(TextTemplate.parse(rule.topic), place, parts))
    return topic, msgspec.json.encode(fill_payload(rule.payload, place, parts, words, zone))


def fill(
    template: TextTemplate,
    place: Place,
    parts: Table[str, str],
    instants: Table[str, int | str] | None = None,
    zone: str = "UTC",
) -> str | int | float | bool:
    """The text with its references filled in; the value itself where it is one reference. Raises DecodeError."""
    if (only := template.only) is not None:
        return _value(only, place, parts, instants or {}, zone)
    return "".join(
        part if isinstance(part, str) else _text(_value(part, place, parts, instants or {}, zone))
        for part in template.parts
    )


def fill_payload(
    payload: Table[str, Any], place: Place, parts: Table[str, str], instants: Table[str, int | str], zone: str
) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            filled[name] = fill_payload(value, place, parts, instants, zone)
        elif isinstance(value, str):
            template = TextTemplate.parse(value, instants=tuple(instants))
            filled[name] = fill(template, place, parts, instants, zone)
        else:
            filled[name] = value
    return filled


def _text(value: str | int | float | bool) -> str:
    return scalar_text(value) if isinstance(value, bool) else str(value)


def _value(
    reference: Reference, place: Place, parts: Table[str, str], instants: Table[str, int | str], zone: str
) -> str | int | float | bool:
    if reference.kind == "topic":
        return parts[reference.name]
    if reference.kind == "instant":
        assert reference.format is not None
        return reference.format.write(int(instants[reference.name]), zone)
    if reference.kind == "word":
        return instants[reference.name]
    assert reference.path is not None
    found = reference.path.of(place)
    if found is ABSENT or isinstance(found, list | dict):
        raise DecodeError("no_meter", f"nothing that could be an id stands at {reference.text!r}: {shown(found)}")
    if isinstance(found, str) and len(found) > LONGEST_ID:
        raise DecodeError("bad_id", f"the text at {reference.text!r} has {len(found):,} characters")
    if isinstance(found, int) and not -(2**63) <= found < 2**64:
        raise DecodeError("bad_id", f"the number at {reference.text!r} is too large for an id")
    assert isinstance(found, str | int | float)
    return found
