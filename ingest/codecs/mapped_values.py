"""Values of a mapped payload: numbers, BCD texts and status words, to what a reading holds."""

from __future__ import annotations

import math
import re
from typing import Any

from config.json_path import ABSENT, same
from config.mapping_table import NO_READING, QualityRule, QuantityRule
from domain.quality import Quality
from ingest.codecs.columns import DecodeError

# float() would also take nan, inf, 1_000 and the digits of other scripts.
_NUMBER = re.compile(r"\s*[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?\s*", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,16}", re.ASCII)
_SHOWN = 60


def shown(raw: object) -> str:
    """A raw value for a sentence, never long."""
    if isinstance(raw, list | dict):
        return f"{'a list' if isinstance(raw, list) else 'an object'} of {len(raw):,}"
    if isinstance(raw, int) and not isinstance(raw, bool) and not -(10**_SHOWN) < raw < 10**_SHOWN:
        return "a number of more than 60 digits"
    return repr(raw[:_SHOWN]) if isinstance(raw, str) else repr(raw)


def number(raw: Any, what: str) -> float:
    """A JSON number or the text of one. Raises DecodeError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise DecodeError("wrong_type", f"{what} is not a number: {shown(raw)}")
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        raise DecodeError("wrong_type", f"{what} is not a number: {shown(raw)}")
    try:
        value = float(raw)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise DecodeError("not_finite", f"{what} is not a finite number: {shown(raw)}")
    return value


def bcd(raw: Any, rule: QuantityRule, what: str) -> float | None:
    """The number in a text of BCD digits; None where the meter says it has no such value (all F)."""
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        raise DecodeError("wrong_type", f'{what} is the number {shown(raw)}, not a text of BCD digits; use "number"')
    if not isinstance(raw, str) or not _HEX.fullmatch(raw):
        raise DecodeError("wrong_type", f"{what} is not a text of BCD digits, two for each byte: {shown(raw)}")
    data = bytes.fromhex(raw)
    if rule.plus_33h:
        data = bytes((byte - 0x33) & 0xFF for byte in data)
    if rule.byte_order == "little":
        data = data[::-1]
    if data.strip(b"\xff") == b"":
        return None
    negative = rule.signed and bool(data[0] & 0x80)
    if negative:
        data = bytes([data[0] & 0x7F]) + data[1:]
    digits = data.hex()
    if not digits.isdecimal():
        raise DecodeError("wrong_type", f"{what} has digits that are not BCD: {shown(raw)}")
    value = int(digits) / float(10**rule.decimals)
    return -value if negative else value


def status(rule: QualityRule, raw: Any) -> Quality | None:
    """The quality a status says, or None where it says that there is no reading. A missing status is OK."""
    if raw is ABSENT:
        return Quality.OK
    if rule.bits:
        word = raw if isinstance(raw, int) and not isinstance(raw, bool) else _word(raw)
        if word is None or word < 0:
            return _said(rule.otherwise)
        found = [said for bit, said in rule.bits.items() if word >> int(bit) & 1]
        if NO_READING in found:
            return None
        return max((Quality.parse(said) for said in found), default=Quality.OK)
    if isinstance(raw, str) and raw in rule.words:
        return _said(rule.words[raw])
    for text, said in rule.words.items():
        if same(raw, text):
            return _said(said)
    # A word nobody explained is no reason to trust the value.
    return _said(rule.otherwise)


def _word(raw: Any) -> int | None:
    """A status word as text: decimal, or hexadecimal with 0x."""
    if not isinstance(raw, str) or len(raw) > 18:
        return None
    try:
        return int(raw, 16) if raw[:2].lower() == "0x" else int(raw) if raw.isascii() and raw.isdecimal() else None
    except ValueError:
        return None


def _said(word: str) -> Quality | None:
    return None if word == NO_READING else Quality.parse(word)
