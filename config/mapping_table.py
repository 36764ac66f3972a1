"""A mapping file: which topics it reads, and where meter, instant and quantities stand in their JSON.

``docs/mappings.md`` explains every key with a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from config.json_path import JsonPath
from config.policy_table import Table
from config.text_template import TextTemplate, wanted_topic_parts
from config.time_format import TimeFormat
from config.topic_pattern import TopicPattern
from domain.quality import Quality
from domain.readings import QUANTITIES

#: Unit to (the end of the quantity's name it fits, factor into that unit).
UNITS: dict[str, tuple[str, float]] = {
    "W": ("_kw", 1e-3),
    "kW": ("_kw", 1.0),
    "MW": ("_kw", 1e3),
    "var": ("_kvar", 1e-3),
    "kvar": ("_kvar", 1.0),
    "Mvar": ("_kvar", 1e3),
    "Wh": ("_kwh", 1e-3),
    "kWh": ("_kwh", 1.0),
    "MWh": ("_kwh", 1e3),
    "V": ("_v", 1.0),
    "kV": ("_v", 1e3),
    "mA": ("_a", 1e-3),
    "A": ("_a", 1.0),
    "1": ("_factor", 1.0),
    "%": ("_factor", 1e-2),
}
#: What a status may say besides a quality: no reading is taken from this element.
NO_READING = "none"
Scalar = str | int | bool
Conditions = dict[str, Scalar | tuple[Scalar, ...]]
Leaf = str | int | float | bool
Payload = dict[str, Leaf | dict[str, Leaf | dict[str, Leaf]]]


def scalar_text(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _path(text: str) -> str:
    JsonPath.parse(text)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone; write for example Asia/Shanghai") from None
    return text


def _conditions(conditions: Conditions) -> Conditions:
    for path in conditions:
        JsonPath.parse(path)
    return conditions


class TimeRule(Table):
    """path, format; zone: of local times, the file's when not given; missing = "received": no time in the payload
    means the instant ingest received it.

    ahead_s : further ahead of its reception, a reading is kept at the instant of reception, flagged clock [s]
    behind_s : further behind, a reading is kept where the device says, flagged clock; not for history [s]
    """

    path: str = ""
    format: str = "iso"
    zone: str = ""
    missing: Literal["refuse", "received"] = "refuse"
    ahead_s: Annotated[float, Field(gt=0)] | None = None
    behind_s: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> TimeRule:
        TimeFormat(self.format)
        if self.format != "received":
            if not self.path:
                raise ValueError('path is missing; without a time in the payload write format = "received"')
            JsonPath.parse(self.path)
        if self.zone:
            _zone(self.zone)
        return self


class QuantityRule(Table):
    """name, path, unit; the value times scale and times what stands at the paths ``times``, into our unit.

    unit_path : where the payload names the unit itself; ``unit`` then holds where it does not
    encoding : "number" (or numeric text), or "bcd" with decimals, byte_order, plus_33h and signed of DL/T 645
    where : only from elements that fit; default : the value where the payload has none
    """

    name: str
    path: str
    unit: str
    unit_path: str = ""
    scale: float = 1.0
    times: tuple[str, ...] = ()
    encoding: Literal["number", "bcd"] = "number"
    decimals: Annotated[int, Field(ge=0, le=12)] = 0
    byte_order: Literal["big", "little"] = "big"
    plus_33h: bool = False
    signed: bool = False
    default: float | None = None
    where: Conditions = Field(default_factory=dict)

    @field_validator("path")
    @classmethod
    def _check_path(cls, value: str) -> str:
        return _path(value)

    @field_validator("where")
    @classmethod
    def _check_where(cls, value: Conditions) -> Conditions:
        return _conditions(value)

    @model_validator(mode="after")
    def _fits(self) -> QuantityRule:
        if self.name not in QUANTITIES:
            raise ValueError(f"{self.name!r} is none of {', '.join(QUANTITIES)}")
        if self.unit not in UNITS or not self.name.endswith(UNITS[self.unit][0]):
            fitting = ", ".join(unit for unit, (end, _) in UNITS.items() if self.name.endswith(end))
            raise ValueError(f"unit {self.unit!r} does not fit {self.name}; one of {fitting}")
        for path in (*self.times, *([self.unit_path] if self.unit_path else [])):
            JsonPath.parse(path)
        bcd_only = {"decimals", "byte_order", "plus_33h", "signed"} & self.model_fields_set
        if self.encoding != "bcd" and bcd_only:
            raise ValueError(f'{", ".join(sorted(bcd_only))}: only with encoding = "bcd"; for numbers use scale')
        return self


class QualityRule(Table):
    """words: the text or number at ``path`` to a quality; bits: bit number of a status word to a quality, the worst of
    those set; "none": no reading is taken. otherwise: for words not listed; a missing status says nothing."""

    path: str
    words: dict[str, str] = Field(default_factory=dict)
    bits: dict[str, str] = Field(default_factory=dict)
    otherwise: str = "bad"

    @model_validator(mode="after")
    def _known(self) -> QualityRule:
        JsonPath.parse(self.path)
        said = [*self.words.values(), *self.bits.values(), self.otherwise]
        known = [*(q.text for q in Quality), NO_READING]
        if wrong := sorted({word for word in said if word not in known}):
            raise ValueError(f"{', '.join(wrong)}: not one of {', '.join(known)}")
        if wrong := [bit for bit in self.bits if not (bit.isascii() and bit.isdecimal() and int(bit) < 64)]:
            raise ValueError(f"{', '.join(wrong)}: bits are numbered 0...63")
        if bool(self.words) == bool(self.bits):
            raise ValueError("give either words or bits; a second [[message.quality]] may hold the other")
        return self


class ReplyRule(Table):
    """What the device waits for. Texts may hold {topic.NAME}, {a path of its payload}, {now.epoch_s} or
    {now.YYYYMMDDhhmmss}; a text that is one reference keeps the type it has in the payload.

    per_minute : most answers a minute on one topic; a device that floods gets no more
    """

    topic: str
    payload: Payload
    per_minute: Annotated[int, Field(gt=0, le=60_000)] = 60

    @model_validator(mode="after")
    def _readable(self) -> ReplyRule:
        check_message(self.topic, self.payload, allowed=("now",))
        return self


class HistoryRule(Table):
    """How a device is asked for what it has kept. Besides the references of a reply: {meter}, {device}, {start...},
    {end...} with a time format behind the point.

    max_hours : of one request; longer spans are asked for piece by piece
    """

    topic: str
    payload: Payload
    max_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24.0
    zone: str = ""

    @model_validator(mode="after")
    def _readable(self) -> HistoryRule:
        allowed = ("now", "start", "end", "meter", "device")
        check_message(self.topic, self.payload, allowed=allowed)
        for text in texts_of(self.payload):
            if beyond := [r.text for r in TextTemplate.parse(text, instants=allowed).references if r.kind == "path"]:
                raise ValueError(f"{beyond[0]!r} is none of topic.NAME, {', '.join(allowed)}; there is no payload here")
        if self.zone:
            _zone(self.zone)
        return self


def texts_of(payload: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for value in payload.values():
        found += texts_of(value) if isinstance(value, dict) else [value] if isinstance(value, str) else []
    return found


def check_message(topic: str, payload: Payload, *, allowed: tuple[str, ...]) -> None:
    if not topic or "+" in topic or "#" in topic:
        raise ValueError("topic: one topic without + and #, as in /server/{topic.product}/login/{topic.sn}")
    beyond = [r.text for r in TextTemplate.parse(topic, instants=allowed).references if r.kind != "topic"]
    if beyond:
        raise ValueError(
            f"topic: {', '.join(beyond)}: a topic is made of {{topic.NAME}} only; payloads are not trusted"
        )
    for text in texts_of(payload):
        TextTemplate.parse(text, instants=allowed)


class MessageRule(Table):
    """One kind of message. Of several that fit a topic, the first whose ``when`` fits the payload reads it."""

    topic: str
    when: Conditions = Field(default_factory=dict)
    enterprise: str = ""
    gateway: str = ""
    items: str = ""
    max_items: Annotated[int, Field(gt=0, le=100_000)] = 10_000
    meter: str = ""
    time: TimeRule | None = None
    multiplied: bool | None = None
    multiplied_path: str = ""
    quality: tuple[QualityRule, ...] = ()
    quantity: tuple[QuantityRule, ...] = ()
    reply: ReplyRule | None = None

    @field_validator("when")
    @classmethod
    def _check_when(cls, value: Conditions) -> Conditions:
        return _conditions(value)

    @model_validator(mode="after")
    def _whole(self) -> MessageRule:
        pattern = TopicPattern.parse(self.topic)
        if self.items:
            JsonPath.parse(self.items, items=True)
        if self.multiplied_path:
            JsonPath.parse(self.multiplied_path)
        if self.quantity:
            if not (self.meter and self.time):
                raise ValueError("a message with quantities needs meter and time")
            if bool(self.enterprise) == bool(self.gateway):
                raise ValueError(
                    "give enterprise or gateway: who speaks on this topic; the registry says for which meters"
                )
        references = [self.meter, self.enterprise, self.gateway]
        wanted = wanted_topic_parts([*references, self.reply.topic if self.reply else ""])
        if self.reply:
            wanted |= wanted_topic_parts(texts_of(self.reply.payload))
        if unknown := sorted(wanted - set(pattern.names)):
            raise ValueError(
                f"{', '.join(unknown)}: no part of the topic has this name; it has {pattern.names or 'none'}"
            )
        for text in (self.enterprise, self.gateway):
            if any(r.kind != "topic" for r in TextTemplate.parse(text).references):
                raise ValueError(
                    "enterprise, gateway: only {topic.NAME} or a fixed id; a payload cannot say who speaks"
                )
        return self


class MappingTable(Table):
    """format: version of this file format; title and source: for people; zone: of local times, the district's when not
    given; meters: device id to our meter id."""

    format: Literal[1]
    title: str
    source: str
    zone: str = ""
    meters: dict[str, str] = Field(default_factory=dict)
    message: tuple[MessageRule, ...] = Field(min_length=1)
    history: HistoryRule | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        return _zone(value) if value else value

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(TopicPattern.parse(m.topic).filter for m in self.message))
