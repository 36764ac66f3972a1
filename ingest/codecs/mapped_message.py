"""One message rule of a mapping file, compiled: from an element of a payload to the row of a reading."""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from config.json_path import ABSENT, JsonPath, Place, whole
from config.mappings import Mapping
from config.text_template import TextTemplate
from config.topic_pattern import TopicPattern
from domain.errors import Invalid
from domain.ids import parse_enterprise_id, parse_gateway_id, parse_meter_id
from domain.quality import Quality
from domain.readings import QUANTITIES
from ingest.codecs.columns import DecodeError, Reply
from ingest.codecs.mapped_condition import Condition, hold
from ingest.codecs.mapped_quantity import MappedQuantity
from ingest.codecs.mapped_text import LONGEST_ID, fill, fill_payload
from ingest.codecs.mapped_time import MappedTime
from ingest.codecs.mapped_values import shown, status
from ingest.codecs.told import Told, Witness

#: Speakers and meters remembered by each rule, so that their ids are parsed once.
_MOST_KEPT = 100_000
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Row:
    """A reading under way: elements of a list may each bring one quantity of it."""

    values: list[float | None]
    quality: Quality | None
    multiplied: bool | None
    place: Place


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
        self.quantities = tuple(MappedQuantity(quantity) for quantity in rule.quantity)
        self._conditional = any(quantity.where for quantity in self.quantities)
        self._when = Condition.of(rule.when)
        self._meter = TextTemplate.parse(rule.meter)
        only = self._meter.only
        self._device = only.path.reader() if only is not None and only.path is not None else None
        self._meters: dict[str, str] = {}
        self._speaker = TextTemplate.parse(rule.enterprise or rule.gateway)
        self._speakers: dict[tuple[str, ...], tuple[str | None, str | None]] = {}
        self._time = MappedTime(rule.time, self.zone) if rule.time is not None else None
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
        return not self._when or hold(self._when, whole(content))

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
        wanted: Sequence[MappedQuantity] = self.quantities
        if self._conditional:
            wanted = [q for q in wanted if not q.where or hold(q.where, place)]
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
        assert self._time is not None, "a rule with quantities has a time"
        ts_ms, clock = self._time.checked(self._time.instant(place, received_ms, witness), received_ms, witness)
        quality = clock if quality is None else quality if clock is None else max(quality, clock)
        row = rows.get((meter, ts_ms))
        if row is None:
            row = Row([None] * len(QUANTITIES), quality, self._said_multiplied(place, witness), place)
            rows[meter, ts_ms] = row
        elif quality is not None and (row.quality is None or quality > row.quality):
            row.quality = quality
        self._fill(row, wanted, values, meter)
        return True

    def _fill(self, row: Row, wanted: Sequence[MappedQuantity], values: Sequence[float | None], meter: str) -> None:
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
