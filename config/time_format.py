"""How a device writes an instant: ISO 8601, epoch seconds or milliseconds, or local digits as in ``YYYYMMDDhhmmss``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.errors import Invalid
from domain.instants import from_ms, to_ms

NAMED = ("iso", "epoch_s", "epoch_ms", "epoch", "received")
#: Numbers from here on are milliseconds where ``epoch`` leaves it open: as seconds this would be the year 5138.
MILLISECONDS_FROM = 1e11
_TOKENS = {"YYYY": 4, "YY": 2, "MM": 2, "DD": 2, "hh": 2, "mm": 2, "ss": 2, "SSS": 3}
_TOKEN = re.compile("|".join(_TOKENS))
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,9})?", re.ASCII)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """``text`` is one of NAMED or a pattern of YYYY YY MM DD hh mm ss SSS with other characters between."""

    text: str

    def __post_init__(self) -> None:
        if self.text in NAMED:
            return
        tokens = _TOKEN.findall(self.text)
        found = set(tokens)
        if len(tokens) > len(found) or not found & {"YYYY", "YY"} or not {"MM", "DD", "hh", "mm"} <= found:
            raise ValueError(
                f"time format {self.text!r} is none of {', '.join(NAMED)}, nor a pattern with year, month, day, "
                "hour and minute such as YYYYMMDDhhmmss or YYYY-MM-DD hh:mm:ss (MM month, mm minute)"
            )

    @property
    def is_local(self) -> bool:
        return self.text not in NAMED

    def read(self, value: str | int | float, zone: str) -> int:
        """Milliseconds since the epoch. Raises ValueError with a sentence for a person."""
        if self.is_local:
            return _read_local(self.text, zone, value if isinstance(value, str) else str(value)[:30])
        if self.text == "iso":
            return _read_iso(value)
        number = _number(value)
        if self.text == "epoch_s" or (self.text == "epoch" and abs(number) < MILLISECONDS_FROM):
            number *= 1000
        if abs(number) > 1e15:
            raise ValueError(f"{value!s:.40} is no instant; compare the unit (epoch_s, epoch_ms)")
        return round(number)

    def write(self, ts_ms: int, zone: str) -> str | int:
        """The instant as this device writes it."""
        if self.text in ("epoch_s", "epoch"):
            return ts_ms // 1000
        if self.text == "epoch_ms":
            return ts_ms
        local = from_ms(ts_ms).astimezone(_zone(zone))
        if not self.is_local:
            return local.isoformat(timespec="seconds")
        parts = {"YYYY": f"{local:%Y}", "YY": f"{local:%y}", "MM": f"{local:%m}", "DD": f"{local:%d}"}
        parts |= {"hh": f"{local:%H}", "mm": f"{local:%M}", "ss": f"{local:%S}", "SSS": f"{ts_ms % 1000:03}"}
        return _TOKEN.sub(lambda token: parts[token[0]], self.text)


def _number(value: str | int | float) -> float:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no number of seconds or milliseconds")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("the number is too large for an instant") from None


def _read_iso(value: str | int | float) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{value!s:.40} is no text; for numbers write the format epoch_s or epoch_ms")
    try:
        return to_ms(datetime.fromisoformat(value))
    except ValueError:
        raise ValueError(f"{value[:40]!r} is not ISO 8601, as in 2026-07-20T10:15:00+08:00") from None
    except Invalid:
        raise ValueError(f"{value[:40]!r} has no offset; give a pattern and a zone instead of iso") from None


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    parts, at = [], 0
    for token in _TOKEN.finditer(text):
        parts += [re.escape(text[at : token.start()]), f"(?P<{token[0]}>\\d{{{_TOKENS[token[0]]}}})"]
        at = token.end()
    return re.compile("".join([*parts, re.escape(text[at:])]), re.ASCII)


# The elements of a list, and the meters of one minute, share their stamp.
@lru_cache(maxsize=4096)
def _read_local(text: str, zone: str, value: str) -> int:
    found = _pattern(text).fullmatch(value)
    if found is None:
        raise ValueError(f"{value[:40]!r} is not of the form {text}")
    part = {name: int(digits) for name, digits in found.groupdict().items()}
    year = part["YYYY"] if "YYYY" in part else 2000 + part["YY"]
    try:
        local = datetime(
            year, part["MM"], part["DD"], part["hh"], part["mm"], part.get("ss", 0), part.get("SSS", 0) * 1000
        ).replace(tzinfo=_zone(zone))
        ts_ms = to_ms(local)
        back = from_ms(ts_ms).astimezone(_zone(zone))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{value[:40]!r} is no date and time: {error}") from None
    if (back.hour, back.minute) != (local.hour, local.minute):
        raise ValueError(f"{value[:40]!r} does not exist in {zone}: clocks were set forward over it")
    return ts_ms
