"""The native payload: a JSON object or a list of them, on a meter's own topic or a gateway's.

``{"ts": ..., "p_kw": ..., "q_kvar": ..., "pf": ..., "e_imp_kwh": ..., "e_exp_kwh": ..., "u_v": ..., "i_a": ...,
"seq": ..., "quality": ..., "mult_applied": ...}``; ``ts`` and one of ``p_kw``, ``e_imp_kwh`` are required, and
``meter`` on a gateway's topic. Unknown keys are tolerated and counted.
"""

from __future__ import annotations

import re

import msgspec

from domain.errors import Invalid
from domain.ids import parse_meter_id
from ingest.codecs.columns import Columns, Decoded, DecodeError, RowReject
from ingest.codecs.timestamps import parse_ts
from ingest.topics import Topic, parse_topic


class _Wire(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    ts: str | int | float
    meter: str | None = None
    p_kw: float | None = None
    q_kvar: float | None = None
    pf: float | None = None
    e_imp_kwh: float | None = None
    e_exp_kwh: float | None = None
    u_v: float | None = None
    i_a: float | None = None
    seq: int | None = None
    quality: str | None = None
    mult_applied: bool | None = None
    v: int | None = None


_KNOWN = frozenset(_Wire.__struct_fields__)
# Tolerant of keys we do not know; only used once the strict form has refused, to keep the usual case fast.
_Tolerant = msgspec.defstruct(
    "_Tolerant",
    [(f.name, f.type, f.default) if not f.required else (f.name, f.type) for f in msgspec.structs.fields(_Wire)],
    bases=(msgspec.Struct,),
    gc=False,
)

_one = msgspec.json.Decoder(_Wire)
_many = msgspec.json.Decoder(list[_Wire])
_tolerant = msgspec.json.Decoder(_Tolerant)
_items = msgspec.json.Decoder(list[msgspec.Raw])
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])
_raw = msgspec.json.Decoder(msgspec.Raw)
_LIST = re.compile(rb"\s*\[")


def decode(topic: str, payload: bytes, received_ms: int, *, district: str, max_bytes: int = 1_000_000) -> Decoded:
    """Readings of one message, with the rows that cannot be taken, or DecodeError for the message as a whole.

    received_ms : when the message came; codecs of devices without a clock stamp with it, this one does not need it
    """
    del received_ms
    where = parse_topic(topic, district)
    try:
        if len(payload) > max_bytes:
            size = f"{len(payload):,} bytes, the limit is {max_bytes:,}"
            raise DecodeError("too_large", f"{size}; send shorter lists or raise mqtt.max_payload_bytes")
        return _decode(where, payload)
    except RecursionError:
        raise DecodeError("malformed_json", "nested too deeply", where.meter) from None
    except DecodeError as error:
        error.meter = where.meter
        raise


def _decode(where: Topic, payload: bytes) -> Decoded:
    is_list = _LIST.match(payload) is not None
    columns = Columns()
    rejects: list[RowReject] = []
    unknown = 0
    try:
        wires = _many.decode(payload) if is_list else [_one.decode(payload)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        wires = []
        for item in _split(payload) if is_list else [payload]:
            try:
                wire, strange = _decode_item(item)
            except DecodeError as error:
                if not is_list:
                    raise
                rejects.append(RowReject(error.reason, error.detail, item, where.meter))
            else:
                unknown += strange
                wires.append(wire)
    for wire in wires:
        try:
            _append(columns, where, wire)
        except DecodeError as error:
            if not is_list:
                raise
            rejects.append(RowReject(error.reason, error.detail, msgspec.json.encode(wire), wire.meter or where.meter))
    if not wires and not rejects:
        raise DecodeError("empty", "the list holds no reading")
    return Decoded(columns, tuple(rejects), (), where.enterprise, where.gateway, unknown)


def _split(payload: bytes) -> list[bytes]:
    try:
        return [bytes(item) for item in _items.decode(payload)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(error) from None


def _decode_item(item: bytes) -> tuple[_Wire, int]:
    """The reading and the number of its unknown keys."""
    try:
        # msgspec tells a wrong type (ValidationError) from text that is no JSON (its base class).
        tolerant = _tolerant.decode(item)
        unknown = sum(key not in _KNOWN for key in _keys.decode(item))
    except msgspec.ValidationError as error:
        raise _wrong(item, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(error) from None
    return _Wire(*(getattr(tolerant, name) for name in _Wire.__struct_fields__)), unknown


def _malformed(error: Exception) -> DecodeError:
    detail = f"{error}; send one JSON object or a list of them. NaN and Infinity are no JSON: leave the field out"
    return DecodeError("malformed_json", detail)


def _wrong(item: bytes, detail: str) -> DecodeError:
    # A wrong value may stand before text that is no JSON at all; that is the graver fault.
    try:
        _raw.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _malformed(error)
    if "required field `ts`" in detail:
        return DecodeError("no_timestamp", "the reading has no ts; send ISO 8601 with an offset, or epoch s or ms")
    if "out of range" in detail:
        return DecodeError("not_finite", f"{detail}; leave the field out where nothing was measured")
    return DecodeError("wrong_type", f"{detail}; numbers stand without quotation marks and units")


def _append(columns: Columns, where: Topic, wire: _Wire) -> None:
    meter = where.meter or wire.meter
    if meter is None:
        raise DecodeError("no_meter", "a reading of a gateway must say which meter it is from (key meter)")
    if where.meter is not None and wire.meter is not None and wire.meter != where.meter:
        raise DecodeError("meter_mismatch", f"the topic says meter {where.meter}, the payload {wire.meter[:64]}")
    if where.meter is None:
        try:
            parse_meter_id(meter)
        except Invalid as error:
            raise DecodeError("bad_id", str(error)[:200]) from None
    if wire.p_kw is None and wire.e_imp_kwh is None:
        raise DecodeError("no_value", "neither p_kw nor e_imp_kwh is given; send the mean power or the register")
    columns.ts_ms.append(parse_ts(wire.ts))
    columns.meter.append(meter)
    columns.values.append((wire.p_kw, wire.q_kvar, wire.pf, wire.e_imp_kwh, wire.e_exp_kwh, wire.u_v, wire.i_a))
    columns.multiplied.append(wire.mult_applied)
    columns.quality.append(wire.quality)
