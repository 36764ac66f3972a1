"""Payloads of devices that do not speak the native form, read as mapping files say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from config.json_path import Place, TooMany, whole
from config.mappings import Mapping
from domain.errors import Invalid
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES
from ingest.codecs.columns import Columns, Decoded, DecodeError, Reply, RowReject
from ingest.codecs.mapped_message import MappedMessage, Row
from ingest.codecs.told import Witness

#: Topics remembered with the rules that fit them.
_TOPICS_KEPT = 50_000
#: Mapped topics cannot begin like this (config/topic_pattern.py), so the usual reading costs no look-up.
_OURS = "yingfeng/"
Fitting = tuple[tuple[MappedMessage, dict[str, str]], ...]


class MappedCodec:
    """``zone`` : of local times where neither rule nor file names one. Thread-safe: nothing changes but a cache."""

    def __init__(self, mappings: Sequence[Mapping], zone: str) -> None:
        self._messages = [
            MappedMessage(mapping, number, zone) for mapping in mappings for number in range(len(mapping.table.message))
        ]
        self._known: dict[str, Fitting] = {}

    def fitting(self, topic: str) -> Fitting:
        """The rules whose topic fits, with the topic's named parts; none for a topic nobody maps."""
        if topic.startswith(_OURS):
            return ()
        known = self._known.get(topic)
        if known is None:
            known = tuple((m, parts) for m in self._messages if (parts := m.pattern.parts(topic)) is not None)
            # Strangers' topics are not kept, so they cannot push the known ones out.
            if known and len(self._known) < _TOPICS_KEPT:
                self._known[topic] = known
        return known

    def decode(
        self,
        topic: str,
        payload: bytes,
        received_ms: int,
        *,
        max_bytes: int = 1_000_000,
        witness: Witness | None = None,
        replies: bool = True,
    ) -> Decoded:
        """Readings and replies of one message by the first rule that fits topic and payload, or DecodeError.

        replies : false where nobody sends them: the readers of the journal
        """
        fitting = self.fitting(topic)
        if not fitting:
            raise DecodeError("foreign_topic", f"no mapping reads topic {topic[:120]!r}")
        if len(payload) > max_bytes:
            raise DecodeError(
                "too_large",
                f"{len(payload):,} bytes, the limit is {max_bytes:,}; raise mqtt.max_payload_bytes for such devices",
            )
        content = read_json(payload)
        message, parts = _chosen(fitting, content)
        reply = message.reply(parts, content, received_ms) if replies else None
        return _decoded(message, parts, content, received_ms, witness, (reply,) if reply is not None else ())

    def answer(self, topic: str, payload: bytes, received_ms: int) -> tuple[MappedMessage, Reply | None] | None:
        """Which rule reads the message and what the device waits for, without reading its values; None for a message
        that cannot be read."""
        try:
            message, parts = _chosen(self.fitting(topic), content := read_json(payload))
            return message, message.reply(parts, content, received_ms)
        except DecodeError:
            return None


def read_json(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = "not_finite" if "out of range" in str(error) else "malformed_json"
        raise DecodeError(reason, str(error) or "nested too deeply") from None


def _chosen(fitting: Fitting, content: Any) -> tuple[MappedMessage, dict[str, str]]:
    for message, parts in fitting:
        if message.fits(content):
            return message, parts
    raise DecodeError(
        "no_rule",
        "the topic is mapped, but no message rule's `when` fits this payload: "
        + "; ".join(sorted({message.told_when for message, _ in fitting}))[:300],
    )


def _decoded(
    message: MappedMessage,
    parts: dict[str, str],
    content: Any,
    received_ms: int,
    witness: Witness | None,
    replies: tuple[Reply, ...],
) -> Decoded:
    enterprise, gateway = message.speaker(parts)
    if not message.quantities:
        return Decoded(Columns(), (), replies, enterprise, gateway)
    rows: dict[tuple[str, int], Row] = {}
    rejects: list[RowReject] = []
    unknown = 0
    for place in _places(message, content):
        try:
            taken = message.collect(rows, place, parts, received_ms, witness)
        except DecodeError as error:
            if message.items is None:
                raise
            rejects.append(_reject(message, content, place, error))
        else:
            unknown += not taken
    columns = Columns()
    for (meter, ts_ms), row in rows.items():
        if row.values[POWER] is None and row.values[ENERGY_IMPORT] is None:
            seen = ", ".join(name for name, value in zip(QUANTITIES, row.values, strict=True) if value is not None)
            nothing = DecodeError(
                "no_value", f"neither power_kw nor energy_import_kwh came out for {meter}; only {seen}"
            )
            if message.items is None:
                raise nothing
            rejects.append(_reject(message, content, row.place, nothing, meter))
            continue
        columns.meter.append(meter)
        columns.ts_ms.append(ts_ms)
        columns.values.append(tuple(row.values))  # type: ignore[arg-type]
        columns.multiplied.append(row.multiplied)
        columns.quality.append(row.quality.text if row.quality is not None else None)
    return Decoded(columns, tuple(rejects), replies, enterprise, gateway, unknown)


def _places(message: MappedMessage, content: Any) -> list[Place]:
    if message.items is None:
        return [whole(content)]
    try:
        places = message.items.each(content, message.rule.max_items)
    except TooMany as error:
        raise DecodeError("too_many", f"{error}; raise max_items of this message if the device means it") from None
    if not places:
        raise DecodeError("empty", f"there is no element at {message.rule.items!r}")
    return places


def _reject(
    message: MappedMessage, content: Any, place: Place, error: DecodeError, meter: str | None = None
) -> RowReject:
    """The element as a message of its own, so that it can be replayed once the mapping is corrected."""
    assert message.items is not None
    try:
        payload = msgspec.json.encode(message.items.alone(content, place.keys))
    except (OverflowError, TypeError, ValueError, RecursionError, Invalid):
        payload = b""
    return RowReject(error.reason, error.detail, payload, meter)
