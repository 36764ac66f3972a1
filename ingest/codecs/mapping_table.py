"""A mapping file: which topics it reads, and where meter, instant and quantities stand in their JSON."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator

from config.policy_table import Table, mistakes_of
from domain.errors import Invalid
from domain.quality import Quality
from domain.readings import QUANTITIES

SHIPPED = files("config").joinpath("mappings")
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
_LEVEL = re.compile(r"\{(\w+)\}|[^+#{}]*")


class Equals(Table):
    """Only where ``path`` holds this text or number."""

    path: str
    equals: str | int


class Instant(Table):
    """``format``: iso, epoch_s, epoch_ms, or a strptime pattern, whose local time is of ``zone``."""

    path: str
    format: str = "iso"
    zone: str = "Asia/Shanghai"

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone; write for example Asia/Shanghai") from None
        return value


class Quantity(Table):
    """``value * scale * unit``; ``path`` or ``constant``; ``default`` where the payload has nothing there."""

    name: str
    unit: str
    path: str | None = None
    constant: float | None = None
    default: float | None = None
    scale: float = 1.0
    where: Equals | None = None

    @model_validator(mode="after")
    def _fits(self) -> Quantity:
        if self.name not in QUANTITIES:
            raise ValueError(f"{self.name!r} is none of {', '.join(QUANTITIES)}")
        if self.unit not in UNITS or not self.name.endswith(UNITS[self.unit][0]):
            fitting = [unit for unit, (end, _) in UNITS.items() if self.name.endswith(end)]
            raise ValueError(f"unit {self.unit!r} does not fit {self.name}; one of {', '.join(fitting)}")
        if (self.path is None) == (self.constant is None):
            raise ValueError("give either path or constant")
        return self


class QualityRule(Table):
    """``values``: the text at ``path`` to a quality; ``bits``: bit number to a quality, the worst of those set."""

    path: str
    values: dict[str, str] = Field(default_factory=dict)
    bits: dict[str, str] = Field(default_factory=dict)
    default: str = "ok"

    @model_validator(mode="after")
    def _known(self) -> QualityRule:
        words = [*self.values.values(), *self.bits.values(), self.default]
        if wrong := [w for w in words if w.upper() not in Quality.__members__]:
            raise ValueError(f"{', '.join(wrong)}: not one of {', '.join(q.text for q in Quality)}")
        if wrong := [b for b in self.bits if not (b.isdecimal() and int(b) < 64)]:
            raise ValueError(f"{', '.join(wrong)}: bits are numbered 0...63")
        return self


class ReplyRule(Table):
    """What the device waits for; topic levels stand in braces, ``{now}`` in the payload is district time."""

    topic: str
    payload: str
    zone: str = "Asia/Shanghai"


class Message(Table):
    """One kind of message. ``topic`` names levels in braces; enterprise and gateway say who is speaking."""

    topic: str
    when: Equals | None = None
    items: str | None = None
    meter: str = ""
    mult_applied: bool | None = None
    time: Instant | None = None
    quantity: tuple[Quantity, ...] = ()
    quality: QualityRule | None = None
    reply: ReplyRule | None = None

    @model_validator(mode="after")
    def _whole(self) -> Message:
        if not all(_LEVEL.fullmatch(level) for level in self.topic.split("/")):
            raise ValueError("topic: a level is plain text or one name in braces, as in /gw/{product}/data/{sn}")
        if self.quantity and not (self.meter and self.time):
            raise ValueError("a message with quantities needs meter and time")
        if not self.quantity and not self.reply:
            raise ValueError("neither quantity nor reply: this message would do nothing")
        wanted = set(re.findall(r"\{(\w+)\}", self.meter + (self.reply.topic if self.reply else "")))
        if missing := wanted - set(re.findall(r"\{(\w+)\}", self.topic)):
            raise ValueError(f"{', '.join(sorted(missing))}: not a named level of the topic")
        return self

    @property
    def filter(self) -> str:
        return re.sub(r"\{\w+\}", "+", self.topic)

    def levels(self, topic: str) -> dict[str, str] | None:
        """The named levels of a topic that fits, else None."""
        mine, given = self.topic.split("/"), topic.split("/")
        if len(mine) != len(given):
            return None
        found: dict[str, str] = {}
        for pattern, text in zip(mine, given, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = text
            elif pattern != text:
                return None
        return found


class Mapping(Table):
    """``format``: version of this file format; ``source``: where its facts are from."""

    format: Literal[1]
    source: str
    message: tuple[Message, ...] = Field(min_length=1)


def shipped_names() -> list[str]:
    return sorted(entry.name.removesuffix(".toml") for entry in SHIPPED.iterdir() if entry.name.endswith(".toml"))


def load_mapping(name: str) -> Mapping:
    """A shipped mapping by name, or a file ending in .toml. Raises Invalid with every mistake, one a line."""
    path = Path(name) if name.endswith(".toml") else None
    if path is None and name not in shipped_names():
        raise Invalid(f"mapping {name!r} is not shipped ({', '.join(shipped_names())}); a file's name ends in .toml")
    try:
        text = (path or SHIPPED.joinpath(f"{name}.toml")).read_text(encoding="utf-8")
        return Mapping.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{name}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{name}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise Invalid("\n".join(mistakes_of(error, name))) from error
