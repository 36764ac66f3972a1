"""Payloads of devices that do not speak the native form, read as a mapping file says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.errors import Invalid
from domain.ids import parse_enterprise_id, parse_gateway_id, parse_meter_id
from domain.instants import from_ms, to_ms
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES
from ingest.codecs.columns import Columns, Decoded, DecodeError, Reply, RowReject
from ingest.codecs.mapping_table import UNITS, Instant, Mapping, Message, QualityRule, Quantity
from ingest.codecs.timestamps import parse_ts

#: Told of every field: name, path, raw value, conversion, result.
Witness = Callable[[str, str, object, str, object], None]
_ABSENT = object()
_SHOWN = 60


def _silent(field: str, path: str, raw: object, conversion: str, result: object) -> None:
    """Nobody asked why."""


def knows(mappings: Sequence[Mapping], topic: str) -> bool:
    return any(m.levels(topic) is not None for mapping in mappings for m in mapping.message)


def decode(
    mappings: Sequence[Mapping],
    topic: str,
    payload: bytes,
    received_ms: int,
    *,
    max_bytes: int = 1_000_000,
    witness: Witness = _silent,
) -> Decoded:
    """Readings and replies of one message by the first rule that fits topic and payload, or DecodeError."""
    fitting = [(m, levels) for mapping in mappings for m in mapping.message if (levels := m.levels(topic)) is not None]
    if not fitting:
        raise DecodeError("foreign_topic", f"no mapping reads topic {topic[:120]!r}")
    if len(payload) > max_bytes:
        raise DecodeError("too_large", f"{len(payload):,} bytes, the limit is {max_bytes:,}")
    try:
        content = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("malformed_json", str(error)) from None
    for message, levels in fitting:
        if message.when is None or _same(at(content, message.when.path), message.when.equals):
            return _read(message, levels, content, received_ms, witness)
    raise DecodeError("no_rule", "the topic is known, but no rule's `when` fits this payload")


def at(content: object, path: str) -> Any:
    """What stands at a dotted path (numbers index arrays), or the absent mark; an empty path is the whole."""
    for step in path.split(".") if path else ():
        if isinstance(content, dict):
            content = content.get(step, _ABSENT)
        elif isinstance(content, list) and step.isdecimal() and int(step[:9]) < len(content):
            content = content[int(step[:9])]
        else:
            return _ABSENT
    return content


def _same(value: object, wanted: str | int) -> bool:
    return not isinstance(value, bool) and value == wanted


def _read(message: Message, levels: dict[str, str], content: object, received_ms: int, witness: Witness) -> Decoded:
    speakers = _speakers(levels)
    replies = _replies(message, levels, received_ms)
    if not message.quantity:
        return Decoded(Columns(), (), replies, *speakers)
    items = [content] if message.items is None else at(content, message.items)
    if not isinstance(items, list) or not items:
        raise DecodeError("empty", f"there is no list with readings at {message.items!r}")
    # Elements may each carry one quantity of the same reading; they are put together by meter and instant.
    rows: dict[tuple[str, int], tuple[list[float | None], list[Quality], object]] = {}
    rejects: list[RowReject] = []
    for item in items:
        try:
            _collect(rows, message, levels, content, item, witness)
        except DecodeError as error:
            if message.items is None:
                raise
            rejects.append(RowReject(error.reason, error.detail, msgspec.json.encode(item), None))
    columns = Columns()
    for (meter, ts_ms), (values, qualities, item) in rows.items():
        if values[POWER] is None and values[ENERGY_IMPORT] is None:
            detail = "neither power_kw nor energy_import_kwh came out; compare the mapping's paths with the payload"
            if message.items is None:
                raise DecodeError("no_value", detail)
            rejects.append(RowReject("no_value", detail, msgspec.json.encode(item), meter))
            continue
        columns.meter.append(meter)
        columns.ts_ms.append(ts_ms)
        columns.values.append(tuple(values))  # type: ignore[arg-type]
        columns.multiplied.append(message.mult_applied)
        columns.quality.append(max(qualities).text if qualities else None)
    return Decoded(columns, tuple(rejects), replies, *speakers)


def _speakers(levels: dict[str, str]) -> tuple[str | None, str | None]:
    try:
        return (
            parse_enterprise_id(levels["enterprise"]) if "enterprise" in levels else None,
            parse_gateway_id(levels["gateway"]) if "gateway" in levels else None,
        )
    except Invalid as error:
        raise DecodeError("bad_id", str(error)[:200]) from None


def _replies(message: Message, levels: dict[str, str], received_ms: int) -> tuple[Reply, ...]:
    rule = message.reply
    if rule is None:
        return ()
    topic = "/".join(levels[part[1:-1]] if part.startswith("{") else part for part in rule.topic.split("/"))
    now = from_ms(received_ms).astimezone(ZoneInfo(rule.zone)).strftime("%Y%m%d%H%M%S")
    return (Reply(topic, rule.payload.replace("{now}", now).encode()),)


def _collect(
    rows: dict[tuple[str, int], tuple[list[float | None], list[Quality], object]],
    message: Message,
    levels: dict[str, str],
    content: object,
    item: object,
    witness: Witness,
) -> None:
    values = [_number(q, content, item, witness) for q in message.quantity if _applies(q, item)]
    if not values:
        return
    meter = _meter(message, levels, content, item, witness)
    assert message.time is not None
    ts_ms = _instant(message.time, content, item, witness)
    row, qualities, _ = rows.setdefault((meter, ts_ms), ([None] * len(QUANTITIES), [], item))
    for index, value in values:
        if value is None:
            continue
        if row[index] not in (None, value):
            raise DecodeError("conflict", f"{QUANTITIES[index]} of meter {meter} is given twice at one instant")
        row[index] = value
    if message.quality is not None:
        qualities.append(_quality(message.quality, content, item, witness))


def _applies(rule: Quantity, item: object) -> bool:
    return rule.where is None or _same(at(item, rule.where.path), rule.where.equals)


def _find(path: str, content: object, item: object) -> Any:
    """In the element, or with a leading ``^`` in the whole message."""
    return at(content, path[1:]) if path.startswith("^") else at(item, path)


def _meter(message: Message, levels: dict[str, str], content: object, item: object, witness: Witness) -> str:
    name = message.meter
    raw = levels[name[1:-1]] if name.startswith("{") else _find(name, content, item)
    if raw is _ABSENT or raw is None:
        raise DecodeError("no_meter", f"nothing stands at {name!r}, where the meter should be")
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise DecodeError("wrong_type", f"the meter at {name!r} is neither text nor a whole number")
    try:
        meter = parse_meter_id(str(raw))
    except (Invalid, ValueError) as error:
        raise DecodeError("bad_id", str(error)[:200]) from None
    witness("meter", name, raw, "id", meter)
    return meter


def _instant(rule: Instant, content: object, item: object, witness: Witness) -> int:
    raw = _find(rule.path, content, item)
    if raw is _ABSENT or raw is None:
        raise DecodeError("no_timestamp", f"nothing stands at {rule.path!r}, where the time should be")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise DecodeError("wrong_type", f"the time at {rule.path!r} is neither text nor a number")
    if rule.format == "iso":
        ts_ms = parse_ts(raw)
    elif rule.format in ("epoch_s", "epoch_ms"):
        number = _finite(raw, rule.path) * (1000.0 if rule.format == "epoch_s" else 1.0)
        # As milliseconds whatever its size, so that the range check sees what the mapping says.
        ts_ms = parse_ts(number if abs(number) >= 1e11 else 0)
    else:
        ts_ms = _strptime(str(raw), rule)
    witness("time", rule.path, raw, rule.format, from_ms(ts_ms).isoformat())
    return ts_ms


def _strptime(text: str, rule: Instant) -> int:
    try:
        instant = datetime.strptime(text, rule.format)
    except ValueError:
        raise DecodeError("bad_timestamp", f"time {text[:_SHOWN]!r} does not read as {rule.format}") from None
    # strptime takes fewer digits than the pattern means: a stamp cut short would become another second.
    if instant.strftime(rule.format) != text:
        raise DecodeError("bad_timestamp", f"time {text[:_SHOWN]!r} does not read as {rule.format}")
    aware = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(rule.zone))
    try:
        return parse_ts(to_ms(aware))
    except OverflowError:
        raise DecodeError("absurd_date", f"time {text[:_SHOWN]!r} is out of range") from None


def _number(rule: Quantity, content: object, item: object, witness: Witness) -> tuple[int, float | None]:
    index = QUANTITIES.index(rule.name)
    raw = rule.constant if rule.path is None else _find(rule.path, content, item)
    if raw is _ABSENT or raw is None:
        raw = rule.default
    path = rule.path if rule.path is not None else "(constant)"
    if raw is None:
        witness(rule.name, path, None, "absent", None)
        return index, None
    factor = UNITS[rule.unit][1]
    value = _finite(raw, path) * rule.scale * factor
    if not math.isfinite(value):
        raise DecodeError("not_finite", f"the value at {path!r} is not a finite number")
    witness(rule.name, path, raw, f"x {rule.scale:g} [{rule.unit}] x {factor:g}", value)
    return index, value


def _finite(raw: object, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise DecodeError("wrong_type", f"the value at {path!r} is not a number")
    try:
        value = float(raw)
    except ValueError:
        raise DecodeError("wrong_type", f"the value at {path!r} is not a number: {str(raw)[:_SHOWN]!r}") from None
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise DecodeError("not_finite", f"the value at {path!r} is not a finite number")
    return value


def _quality(rule: QualityRule, content: object, item: object, witness: Witness) -> Quality:
    raw = _find(rule.path, content, item)
    found = [Quality.parse(rule.default)]
    if rule.bits and isinstance(raw, int) and not isinstance(raw, bool):
        found = [Quality.parse(word) for bit, word in rule.bits.items() if raw >> int(bit) & 1] or found
    elif isinstance(raw, str | int) and str(raw)[:_SHOWN] in rule.values:
        found = [Quality.parse(rule.values[str(raw)[:_SHOWN]])]
    elif raw is not _ABSENT and raw is not None and not rule.bits:
        # A word nobody explained is no reason to trust the value.
        found = [Quality.BAD]
    witness("quality", rule.path, None if raw is _ABSENT else raw, "bits" if rule.bits else "values", max(found).text)
    return max(found)
